"""Points as a table to export: run by run, as frames have them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitxp.query.each_run import PassOver, read_each
from gitxp.query.history import keys_having
from gitxp.query.index.kinds import moment_of
from gitxp.query.live import Problem
from gitxp.query.points import PointReader
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.storage.points.arrow_arrays import number_array, numbers_of, text_array
from gitxp.storage.repository import Repository

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_BATCH = 1 << 16
_NAMES = ("run", "metric", "step", "time", "value", "writer")


class PointTable:
    """A row a point."""

    def __init__(
        self,
        repository: Repository,
        metrics: Sequence[str] | None = None,
        *,
        pass_over: PassOver,
        without: Collection[str] = (),
    ) -> None:
        """Take what is wanted.

        Args:
            metrics: Only of these; of all where None.
            pass_over: Called with each run whose points cannot be read; see `read_each`.
            without: Columns that the table does not have, for folders tell them.
        """
        self.names = [name for name in _NAMES if name not in without]
        self._repository = repository
        self._reader = PointReader(repository)
        self._metrics = metrics
        self._pass_over = pass_over

    @property
    def schema(self) -> pa.Schema:
        """The types in Parquet."""
        import pyarrow as pa

        times = pa.timestamp("us", tz="UTC")
        types = {"step": pa.int64(), "time": times, "value": pa.float64()}
        return pa.schema([(name, types.get(name, pa.string())) for name in self.names])

    def batches(self, rows: RunRows, advance: Callable[[int], None]) -> Iterator[PointBatch]:
        """Yield the points of some runs, the runs in their order."""
        keys = keys_having(rows, self._metrics)
        advance(len(rows) - len(keys))

        def pass_over(problem: Problem) -> None:
            self._pass_over(problem)
            advance(1)

        # Not even of one run alone an error: what is written says so by having no points.
        for key, table in read_each(self._repository, keys, self._points, pass_over):
            for start in range(0, table.num_rows, _BATCH):
                yield PointBatch(self, key.id, table.slice(start, _BATCH))
            advance(1)

    def _points(self, key: RunKey) -> pa.Table:
        table = self._reader.read(key)
        if self._metrics is None:
            return table
        import pyarrow.compute as pc

        wanted = pc.is_in(table["metric"].cast("string"), value_set=text_array(self._metrics))
        return table.filter(wanted)


class PointBatch:
    """Some points of one run."""

    def __init__(self, table: PointTable, run: str, points: pa.Table) -> None:
        self._table = table
        self._run = run
        self._points = points

    def __len__(self) -> int:
        return int(self._points.num_rows)

    def columns(self) -> Sequence[Sequence[Any]]:
        """Return the values of each column."""
        return [self._values(name) for name in self._table.names]

    def objects(self) -> Iterator[Mapping[str, Any]]:
        """Yield the points."""
        for row in zip(*self.columns(), strict=True):
            yield dict(zip(self._table.names, row, strict=True))

    def arrow(self) -> pa.Table:
        """Return the points in the types of the table's schema."""
        import numpy as np
        import pyarrow as pa

        numbers = number_array(np.zeros(len(self), np.int32), pa.int32())
        runs = pa.DictionaryArray.from_arrays(numbers, text_array([self._run]))
        points = self._points.append_column("run", runs).select(self._table.names)
        # Words rather than numbers for them: a reader is not to take them for categories.
        return points.cast(self._table.schema)

    def _values(self, name: str) -> Sequence[Any]:
        import numpy as np

        match name:
            case "run":
                return [self._run] * len(self)
            case "step":
                return self._numbers(name, np.int64)
            case "time":
                return list(map(moment_of, self._numbers(name, np.int64)))
            case "value":
                return self._numbers(name, np.float64)
        return self._words(name)

    def _numbers(self, name: str, dtype: type[np.generic]) -> list[Any]:
        return [
            one for chunk in self._points[name].chunks for one in numbers_of(chunk, dtype).tolist()
        ]

    def _words(self, name: str) -> list[str]:
        import numpy as np

        words: list[str] = []
        for chunk in self._points[name].chunks:
            known = chunk.dictionary.to_pylist()
            words += [known[number] for number in numbers_of(chunk.indices, np.int32).tolist()]
        return words
