"""When two recorded values are the same: a type that differs is a difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def are_same(one: Any, other: Any) -> bool:
    """Return whether two values are equal and of the same types, all the way down.

    NaN is the same as NaN.

    Example:
        >>> are_same(1, 1.0), are_same([1, {"a": 2}], [1, {"a": 2.0}]), are_same((1,), [1])
        (False, False, False)
        >>> are_same(float("nan"), float("nan")), are_same({"a": 1, 2: 3}, {2: 3, "a": 1})
        (True, True)
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, Mapping):
        keys = {(type(key), key) for key in one}
        return keys == {(type(key), key) for key in other} and all(
            are_same(value, other[key]) for key, value in one.items()
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(are_same, one, other))
    return bool(one == other) or (one != one and other != other)
