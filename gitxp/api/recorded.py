"""Rows of the runs that this process has recorded, on their way into the index."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from gitxp.storage.repository import Repository

if TYPE_CHECKING:
    from gitxp.query.index.row_log import RowLog
    from gitxp.tracking.recording.record import RecordedRun

# To make a block of so many takes some ten milliseconds.
_MOST: Final = 200


class RecordedRuns:
    """Leaves a row of each run that was recorded, so that nobody needs to decode it."""

    def __init__(self) -> None:
        self._logs: dict[Repository, RowLog] = {}

    def add(self, repository: Repository, recorded: RecordedRun) -> None:
        """Take a run that was recorded just now."""
        if recorded.holds_events:  # they are in the record alone
            return
        from gitxp.query.index.row_log import RowLog
        from gitxp.query.run_rows import indexed_row
        from gitxp.storage.layout import index_dir

        folder = index_dir(repository.private_dir)
        log = self._logs.get(repository)
        if log is None:
            log = self._logs[repository] = RowLog(folder)
        log.add(indexed_row(recorded.with_environment()))
        # Where nobody asks for a while, the first who does is not to wait for thousands.
        if log.count >= _MOST and "pyarrow" in sys.modules:
            from gitxp.query.index.refresh import index_logged
            from gitxp.query.index.row_log import take

            taken = take(log.path)
            index_logged(folder, [taken] if taken else [])
            self._logs.pop(repository, None)  # another thread may have come first

    def after_fork(self) -> None:
        """In a forked child: leave the files of the parent to it."""
        self._logs = {}


RECORDED_RUNS: Final = RecordedRuns()
