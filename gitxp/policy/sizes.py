"""Sizes as people write them."""

from __future__ import annotations

import re
from typing import Final

# A bare letter means what it means in Git's own configuration: powers of 1024.
_UNITS: Final[dict[str, int]] = {
    "": 1,
    "b": 1,
    **{letter: 1024**power for power, letter in enumerate("kmgt", start=1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", start=1)},
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgt", start=1)},
}
_SIZE: Final = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,30}))? ?([a-z]*)", re.IGNORECASE)
_SHOWN_UNITS: Final = (("TiB", 1024**4), ("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024))


def parse_size(value: object) -> int:
    """Return how many bytes a whole number or a text stands for; fractions are rounded down.

    Raises:
        ValueError: Saying what was expected.

    Example:
        >>> parse_size("10 MiB"), parse_size("1.5 GB"), parse_size("512k"), parse_size(512)
        (10485760, 1500000000, 524288, 512)
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[3].lower() not in _UNITS:
        raise ValueError("expected a size, such as 4096, '512k', '10 MiB' or '1 GB'")
    whole, fraction, unit = match[1], match[2] or "", _UNITS[match[3].lower()]
    scale: int = 10 ** len(fraction)
    return int(whole + fraction) * unit // scale


def show_size(size: int) -> str:
    """Return `size` in the largest unit in which it is a whole number.

    Example:
        >>> show_size(10 * 1024**2), show_size(1000)
        ('10 MiB', '1000')
    """
    for unit, factor in _SHOWN_UNITS:
        if size and size % factor == 0:
            return f"{size // factor} {unit}"
    return str(size)
