"""A session's points as one Parquet file: rows in the order of `SortedPoints`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitxp.errors import DamagedRecord
from gitxp.model.names import check_metric_name, check_name
from gitxp.storage.bounds import LARGEST_SEGMENT, MOST_NAMES, MOST_POINTS
from gitxp.storage.points.arrow_arrays import number_array, text_array
from gitxp.storage.points.pages import check_pages
from gitxp.storage.points.sorted_points import SortedPoints

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from numpy.typing import NDArray

_ROW_GROUP = 1 << 17
# Up to here zstd makes nothing smaller, and takes a third of the time of writing.
_FEW = 64
_PLAIN_COLUMNS = ("step", "time", "value")
_NAMED_COLUMNS = ["metric", "writer"]
_STORED_AS = {
    "metric": "BYTE_ARRAY",
    "step": "INT64",
    "time": "INT64",
    "value": "DOUBLE",
    "writer": "BYTE_ARRAY",
}


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


def no_points() -> pa.Table:
    """Return a segment's table without rows."""
    import pyarrow as pa

    # Not the schema's own `empty_table`, which loads pandas.
    return pa.Table.from_batches([], segment_schema())


def write_segment(points: SortedPoints, path: Path) -> None:
    """Write all points to the Parquet file `path`."""
    _write(points, path)


def segment_bytes(points: SortedPoints) -> bytes:
    """Return all points as the content of a Parquet file."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    _write(points, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _write(points: SortedPoints, sink: Path | pa.NativeFile) -> None:
    is_worth_it = points.count > _FEW
    with _SegmentWriter(sink, points, compression="zstd" if is_worth_it else "none") as segment:
        for piece in points.pieces():
            segment.add(*piece)


class _SegmentWriter:
    """Gathers rows of many metrics into row groups of a fair size."""

    def __init__(
        self, sink: Path | pa.NativeFile, points: SortedPoints, *, compression: str
    ) -> None:
        import pyarrow.parquet as pq

        self._names = text_array(points.metrics)
        self._writers = text_array(points.writers)
        self._schema = segment_schema()
        self._pending: list[tuple[int, int, Any]] = []
        self._rows = 0
        self._file = pq.ParquetWriter(
            sink,
            self._schema,
            compression=compression,
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
            return pa.DictionaryArray.from_arrays(number_array(indices, pa.int32()), words)

        columns = [
            named(metrics, self._names),
            *(number_array(rows[name], self._schema.field(name).type) for name in _PLAIN_COLUMNS),
            named(writers, self._writers),
        ]
        table = pa.Table.from_arrays(columns, schema=self._schema)
        self._file.write_table(table, row_group_size=_ROW_GROUP)
        self._pending.clear()
        self._rows = 0


def read_segment(content: bytes, *, most: int = MOST_POINTS) -> pa.Table:
    """Return the points of a segment; columns that this version does not know are dropped.

    Args:
        most: How many points there may be.

    Raises:
        DamagedRecord: If the bytes are no Parquet file with these columns, none of them null, or
            hold more points, or a name that breaks the rules.
    """
    with _damage_told():
        file = _opened(content, most)
        table = file.read(columns=segment_schema().names, use_threads=False)
        table = _typed(table).unify_dictionaries()
        _check_names(table)
    return table


def segment_batches(content: bytes, *, most: int = MOST_POINTS) -> Iterator[pa.Table]:
    """Yield the points of a segment, some at a time, so that never all of them are held.

    Each piece has some rows, in one chunk a column. See `read_segment` for what is raised.
    """
    import pyarrow as pa

    names = segment_schema().names
    known: set[Any] = set()
    with _damage_told():
        batches = _opened(content, most).iter_batches(_ROW_GROUP, columns=names, use_threads=False)
    while True:
        with _damage_told():
            batch = next(batches, None)
            if batch is None:
                return
            table = _typed(pa.Table.from_batches([batch]))
            _check_names(table, known)
        if table.num_rows:
            yield table


@contextmanager
def _damage_told() -> Iterator[None]:
    """Say of what Arrow cannot read, or refuses, that the segment is damaged."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise DamagedRecord(f"a segment of points cannot be read: {error}") from error


def _opened(content: bytes, most: int) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Names stay numbers: a long one that every row repeats takes no more than its length.
    file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=_NAMED_COLUMNS)
    _check_extent(file.metadata, most)
    check_pages(content, file.metadata)
    return file


def _typed(table: pa.Table) -> pa.Table:
    """Return points in the types of the schema."""
    schema = segment_schema()
    table = table.select(schema.names).cast(schema)
    if any(column.null_count for column in table.itercolumns()):
        raise DamagedRecord("a segment of points holds nulls: expected a value in every column")
    return table


def _check_extent(metadata: Any, most: int) -> None:
    """Refuse, by what the file says of itself, to read what would exhaust memory."""
    if metadata.num_rows > most:
        raise DamagedRecord(f"a segment has {metadata.num_rows} points: expected at most {most}")
    rows = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        rows += group.num_rows
        for place in range(group.num_columns):
            column = group.column(place)
            kind = _STORED_AS.get(column.path_in_schema)
            if kind is not None and column.physical_type != kind:
                raise DamagedRecord(
                    f"a segment has {column.path_in_schema!r} as {column.physical_type}: "
                    f"expected {kind}"
                )
            if kind is not None and column.total_uncompressed_size > LARGEST_SEGMENT:
                raise DamagedRecord(
                    f"a segment has {column.total_uncompressed_size} bytes in a column: "
                    f"expected at most {LARGEST_SEGMENT}"
                )
    if rows != metadata.num_rows:
        raise DamagedRecord(f"a segment has {rows} points: it says {metadata.num_rows}")


def _check_names(table: pa.Table, known: set[Any] | None = None) -> None:
    """Refuse names that break the rules.

    Args:
        known: Those that were found sound before, to which these are added.
    """
    known = set() if known is None else known
    for column, check in (("metric", check_metric_name), ("writer", _check_writer)):
        for chunk in table.column(column).chunks[:1]:  # that all have one dictionary
            if len(chunk.dictionary) > MOST_NAMES:
                raise DamagedRecord(
                    f"a segment has {len(chunk.dictionary)} names: expected at most {MOST_NAMES}"
                )
            for name in chunk.dictionary.to_pylist():
                if (column, name) not in known:
                    check(name)
                    known.add((column, name))


def _check_writer(name: object) -> None:
    check_name("writer", name)
