"""Which bands and intervals there are, by name: without NumPy, for whoever only names them."""

from __future__ import annotations

from typing import Final, Literal, get_args

BandKind = Literal["ci", "bootstrap", "std", "minmax"]
BAND_KINDS: Final[tuple[BandKind, ...]] = get_args(BandKind)
IntervalMethod = Literal["t", "bca", "percentile"]
INTERVAL_METHODS: Final[tuple[IntervalMethod, ...]] = get_args(IntervalMethod)
