"""The repository's store: what kind it is, how full, and what is dated wrongly."""

from __future__ import annotations

import time
from collections.abc import Iterator

from gitxp.errors import UnsupportedRepository
from gitxp.storage.odb.commit_dates import commit_dates
from gitxp.storage.odb.proved import is_partial_clone, shallow_commits
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.upkeep.doctor.finding import Finding, finding
from gitxp.upkeep.doctor.remotes import Settings, values

# Git's own: `gc.auto` and `gc.autoPackLimit` in git-config(1).
_MOST_LOOSE = 6700
_MOST_PACKS = 50
# Clocks that nobody sets are off by less.
_SECONDS_AHEAD = 600


def check_libgit2(repository: Repository) -> Iterator[Finding]:
    """Yield a finding if records cannot be read here."""
    try:
        RecordReader(repository)
    except UnsupportedRepository as error:
        yield finding("libgit2", str(error), "pip install --upgrade pygit2")


def check_kind(repository: Repository, settings: Settings) -> Iterator[Finding]:
    """Yield what it means that not everything was cloned."""
    if shallow_commits(repository):
        message = "this is a shallow clone: runs cannot be pushed where their base is missing"
        yield finding("shallow-clone", message, "git fetch --unshallow")
    if is_partial_clone(dict(settings)):
        message = "this is a partial clone: reading a run may need the network"
        yield finding("partial-clone", message, "git fetch --refetch --no-filter")


def check_objects(repository: Repository, settings: Settings) -> Iterator[Finding]:
    """Yield a finding if there are so many objects or packs that Git would stop the user."""
    answer = repository.git("count-objects", "-v").decode()
    counted = dict(line.split(": ", 1) for line in answer.splitlines() if ": " in line)
    for key, what, most in (
        ("count", "loose objects", _limit(settings, "gc.auto", _MOST_LOOSE)),
        ("packs", "packs", _limit(settings, "gc.autopacklimit", _MOST_PACKS)),
    ):
        number = int(counted.get(key, 0))
        if number > most:
            message = f"there are {number:,} {what}: Git gathers more than {most:,}"
            yield finding("many-objects", message, "git gc")


def _limit(settings: Settings, key: str, default: int) -> int:
    found = values(settings, key)[-1:]
    number = int(found[0]) if found and found[0].isdigit() else default
    return number or default  # 0 switches gathering off, and makes many no better


def check_dates(repository: Repository, settings: Settings) -> Iterator[Finding]:
    """Yield a finding if commits or runs are dated in the future."""
    runs: dict[str, str] = {}
    if not is_partial_clone(dict(settings)):  # Git would fetch what is missing
        refs = list_refs(repository, SHARED).items()
        runs = {tip: name for name, tip in refs if parse_run_ref(name)}
    dates = commit_dates(repository, ["HEAD", *runs])
    ahead = {name: seconds - time.time() for name, seconds in dates.items()}
    late = sorted(name for name, seconds in ahead.items() if seconds > _SECONDS_AHEAD)
    if late:
        shown = runs.get(late[0], late[0])
        more = f" and {len(late) - 1} more" if len(late) > 1 else ""
        message = f"{shown}{more} is dated {ahead[late[0]] / 3600:.1f} hours in the future"
        yield finding("future-dates", message, f"date -u; git log -1 --format=%cd {shown}")
