"""A session's points as one Parquet file: sorted by metric, summarised on the way.

Memory stays within a few chunks however many points there are: chunks are sorted one by one,
spilled beside the journal where there are several, and merged metric by metric.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitxp.model.metric import MetricSummary
from gitxp.storage.summary import SummaryBuilder

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

# 32 bytes a record: 16 MiB a chunk.
_CHUNK_ROWS = 1 << 19
_ROW_GROUP = 1 << 17
_PLAIN_COLUMNS = ("step", "time", "value")


@dataclass(frozen=True, slots=True)
class PointSource:
    """The points of one writer.

    Attributes:
        writer: The writer's id.
        records: Structured array of `journal.points.record_dtype()`.
        metrics: Names by the numbers that the records use.
    """

    writer: str
    records: NDArray[np.void]
    metrics: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _SortedChunk:
    """Records of one writer in order of metric; `bounds[i]:bounds[i + 1]` is metric `i`."""

    writer: int
    records: NDArray[np.void]
    bounds: NDArray[np.int64]


def segment_schema() -> pa.Schema:
    """Return the schema of a segment."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("metric", pa.dictionary(pa.int32(), pa.string())),
            pa.field("step", pa.int64()),
            pa.field("time", pa.timestamp("us", tz="UTC")),
            pa.field("value", pa.float64()),
            pa.field("writer", pa.dictionary(pa.int32(), pa.string())),
        ]
    )


def write_segment(sources: Sequence[PointSource], path: Path) -> dict[str, MetricSummary]:
    """Write all points to the Parquet file `path` and return the summary of each metric.

    Rows are ordered by metric (as UTF-8 bytes), then by writer, then as logged. No file is
    written where there is no point.
    """
    sources = sorted(sources, key=lambda source: source.writer)
    used = {name for source in sources for name in source.metrics.values()}
    names = sorted(used, key=lambda name: name.encode())
    is_small = sum(len(source.records) for source in sources) <= _CHUNK_ROWS
    with nullcontext() if is_small else _spill_dir(path.parent) as spill:
        chunks = list(_sorted_chunks(sources, names, spill))
        if not chunks:
            return {}
        writers = [source.writer for source in sources]
        builders = [SummaryBuilder() for _ in names]
        with _SegmentWriter(path, names, writers) as segment:
            for metric, builder in enumerate(builders):
                for chunk in chunks:
                    rows = chunk.records[chunk.bounds[metric] : chunk.bounds[metric + 1]]
                    if len(rows):
                        builder.add(rows["step"], rows["time"], rows["value"])
                        segment.add(metric, chunk.writer, rows)
    return {name: builder.build() for name, builder in zip(names, builders, strict=True) if builder}


def _sorted_chunks(
    sources: Sequence[PointSource], names: Sequence[str], spill: Path | None
) -> Iterator[_SortedChunk]:
    import numpy as np

    ranks = {name: rank for rank, name in enumerate(names)}
    for writer, source in enumerate(sources):
        lookup = np.full(max(source.metrics, default=0) + 2, -1, dtype=np.int64)
        for number, name in source.metrics.items():
            lookup[number] = ranks[name]
        for start in range(0, len(source.records), _CHUNK_ROWS):
            records = source.records[start : start + _CHUNK_ROWS]
            rank = lookup[np.minimum(records["metric"], len(lookup) - 1)]
            order = np.argsort(rank, kind="stable")
            order = order[np.searchsorted(rank[order], 0) :]  # -1: a number nobody named
            chosen = records[order]
            bounds = np.searchsorted(rank[order], np.arange(len(names) + 1))
            if spill is not None:
                chosen = _spilled(chosen, spill / f"{writer}-{start}")
            if len(chosen):
                yield _SortedChunk(writer, chosen, bounds)


@contextmanager
def _spill_dir(parent: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=parent, prefix="sort-") as name:
        yield Path(name)


def _spilled(records: NDArray[np.void], path: Path) -> NDArray[np.void]:
    import numpy as np

    if not len(records):
        return records
    records.tofile(path)
    return np.memmap(path, records.dtype, mode="r")


class _SegmentWriter:
    """Gathers rows of many metrics into row groups of a fair size."""

    def __init__(self, path: Path, names: Sequence[str], writers: Sequence[str]) -> None:
        import pyarrow.parquet as pq

        self._names = _text_array(names)
        self._writers = _text_array(writers)
        self._schema = segment_schema()
        self._pending: list[tuple[int, int, Any]] = []
        self._rows = 0
        self._file = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            use_dictionary=["metric", "writer"],
            column_encoding={
                "step": "DELTA_BINARY_PACKED",
                "time": "DELTA_BINARY_PACKED",
                "value": "BYTE_STREAM_SPLIT",
            },
            store_schema=True,
        )

    def __enter__(self) -> _SegmentWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._file.close()

    def add(self, metric: int, writer: int, rows: NDArray[np.void]) -> None:
        for start in range(0, len(rows), _ROW_GROUP):
            piece = rows[start : start + _ROW_GROUP]
            if self._rows + len(piece) > _ROW_GROUP:
                self._flush()
            self._pending.append((metric, writer, piece))
            self._rows += len(piece)

    def _flush(self) -> None:
        if not self._pending:
            return
        import numpy as np
        import pyarrow as pa

        metrics, writers, pieces = zip(*self._pending, strict=True)
        lengths = [len(piece) for piece in pieces]
        rows = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

        def named(numbers: Sequence[int], words: pa.Array) -> pa.Array:
            indices = np.repeat(np.asarray(numbers, dtype=np.int32), lengths)
            return pa.DictionaryArray.from_arrays(_array(indices, pa.int32()), words)

        columns = [
            named(metrics, self._names),
            *(_array(rows[name], self._schema.field(name).type) for name in _PLAIN_COLUMNS),
            named(writers, self._writers),
        ]
        table = pa.Table.from_arrays(columns, schema=self._schema)
        self._file.write_table(table, row_group_size=_ROW_GROUP)
        self._pending.clear()
        self._rows = 0


def _array(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Return the values as Arrow; unlike `pa.array`, this does not import pandas (500 ms)."""
    import numpy as np
    import pyarrow as pa

    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [None, buffer])


def _text_array(words: Sequence[str]) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    encoded = [word.encode() for word in words]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def read_segment(content: bytes) -> pa.Table:
    """Return the points of a segment; columns that this version does not know are dropped."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = segment_schema()
    return pq.read_table(pa.BufferReader(content), columns=schema.names).cast(schema)
