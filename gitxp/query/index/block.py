"""Rows of many runs, column by column and kind by kind, without the cells that are empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gitxp.query.index.kinds import (
    Kind,
    cell_kind,
    encode_other,
    microseconds,
    span_microseconds,
)
from gitxp.query.rows import OWN_COLUMNS
from gitxp.storage.points.arrow_arrays import large_text_array

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Where all values are of one of these types, they mostly are of one kind.
_ONE_KIND = {
    float: Kind.FLOAT,
    bool: Kind.TRUTH,
    int: Kind.INTEGER,
    str: Kind.TEXT,
    timedelta: Kind.SPAN,
    type(None): Kind.NONE,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """The values of one kind in one column of a block.

    Attributes:
        rows: The numbers of the rows that have them, ascending; None where every row does.
        values: As many, in an array of NumPy's, or for text and `OTHER` a `large_string` array of
            Arrow's; None for `NONE`, whose values all are one.
    """

    kind: Kind
    rows: NDArray[np.int32] | None
    values: Any


@dataclass(frozen=True, slots=True)
class Block:
    """Rows, of which each run has one.

    Attributes:
        size: How many rows there are.
        columns: Pieces by the name of the column, no two of one kind.
    """

    size: int
    columns: Mapping[str, Sequence[Piece]]


def block_of(rows: Sequence[Mapping[str, Any]]) -> Block:
    """Return rows as a block; a column of a run's own that is None is empty there."""
    cells: dict[str, tuple[list[int], list[Any]]] = {}
    for names, numbers in _by_names(rows).items():
        # Turned over all at once: a cell at a time takes many times longer.
        turned = zip(*(rows[number].values() for number in numbers), strict=True)
        for name, values in zip(names, turned, strict=True):
            found = cells.setdefault(name, ([], []))
            found[0].extend(numbers)
            found[1].extend(values)
    columns = {
        name: tuple(_pieces(name, *_in_order(*found), len(rows))) for name, found in cells.items()
    }
    return Block(len(rows), columns)


def _by_names(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, ...], list[int]]:
    """Return the numbers of the rows that have the same columns, by those."""
    found: dict[tuple[str, ...], list[int]] = {}
    for number, row in enumerate(rows):
        found.setdefault(tuple(row), []).append(number)
    return found


def _in_order(numbers: list[int], values: list[Any]) -> tuple[list[int], list[Any]]:
    """Return the values of a column by the numbers of their rows."""
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    return [numbers[place] for place in order], [values[place] for place in order]


def _pieces(name: str, numbers: Sequence[int], values: Sequence[Any], size: int) -> Iterator[Piece]:
    if name in OWN_COLUMNS and None in values:
        numbers = [
            number for number, value in zip(numbers, values, strict=True) if value is not None
        ]
        values = [value for value in values if value is not None]
    types = set(map(type, values))
    only = _ONE_KIND.get(types.pop()) if len(types) == 1 else None
    if only is not None:
        with suppress(OverflowError, UnicodeEncodeError):  # some of them are of another kind
            yield _piece(only, numbers, values, size)
            return
    by_kind: dict[Kind, tuple[list[int], list[Any]]] = {}
    for number, value in zip(numbers, values, strict=True):
        kind = cell_kind(name, value)
        found = by_kind.setdefault(kind, ([], []))
        found[0].append(number)
        found[1].append(value)
    for kind, found in by_kind.items():
        yield _piece(kind, *found, size)


def _piece(kind: Kind, numbers: Sequence[int], values: Sequence[Any], size: int) -> Piece:
    import numpy as np

    rows = None if len(numbers) == size else np.array(numbers, np.int32)
    return Piece(kind, rows, _packed(kind, values))


def _packed(kind: Kind, values: Sequence[Any]) -> Any:
    import numpy as np

    match kind:
        case Kind.NONE:
            return None
        case Kind.TRUTH:
            return np.array(values, np.uint8)
        case Kind.INTEGER:
            return np.array(values, np.int64)
        case Kind.FLOAT:
            return np.array(values, np.float64)
        case Kind.TIME:
            return _mapped(microseconds, values)
        case Kind.SPAN:
            return _mapped(span_microseconds, values)
        case Kind.TEXT:
            return large_text_array(values)
    return large_text_array([encode_other(value) for value in values])


def _mapped(convert: Callable[[Any], int], values: Iterable[Any]) -> NDArray[np.int64]:
    import numpy as np

    return np.fromiter(map(convert, values), np.int64)
