"""Rows of the runs that this process has recorded, on their way into the index."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from gitxp.storage.repository import Repository

if TYPE_CHECKING:
    from gitxp.tracking.recording.record import RecordedRun

# So many wait at most; to write them then takes some ten milliseconds.
_MOST: Final = 200


class RecordedRuns:
    """Gathers runs that were recorded, so that nobody needs to decode them.

    They are written together, for a short run has no time for it, and at the end of the process:
    where that is killed, the next question decodes them like those of anybody else.
    """

    def __init__(self) -> None:
        self._waiting: dict[Repository, list[RecordedRun]] = {}

    def add(self, repository: Repository, recorded: RecordedRun) -> None:
        """Take a run that was recorded just now."""
        if recorded.holds_events:  # they are in the record alone
            return
        waiting = self._waiting.setdefault(repository, [])
        waiting.append(recorded)
        if len(waiting) >= _MOST:
            self.flush()

    def flush(self) -> None:
        """Write the rows of what was gathered, unless that would have to load Arrow first."""
        waiting, self._waiting = self._waiting, {}
        if not waiting or "pyarrow" not in sys.modules:
            return
        from gitxp.query.index.refresh import index_runs

        for repository, runs in waiting.items():
            index_runs(repository, [one.with_environment() for one in runs])

    def after_fork(self) -> None:
        """In a forked child: leave what was gathered to the parent."""
        self._waiting = {}


RECORDED_RUNS: Final = RecordedRuns()
