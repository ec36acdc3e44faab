"""The pages of a Parquet file, as their own headers tell of them.

Whoever reads a page makes as much room as its header says, whatever the file's footer tells: a page
of a few bytes may unpack to gigabytes. So the headers are read first. They are Thrift's compact
protocol, of which this knows what page headers have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_PAGE, MEBIBYTE

# With the statistics of a page of names in it; no header is nested deeper.
_LONGEST_HEADER: Final = 1 << 16
# Of all of a file, which takes some seconds: those of as many points as there may be have a tenth.
_MOST_HEADERS: Final = 32 * MEBIBYTE
_LONGEST_INTEGER: Final = 10
_DEEPEST: Final = 3
# A value may repeat the one before by its length, so that a page stands for much more than it has.
_DELTA_BYTE_ARRAY: Final = 7
# Fields of a page header, and by the field of what it says of its kind that of the encoding.
_UNPACKED, _PACKED = 2, 3
_ENCODINGS: Final = {5: 2, 8: 4}
# Types of fields.
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _STRUCT = 0, 1, 2, 3, 7, 8, 12
_INTEGERS: Final = (4, 5, 6)


@dataclass(frozen=True, slots=True)
class Page:
    """What the header of a page tells.

    Attributes:
        length: Bytes of the header itself.
        size: Bytes when unpacked.
        encodings: Of its values; none of a dictionary.
    """

    length: int
    size: int
    encodings: tuple[int, ...]


def check_pages(content: bytes, metadata: Any) -> None:
    """Refuse a Parquet file whose pages unpack to more than any that is written.

    Args:
        metadata: What pyarrow has read in its footer.

    Raises:
        DamagedRecord: If one does, or has no header.
    """
    left = _MOST_HEADERS
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for place in range(group.num_columns):
            for page in _pages(content, group.column(place)):
                _check_page(page)
                left -= page.length
                if left < 0:
                    raise DamagedRecord(
                        f"a segment has more than {_MOST_HEADERS} bytes of headers of pages"
                    )


def _check_page(page: Page) -> None:
    if page.size > LARGEST_PAGE:
        raise DamagedRecord(
            f"a segment has a page of {page.size} bytes: expected at most {LARGEST_PAGE}"
        )
    if _DELTA_BYTE_ARRAY in page.encodings:
        raise DamagedRecord("a segment has names as DELTA_BYTE_ARRAY: expected another encoding")


def _pages(content: bytes, column: Any) -> Iterator[Page]:
    """Yield the pages of one column of a row group, from where Arrow begins to read."""
    if not column.num_values:  # of which Arrow reads no page
        return
    offsets = (column.data_page_offset, column.dictionary_page_offset or column.data_page_offset)
    at = min(offsets)
    end = at + column.total_compressed_size
    while at < end:
        header = memoryview(content)[at : at + _LONGEST_HEADER]
        try:
            told, length = _struct(header, 0, 0)
            size, packed = told[_UNPACKED], told[_PACKED]
            kinds = ((told[kind], field) for kind, field in _ENCODINGS.items() if kind in told)
            page = Page(length, size, tuple(kind[field] for kind, field in kinds))
            if min(size, packed) < 0:
                raise DamagedRecord(f"a segment has a page of {min(size, packed)} bytes")
        except (IndexError, KeyError, TypeError) as error:
            raise DamagedRecord("a segment has a page without a header") from error
        yield page
        at += length + packed


def _struct(header: memoryview, at: int, depth: int) -> tuple[dict[int, Any], int]:
    """Return the fields of what begins at a place, by their numbers, and where it ends."""
    found: dict[int, Any] = {}
    number = 0
    while (head := header[at]) & 0xF != _STOP:
        at += 1
        if head >> 4:
            number += head >> 4
        else:
            number, at = _integer(header, at)
        found[number], at = _value(header, at, head & 0xF, depth)
    return found, at + 1


def _value(header: memoryview, at: int, kind: int, depth: int) -> tuple[Any, int]:
    """Return a value, None where nobody asks for it, and where it ends."""
    if kind in _INTEGERS:
        return _integer(header, at)
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind == _BINARY:
        length, at = _varint(header, at)
        return None, at + length
    if kind == _STRUCT and depth < _DEEPEST:
        return _struct(header, at, depth + 1)
    if kind in (_BYTE, _DOUBLE):
        return None, at + (1 if kind == _BYTE else 8)
    raise DamagedRecord("a segment has a page with a header that none has")


def _integer(header: memoryview, at: int) -> tuple[int, int]:
    number, at = _varint(header, at)
    return (number >> 1) ^ -(number & 1), at


def _varint(header: memoryview, at: int) -> tuple[int, int]:
    number = 0
    for place in range(_LONGEST_INTEGER):
        byte = header[at + place]
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number, at + place + 1
    raise DamagedRecord("a segment has a page with a header that none has")
