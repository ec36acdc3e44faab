"""Points as a table to export: run by run, as frames have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitxp.errors import GitxpError
from gitxp.model.identity import ExperimentName, RunId
from gitxp.query.history import keys_having
from gitxp.query.index.kinds import moment_of
from gitxp.query.live import Problem
from gitxp.query.points import PointReader
from gitxp.query.run_rows import RunRows
from gitxp.storage.arrow_arrays import number_array, numbers_of, text_array
from gitxp.storage.refs import run_ref
from gitxp.storage.repository import Repository

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 1 << 16


class PointTable:
    """A row a point.

    Attributes:
        problems: The runs, by their refs or ids, whose points could not be read so far; they are
            passed over.
    """

    names = ("run", "metric", "step", "time", "value", "writer")

    def __init__(self, repository: Repository, metrics: Sequence[str] | None = None) -> None:
        """Take what is wanted.

        Args:
            metrics: Only of these; of all where None.
        """
        self._reader = PointReader(repository)
        self._metrics = metrics
        self.problems: list[Problem] = []

    @property
    def schema(self) -> pa.Schema:
        """The types in Parquet."""
        import pyarrow as pa

        times = pa.timestamp("us", tz="UTC")
        types = (pa.string(), pa.string(), pa.int64(), times, pa.float64(), pa.string())
        return pa.schema(list(zip(self.names, types, strict=True)))

    def batches(self, rows: RunRows, advance: Callable[[int], None]) -> Iterator[PointBatch]:
        """Yield the points of some runs, the runs in their order."""
        keys = keys_having(rows, self._metrics)
        advance(len(rows) - len(keys))
        for key in keys:
            try:
                table = self._wanted(self._reader.read(key))
            except GitxpError as error:
                ref = run_ref(ExperimentName(key.experiment), RunId(key.id))
                self.problems.append(Problem(ref, str(error)))
                advance(1)
                continue
            for start in range(0, table.num_rows, _BATCH):
                yield PointBatch(key.id, table.slice(start, _BATCH), self.schema)
            advance(1)

    def _wanted(self, table: pa.Table) -> pa.Table:
        if self._metrics is None:
            return table
        import pyarrow.compute as pc

        wanted = pc.is_in(table["metric"].cast("string"), value_set=text_array(self._metrics))
        return table.filter(wanted)


class PointBatch:
    """Some points of one run."""

    def __init__(self, run: str, points: pa.Table, schema: pa.Schema) -> None:
        self._run = run
        self._points = points
        self._schema = schema

    def __len__(self) -> int:
        return int(self._points.num_rows)

    def columns(self) -> Sequence[Sequence[Any]]:
        """Return the values of each column."""
        import numpy as np

        steps, times, values = (
            [one for chunk in self._points[name].chunks for one in numbers_of(chunk, kind).tolist()]
            for name, kind in (("step", np.int64), ("time", np.int64), ("value", np.float64))
        )
        moments = list(map(moment_of, times))
        runs = [self._run] * len(self)
        return [runs, self._words("metric"), steps, moments, values, self._words("writer")]

    def objects(self) -> Iterator[Mapping[str, Any]]:
        """Yield the points."""
        for row in zip(*self.columns(), strict=True):
            yield dict(zip(PointTable.names, row, strict=True))

    def arrow(self) -> pa.Table:
        """Return the points in the types of the table's schema."""
        import numpy as np
        import pyarrow as pa

        numbers = number_array(np.zeros(len(self), np.int32), pa.int32())
        runs = pa.DictionaryArray.from_arrays(numbers, text_array([self._run]))
        columns = [runs, *(self._points[name] for name in PointTable.names[1:])]
        # Words rather than numbers for them: a reader is not to take them for categories.
        return pa.Table.from_arrays(columns, names=self._schema.names).cast(self._schema)

    def _words(self, name: str) -> list[str]:
        import numpy as np

        words: list[str] = []
        for chunk in self._points[name].chunks:
            known = chunk.dictionary.to_pylist()
            words += [known[number] for number in numbers_of(chunk.indices, np.int32).tolist()]
        return words
