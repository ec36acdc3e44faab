"""The formats of files: each takes a table's batches as they come."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from gitxp.query.export.table import Batch, Table
from gitxp.query.strict_json import plain_value, strict_object
from gitxp.text import csv_text, with_hidden_shown

if TYPE_CHECKING:
    import pyarrow as pa

# Large enough that readers skip much at once, small enough to be held while it fills.
_ROW_GROUP = 1 << 17
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Format(StrEnum):
    """A format, named as files of it end."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


def format_of(path: Path) -> Format | None:
    """Return the format that the ending of a file's name says; None where it says none.

    Example:
        >>> format_of(Path("runs.parquet")), format_of(Path("runs.ndjson")), format_of(Path("runs"))
        (<Format.PARQUET: 'parquet'>, <Format.JSONL: 'jsonl'>, None)
    """
    ending = path.suffix.lower().removeprefix(".")
    with suppress(ValueError):
        return Format("jsonl" if ending == "ndjson" else ending)
    return None


def write_rows(table: Table, batches: Iterable[Batch], form: Format, sink: BinaryIO) -> None:
    """Write batches of a table as one file."""
    match form:
        case Format.CSV:
            _write_csv(table, batches, sink)
        case Format.JSON:
            _write_json(batches, sink)
        case Format.JSONL:
            for line in _objects(batches):
                sink.write(line + b"\n")
        case Format.PARQUET:
            _write_parquet(table, batches, sink)


def _write_csv(table: Table, batches: Iterable[Batch], sink: BinaryIO) -> None:
    sink.write(_csv_lines([[csv_text(name) for name in table.names]]))
    for batch in batches:
        columns = [map(_csv_cell, values) for values in batch.columns()]
        sink.write(_csv_lines(zip(*columns, strict=True)))


def _csv_lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _csv_cell(value: Any) -> str:
    """Return a value on one line; nothing for None, floats as Python spells them."""
    kind = type(value)
    if kind is str:
        return _csv_text(value)
    if kind is float or kind is int:
        return repr(value)
    if value is None:
        return ""
    plain = plain_value(value)
    if isinstance(plain, str):
        return csv_text(plain)
    if isinstance(plain, float):
        return repr(plain)
    text = json.dumps(plain, ensure_ascii=False)
    return text if isinstance(plain, bool | int) else csv_text(text)


@lru_cache(maxsize=4096)  # a few names are said of every point
def _csv_text(text: str) -> str:
    return csv_text(plain_value(text))


def _write_json(batches: Iterable[Batch], sink: BinaryIO) -> None:
    separator = b"[\n"
    for line in _objects(batches):
        sink.write(separator + line)
        separator = b",\n"
    sink.write(b"[]\n" if separator == b"[\n" else b"\n]\n")


def _objects(batches: Iterable[Batch]) -> Iterator[bytes]:
    for batch in batches:
        for row in batch.objects():
            yield with_hidden_shown(_ENCODER.encode(strict_object(row))).encode()


def _write_parquet(table: Table, batches: Iterable[Batch], sink: BinaryIO) -> None:
    import pyarrow.parquet as pq

    writer = pq.ParquetWriter(sink, table.schema, compression="zstd")
    try:
        for group in _row_groups(batches):
            writer.write_table(group, row_group_size=_ROW_GROUP)
    except BaseException:
        with suppress(OSError):  # its end can be written no more than what came before
            writer.close()
        writer.is_open = False  # else it would be closed again when it is collected
        raise
    writer.close()


def _row_groups(batches: Iterable[Batch]) -> Iterator[pa.Table]:
    """Yield the rows of small batches together: a file of many small groups is read slowly."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    rows = 0
    for batch in batches:
        waiting.append(batch.arrow())
        rows += len(batch)
        if rows >= _ROW_GROUP:
            yield pa.concat_tables(waiting)
            waiting, rows = [], 0
    if waiting:
        yield pa.concat_tables(waiting)
