"""Every point of a run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from gitxp.model.identity import RunId
from gitxp.model.run import Run, Session
from gitxp.query.run_rows import RunKey
from gitxp.storage.journal.fold import fold_journal
from gitxp.storage.journal.live import live_points
from gitxp.storage.journal.places import find_journal
from gitxp.storage.journal.reader import read_journal
from gitxp.storage.points.arrow_arrays import numbers_of
from gitxp.storage.points.segment import no_points
from gitxp.storage.reader import RecordReader
from gitxp.storage.refstore import find_tip
from gitxp.storage.repository import Repository

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


class PointReader:
    """Reads the points of one repository's runs, recorded or running."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def read(self, run: Run | RunKey) -> pa.Table:
        """Return the points of a run, never sampled.

        Returns:
            Columns `metric` (dictionary of string), `step` (int64), `time` (microseconds, UTC),
            `value` (float64) and `writer` (dictionary of string).
        """
        if run.tip is not None:
            return self._records.points(run.tip)
        import pyarrow as pa

        run_id = RunId(run.id)
        journal = read_journal(run_id, find_journal(self._repository, run_id))
        if journal is None:  # recorded since, or removed
            tip = find_tip(self._repository, run_id)
            return self._records.points(tip) if tip else no_points()
        before = journal.start.get("before")
        earlier = [self._records.points(before)] if before else []
        return pa.concat_tables([*earlier, live_points(journal)])

    def batches(self, run: Run | RunKey) -> Iterator[pa.Table]:
        """Return the points of a run in the same order, some at a time, in one chunk a column.

        Of a recorded run never all of them are held, for which they are read twice: at once, so
        that of damaged ones none is yielded, and when they are asked for.
        """
        import pyarrow as pa

        if run.tip is None:
            return (pa.Table.from_batches([batch]) for batch in self.read(run).to_batches())
        for _ in self._records.point_batches(run.tip):
            pass
        return self._records.point_batches(run.tip)

    def sessions(self, run: RunKey) -> tuple[Session, ...]:
        """Return the stretches of a run, recorded or running; of one that was removed none."""
        if run.tip is not None:
            return self._records.outline(run.tip).sessions
        run_id = RunId(run.id)
        journal = read_journal(run_id, find_journal(self._repository, run_id))
        if journal is not None:
            return fold_journal(journal).run.sessions
        tip = find_tip(self._repository, run_id)
        return self._records.outline(tip).sessions if tip else ()

    @cached_property
    def _records(self) -> RecordReader:
        return RecordReader(self._repository)


def read_points(repository: Repository, run: Run | RunKey) -> pa.Table:
    """Return the points of one run; see `PointReader.read`."""
    return PointReader(repository).read(run)


def metric_codes(table: pa.Table) -> tuple[NDArray[np.int32], list[str]]:
    """Return of each point in one chunk which of the names it has, and the names."""
    import numpy as np

    column = table["metric"].chunk(0)
    return numbers_of(column.indices, np.int32), column.dictionary.to_pylist()
