"""The digest of a table: its columns' names, types, values and gaps, however they are stored.

The definition is normative: `docs/reference/dataset-digests.md`.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gitxp.errors import InvalidValue

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_AT_A_TIME = 1 << 18


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        role: `column`, or `index` for the labels of a pandas frame's rows.
        values: An Arrow chunked array.
    """

    role: str
    name: str
    values: pa.ChunkedArray


def digest_table(columns: Iterable[Column], rows: int) -> str:
    """Return the digest of a table in hexadecimal.

    How the rows are cut into chunks, whether a column is dictionary-encoded (categorical), and
    whether text has 32- or 64-bit offsets makes no difference.

    Raises:
        InvalidValue: If a column's type has no canonical bytes.
    """
    digest = hashlib.sha256(_net("gitxp table 1") + _net(str(rows)))
    for column in columns:
        digest.update(_net(column.role) + _net(column.name) + _net(_type_name(column)))
        for stream in _digest_column(column):
            digest.update(_net(stream))
    return digest.hexdigest()


def _net(text: str) -> bytes:
    """Return a netstring: the length says where the text ends, whatever it holds."""
    content = text.encode("utf-8", "surrogatepass")
    return b"%d:%s," % (len(content), content)


def _digest_column(column: Column) -> list[str]:
    import pyarrow

    # The empty chunk makes a column without rows have its streams too.
    chunks = itertools.chain([pyarrow.nulls(0, column.values.type)], column.values.chunks)
    digests: list[Any] = []
    for chunk in chunks:
        for start in range(0, max(1, len(chunk)), _ROWS_AT_A_TIME):
            for number, piece in enumerate(_streams(chunk.slice(start, _ROWS_AT_A_TIME))):
                if number == len(digests):
                    digests.append(hashlib.sha256())
                digests[number].update(piece)
    return [digest.hexdigest() for digest in digests]


def _streams(array: pa.Array) -> Iterator[Any]:
    """Yield the bytes of an array, one buffer a stream; the type alone decides how many."""
    import pyarrow

    types = pyarrow.types
    if types.is_dictionary(array.type):
        array = array.dictionary_decode()
    yield _plain_bytes(array.is_valid().cast(pyarrow.uint8()))
    array, kind = array.drop_null(), array.type
    if types.is_boolean(kind):
        yield _plain_bytes(array.cast(pyarrow.uint8()))
    elif _is_text(kind) or _is_bytes(kind):
        yield from _text_streams(array)
    elif types.is_list(kind) or types.is_large_list(kind):
        yield _lengths(array.value_lengths())
        yield from _streams(array.flatten())
    elif types.is_fixed_size_list(kind):
        yield from _streams(array.flatten())
    elif types.is_struct(kind):
        for field in array.flatten():
            yield from _streams(field)
    elif not types.is_null(kind):
        yield _plain_bytes(array)


def _text_streams(array: pa.Array) -> Iterator[Any]:
    import numpy
    import pyarrow

    wide = pyarrow.large_string() if _is_text(array.type) else pyarrow.large_binary()
    array = array.cast(wide)
    _, offsets, content = array.buffers()
    if not len(array) or offsets is None:
        yield b""
        yield b""
        return
    bounds = numpy.frombuffer(offsets, "=i8")[array.offset : array.offset + len(array) + 1]
    yield numpy.diff(bounds).astype("<u8").tobytes()
    yield memoryview(content)[bounds[0] : bounds[-1]] if content is not None else b""


def _lengths(lengths: pa.Array) -> bytes:
    content: bytes = lengths.to_numpy(zero_copy_only=False).astype("<u8").tobytes()
    return content


def _plain_bytes(array: pa.Array) -> Any:
    """Return the little-endian bytes of an array of fixed width without gaps."""
    import numpy

    width = array.type.bit_width // 8
    buffer = array.buffers()[1]
    if buffer is None or not len(array):
        return b""
    content = memoryview(buffer)[array.offset * width : (array.offset + len(array)) * width]
    if width not in (2, 4, 8):
        return content
    return numpy.frombuffer(content, f"=u{width}").astype(f"<u{width}", copy=False).data


def _type_name(column: Column) -> str:
    """Return the canonical name of a column's type; as Arrow's own for what has a fixed width."""
    try:
        return _canonical(column.values.type)
    except NotImplementedError as error:
        raise InvalidValue(
            f"column {column.name!r} has the type {str(column.values.type)!r}, "
            "which has no canonical bytes",
            hint="convert it first, such as frame[column].astype(str)",
        ) from error


def _canonical(kind: pa.DataType) -> str:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _canonical(kind.value_type)
    if _is_text(kind):
        return "string"
    if _is_bytes(kind):
        return "binary"
    if types.is_list(kind) or types.is_large_list(kind):
        return f"list<{_canonical(kind.value_type)}>"
    if types.is_fixed_size_list(kind):
        return f"list[{kind.list_size}]<{_canonical(kind.value_type)}>"
    if types.is_struct(kind):
        fields = (_net(field.name).decode() + _canonical(field.type) for field in kind)
        return f"struct<{''.join(fields)}>"
    if types.is_fixed_size_binary(kind):
        return f"binary[{kind.byte_width}]"
    if types.is_primitive(kind) or types.is_decimal(kind) or types.is_null(kind):
        return str(kind)
    raise NotImplementedError(str(kind))


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or str(kind) == "string_view")


def _is_bytes(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_binary(kind) or types.is_large_binary(kind) or str(kind) == "binary_view")
