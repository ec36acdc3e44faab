"""Equal values have equal numbers: what runs are grouped by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gitxp.query.index.kinds import Kind
from gitxp.query.run_column import Part, RunColumn

Codes = NDArray[np.int64]
_ABSENT: Final = -1


def column_codes(column: RunColumn) -> Codes:
    """Return a number for each run, the same where they have the same in a column.

    A whole number is the same as the float that it equals, as in a frame, and NaN the same as NaN.
    Otherwise values of two kinds are never the same, and None is not the same as nothing.
    """
    codes = np.full(column.size, _ABSENT, np.int64)
    used = 0
    for places, found in _by_kind(column):
        codes[places] = found + used
        used += int(found.max()) + 1
    return codes


def joined_codes(one: Codes, other: Codes) -> Codes:
    """Return a number for each run, the same where both are; the numbers begin with zero."""
    width = int(other.max(initial=_ABSENT)) - _ABSENT + 1
    return _dense(one * width + other - _ABSENT)


def _by_kind(column: RunColumn) -> Iterator[tuple[Any, Codes]]:
    """Yield numbers for the values of each kind, and whose they are."""
    parts = dict(column.parts)
    if Kind.INTEGER in parts and Kind.FLOAT in parts:
        numbers = np.full(column.size, np.nan)
        is_there = np.zeros(column.size, bool)
        for part in (parts.pop(Kind.INTEGER), parts.pop(Kind.FLOAT)):
            numbers[_places(part)] = part.values
            is_there[_places(part)] = True
        yield is_there, _dense(numbers[is_there])
    for kind, part in parts.items():
        match kind:
            case Kind.NONE:
                yield _places(part), np.zeros(1, np.int64)
            case Kind.TEXT | Kind.OTHER:
                indices = part.values.dictionary_encode().indices
                # Not `to_numpy`, which loads pandas.
                found = np.frombuffer(indices.buffers()[1], np.int32, len(indices))
                yield _places(part), found.astype(np.int64)
            case _:
                yield _places(part), _dense(part.values)


def _places(part: Part) -> Any:
    return slice(None) if part.places is None else part.places


def _dense(values: NDArray[Any]) -> Codes:
    codes: Codes = np.unique(values, return_inverse=True)[1].astype(np.int64)
    return codes
