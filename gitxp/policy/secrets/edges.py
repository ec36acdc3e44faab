"""Where a token may begin."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

LETTERS: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LONGEST_ESCAPE: Final = 16


def may_begin(data: bytes, position: int, breaks: bytes = LETTERS) -> bool:
    r"""Return whether what stands at `position` is no part of a longer word.

    What touches it may be no word at all: `\n` in JSON, `%3D` in a URL, a colour.

    Args:
        breaks: What must not stand before it.

    Example:
        >>> may_begin(b"risk-1", 2), may_begin(b"a\\nsk-1", 3)
        (False, True)
    """
    before = data[position - 1 : position] if position else b""
    if not before or before not in breaks:
        return True
    return _escape().search(data[max(0, position - _LONGEST_ESCAPE) : position]) is not None


@cache
def _escape() -> re.Pattern[bytes]:
    return re.compile(
        rb"(?:\\[nrtbf]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;]{0,12}m)\Z"
    )
