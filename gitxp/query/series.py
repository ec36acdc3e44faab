"""One metric of a run: the points of those writers whose points count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gitxp.model.run import Session
from gitxp.query.points import PointReader
from gitxp.query.run_rows import RunKey
from gitxp.storage.points.arrow_arrays import numbers_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Points of one metric as they were logged, session after session.

    Attributes:
        times: Microseconds since 1970, UTC.
    """

    steps: NDArray[np.int64]
    times: NDArray[np.int64]
    values: NDArray[np.float64]


def read_series(reader: PointReader, key: RunKey, metrics: Sequence[str]) -> dict[str, Series]:
    """Return some metrics of a run; those that it has no point of are left out.

    Of the points of several ranks of a job only those count that the lowest rank logged which has
    any of the metric, as in its summary; all, where the settings pooled them. Writers outside of a
    job count alike.
    """
    table = reader.read(key)
    found = {name: list(_pieces(table, name)) for name in metrics}
    return {name: _counted(reader, key, pieces) for name, pieces in found.items() if pieces}


@dataclass(frozen=True, slots=True)
class _Piece:
    """Points of one batch, and the number of the writer of each among `names`."""

    points: tuple[Any, Any, Any]
    writers: NDArray[np.int32]
    names: Sequence[str]

    def of(self, wanted: set[str]) -> _Piece:
        """Return the points of some writers."""
        import numpy as np

        is_wanted = np.array([name in wanted for name in self.names], np.bool_)
        if is_wanted.all():
            return self
        kept = is_wanted[self.writers]
        steps, times, values = self.points
        return _Piece((steps[kept], times[kept], values[kept]), self.writers[kept], self.names)

    def present(self) -> set[str]:
        """Return the writers that have points here."""
        import numpy as np

        return {self.names[number] for number in np.bincount(self.writers).nonzero()[0].tolist()}


def _pieces(table: pa.Table, metric: str) -> Iterator[_Piece]:
    import numpy as np

    for batch in table.to_batches():
        known = batch.column("metric").dictionary.to_pylist()
        if metric not in known:
            continue
        codes = numbers_of(batch.column("metric").indices, np.int32)
        chosen = (codes == known.index(metric)).nonzero()[0]
        if not len(chosen):
            continue
        points = (
            numbers_of(batch.column("step"), np.int64)[chosen],
            numbers_of(batch.column("time"), np.int64)[chosen],
            numbers_of(batch.column("value"), np.float64)[chosen],
        )
        writers = numbers_of(batch.column("writer").indices, np.int32)[chosen]
        yield _Piece(points, writers, batch.column("writer").dictionary.to_pylist())


def _counted(reader: PointReader, key: RunKey, pieces: Sequence[_Piece]) -> Series:
    import numpy as np

    writers = set().union(*(piece.present() for piece in pieces))
    if len(writers) > 1:
        lowest = _of_lowest_rank(writers, reader.sessions(key))
        pieces = [piece.of(lowest) for piece in pieces]
    return Series(
        *(np.concatenate(column) for column in zip(*(one.points for one in pieces), strict=True))
    )


def _of_lowest_rank(writers: set[str], sessions: Sequence[Session]) -> set[str]:
    told = {
        writer.id: 0 if session.pools_ranks else writer.rank or 0
        for session in sessions
        for writer in session.writers
    }
    ranks = {writer: told.get(writer, 0) for writer in writers}
    lowest = min(ranks.values())
    return {writer for writer, rank in ranks.items() if rank == lowest}
