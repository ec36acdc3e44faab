"""The runs of a distributed job: its ranks find the same one without waiting for each other.

A run's id follows from the clone, the job and the number of the run in the job. Which number comes
next for a rank is told by files that the rank makes one after another, so that it also counts over
several programs which one rank runs, and over launches that were given the same id.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from gitxp.errors import JournalFailed
from gitxp.model.identity import RunId
from gitxp.model.rank import Rank
from gitxp.storage.disk import is_read_only
from gitxp.storage.journal.process import ancestors, mark_of, this_process
from gitxp.storage.layout import captured_path, job_dir, sampled_path
from gitxp.storage.sharing import make_folder, open_file
from gitxp.tracking.workspace import Workspace

_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Part:
    """A rank's part of one run of its job.

    Attributes:
        ordinal: How many runs of the job this rank has started before.
        is_alone: Whether no other rank had started the run when this one did.
    """

    rank: Rank
    ordinal: int
    is_alone: bool

    def run_id(self, home: str) -> RunId:
        """Return the id that every rank finds for the run.

        Args:
            home: The clone's id: nodes that share no file system have clones of their own.
        """
        words = "\n".join((home, self.rank.job, str(self.ordinal)))
        return RunId(hashlib.sha256(words.encode()).hexdigest()[:32])

    def spelled(self) -> dict[str, object]:
        """Return what the line that starts a run says of the job."""
        return {"job": [hashlib.sha256(self.rank.job.encode()).hexdigest(), self.ordinal]}


class RankOrdinals:
    """Counts the runs that this process's rank has started."""

    def __init__(self) -> None:
        self._next: dict[tuple[int, Rank], int] = {}

    def take(self, workspace: Workspace, rank: Rank) -> Part | None:
        """Take the next run of the job for this rank.

        Returns:
            None where the rank is a process above this one, which it has started.

        Raises:
            JournalFailed: If nothing can be written.
        """
        # A forked child has the rank, and is another process.
        place = (os.getpid(), rank)
        folder = _made(workspace, rank)
        for ordinal in count(self._next.get(place, 0)):
            path = folder / f"{ordinal}-{rank.number}"
            try:
                descriptor = open_file(path, _NEW)
            except FileExistsError:
                if _is_above(path):
                    return None
                continue
            with os.fdopen(descriptor, "w") as file:
                json.dump(asdict(this_process()), file)
            self._next[place] = ordinal + 1
            others = folder.glob(f"{ordinal}-*")
            return Part(rank, ordinal, is_alone=all(other == path for other in others))
        raise AssertionError("there is always a next number")


def _made(workspace: Workspace, rank: Rank) -> Path:
    repository = workspace.repository
    try:
        folder = job_dir(repository.private_dir, rank.job)
        make_folder(folder)
        if os.access(folder, os.W_OK):
            return folder
    except OSError as error:
        if not is_read_only(error):
            raise JournalFailed(f"cannot write {str(folder)!r}: {error}") from error
    folder = job_dir(repository.fallback_dir, rank.job)
    make_folder(folder)
    return folder


def _is_above(path: Path) -> bool:
    """Return whether the process that made a rank's file is one above this process."""
    try:
        made_by = json.loads(path.read_text())
    except (OSError, ValueError):  # being written at this moment, by no process above
        return False
    return any(asdict(mark_of(pid)) == made_by for pid in ancestors())


def captures_code(folder: Path) -> bool:
    """Return whether this process is to capture the code of a run: the first of its ranks is."""
    return _is_first(captured_path(folder))


def samples_host(folder: Path) -> bool:
    """Return whether this process is to sample its machine: the first of the ranks there is."""
    return _is_first(sampled_path(folder, socket.gethostname()))


def _is_first(path: Path) -> bool:
    try:
        os.close(open_file(path, _NEW))
    except FileExistsError:
        return False
    return True
