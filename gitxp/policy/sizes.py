"""Sizes as people write them."""

from __future__ import annotations

import re

_UNITS = {
    "": 1,
    "b": 1,
    "k": 1024,
    "kib": 1024,
    "m": 1024**2,
    "mib": 1024**2,
    "g": 1024**3,
    "gib": 1024**3,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)


def parse_size(value: int | str) -> int:
    """Return bytes.

    Raises:
        ValueError: If it is no size.

    Example:
        >>> parse_size("10 MiB"), parse_size("1 GB"), parse_size(512)
        (10485760, 1000000000, 512)
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[2].lower() not in _UNITS:
        raise ValueError("expected a size such as '10 MiB'")
    return int(float(match[1]) * _UNITS[match[2].lower()])
