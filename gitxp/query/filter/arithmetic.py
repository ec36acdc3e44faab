"""Columns reckoned with: in floats of 64 bits, as NumPy does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gitxp.query.filter.types import Type
from gitxp.query.filter.values import Values

_N, _T, _D = Type.NUMBER, Type.TIME, Type.DURATION
# Of what type the result is; no other types can be reckoned with.
RESULTS: Final[dict[str, dict[tuple[Type, Type], Type]]] = {
    "+": {(_N, _N): _N, (_D, _D): _D, (_T, _D): _T, (_D, _T): _T},
    "-": {(_N, _N): _N, (_D, _D): _D, (_T, _D): _T, (_T, _T): _D},
    "*": {(_N, _N): _N, (_D, _N): _D, (_N, _D): _D},
    "/": {(_N, _N): _N, (_D, _N): _D, (_D, _D): _N},
    "//": {(_N, _N): _N},
    "%": {(_N, _N): _N},
    "**": {(_N, _N): _N},
}
_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "//": np.floor_divide,
    "%": np.remainder,
    "**": np.power,
}
_DIVISIONS: Final = frozenset({"/", "//", "%"})


def reckoned(operator: str, left: Values, right: Values) -> Values:
    """Return the result a run; nothing where there is none.

    There is none between other types, of a division by zero, and where finite numbers have no
    finite real result: a root of a negative number, or one beyond the largest float.
    """
    types = _TYPES[operator][left.types, right.types]
    with np.errstate(all="ignore"):
        high = _FUNCTIONS[operator](left.high, right.high)
    none = ~np.isfinite(high) & np.isfinite(left.high) & np.isfinite(right.high)
    if operator in _DIVISIONS:
        none |= right.high == 0
    return Values(np.where(none, np.uint8(Type.ABSENT), types), high, np.zeros(1))


def negative(values: Values) -> Values:
    """Return numbers and durations with their sign turned, exactly."""
    is_signed = (values.types == Type.NUMBER) | (values.types == Type.DURATION)
    types = np.where(is_signed, values.types, np.uint8(Type.ABSENT))
    return Values(types, -values.high, -values.low)


def _table(results: dict[tuple[Type, Type], Type]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the types of results as an array that the types of two columns are the indices of."""
    table = np.zeros((len(Type), len(Type)), np.uint8)
    for operands, result in results.items():
        table[operands] = result
    return table


_TYPES: Final = {operator: _table(results) for operator, results in RESULTS.items()}
