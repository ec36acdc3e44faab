"""Which bands and intervals there are, by name: without NumPy, for whoever only names them."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

BandKind = Literal["ci", "bootstrap", "std", "minmax"]
BAND_KINDS: Final[tuple[BandKind, ...]] = get_args(BandKind)
IntervalMethod = Literal["t", "bca", "percentile"]
INTERVAL_METHODS: Final[tuple[IntervalMethod, ...]] = get_args(IntervalMethod)


def is_between(given: Any, low: float, high: float) -> bool:
    """Return whether something is a number, of whatever library, above `low` and below `high`.

    Example:
        >>> is_between(0.95, 0, 1), is_between(1, 0, 1), is_between("0.95", 0, 1)
        (True, False, False)
    """
    try:
        return bool(low < given < high)
    except (TypeError, ValueError):
        return False
