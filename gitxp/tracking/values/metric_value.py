"""The value of a metric: one number, whatever library it comes from."""

from __future__ import annotations

import math
from numbers import Number, Real
from typing import Any

from gitxp.errors import InvalidValue
from gitxp.text import shown, type_of

# NumPy's kinds: truth, whole numbers and floats; objects say themselves what they are.
_EXACT = "biuf"
_NUMBERS = "biufO"
# In bytes: what is longer may lie beyond float64.
_FLOAT64 = 8


def needs_care(value: Any) -> bool:
    """Return whether the conversion of such values may silently make another number of them."""
    dtype = getattr(value, "dtype", None)
    kind = getattr(dtype, "kind", None)  # NumPy's; the dtypes of others have none
    if getattr(value, "shape", ()):  # NumPy will not turn what has dimensions into a number
        return True
    if kind is not None:
        return kind not in _EXACT or getattr(dtype, "itemsize", 0) > _FLOAT64
    return isinstance(value, Number) and not isinstance(value, Real)  # as a Decimal is


def checked_value(name: str, value: Any) -> float:
    """Return the value of a metric as it is recorded.

    Raises:
        InvalidValue: If it is no number, or none that float64 has room for.
    """
    kind = getattr(getattr(value, "dtype", None), "kind", "f")
    if isinstance(value, str | bytes | complex) or kind not in _NUMBERS:
        raise _not_a_number(name, value)
    try:
        made = float(_only_item(value))
        is_beyond = math.isinf(made) and bool(value != made)
    except OverflowError:
        is_beyond = True
    except Exception as error:  # a value's own __float__ may raise anything
        raise _not_a_number(name, value) from error
    if is_beyond:
        raise InvalidValue(
            f"metric {name!r} is {type_of(value)} beyond float64: "
            "expected a number that fits into it"
        )
    return made


def _only_item(value: Any) -> Any:
    """Return what an array or tensor of one value holds, however many dimensions it has."""
    shape = getattr(value, "shape", ())
    if isinstance(shape, tuple) and shape and math.prod(shape) == 1:
        return value.item()
    return value


def _not_a_number(name: str, value: Any) -> InvalidValue:
    return InvalidValue(
        f"metric {name!r} is {shown(value)}, {type_of(value)}: expected one real number"
    )
