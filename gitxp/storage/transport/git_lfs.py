"""Running git-lfs, and hearing how far it has come."""

from __future__ import annotations

import re

from gitxp.errors import GitFailed, GitMissing
from gitxp.storage.git import run_git
from gitxp.storage.repository import Repository
from gitxp.storage.transport.meter import Meter
from gitxp.storage.transport.talk import hear_progress

# It tells no file how far it is (`GIT_LFS_PROGRESS`): that file it would flush to the disk for
# every 32 KiB that it moves, which takes ten times as long as to move them.
_TELLING = {"GIT_LFS_FORCE_PROGRESS": "1", "LANGUAGE": "C"}
_TOLD = re.compile(r".*\(\d+/\d+\), (?P<amount>\d+(?:\.\d+)?) (?P<unit>[KMGTPE]?B) \|.*")
_UNITS = {"B": 1} | {f"{sign}B": 1000**power for power, sign in enumerate("KMGTPE", 1)}


def has_git_lfs() -> bool:
    """Return whether Git finds the program of Git LFS."""
    try:
        run_git("lfs", "version")
    except (GitMissing, GitFailed):
        return False
    return True


def run_git_lfs(repository: Repository, *arguments: str, meter: Meter, moves: str) -> None:
    """Run `git … lfs …`, which moves large files, to its end.

    Args:
        meter: Is told how far it has come, to two digits.
        moves: What the meter is to call all that is moved.

    Raises:
        GitFailed: With the words of git-lfs.
    """

    def tell(line: str) -> None:
        if told := _TOLD.fullmatch(line):
            meter.tell(moves, round(float(told["amount"]) * _UNITS[told["unit"]]))

    process = repository.start_git(*arguments, environment=_TELLING)
    said = hear_progress(process, tell)
    if said.status != 0:
        raise GitFailed(said.words or f"git-lfs exited with status {said.status}")
