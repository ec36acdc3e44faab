"""Foreign text, numbers and curves on one line, wherever they are shown."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b.|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BARS = "▁▂▃▄▅▆▇█"


def safe(text: str) -> str:
    r"""Return text without terminal escapes and control characters: records may be anybody's.

    Example:
        >>> safe("a\x1b[31mb\x07")
        'ab'
    """
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode()


def cell(text: str) -> str:
    r"""Return safe text on one line, for tables.

    Example:
        >>> cell("a\nb\tc")
        'a b c'
    """
    return " ".join(safe(text).split())


def number(value: float | None) -> str:
    """Return a number with sensible digits.

    Example:
        >>> number(0.123456), number(1e-9), number(3.0), number(None)
        ('0.1235', '1e-09', '3', '')
    """
    return "" if value is None else f"{value:.4g}"


def value(anything: Any) -> str:
    """Return any param or tag on one line."""
    if isinstance(anything, float):
        return number(anything)
    return cell(str(anything))


def sparkline(values: Sequence[float], width: int = 8) -> str:
    """Return a curve as a few bars; values that are no numbers are passed over.

    Example:
        >>> sparkline([1, 2, 3, 4])
        '▁▃▆█'
    """
    finite = [one for one in values if math.isfinite(one)]
    if len(finite) > width:
        finite = [finite[i * (len(finite) - 1) // (width - 1)] for i in range(width)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    spread = (high - low) or 1.0
    return "".join(_BARS[round((one - low) / spread * (len(_BARS) - 1))] for one in finite)
