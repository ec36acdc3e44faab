"""The clock that orders what was said about runs, whatever the machines' own clocks do."""

from __future__ import annotations

from collections.abc import Iterable

DAY_MS = 24 * 60 * 60 * 1000
CLOCK_DIGITS = 16


def next_clock(now_ms: int, seen: Iterable[int] = ()) -> int:
    """Return a clock later than every one in `seen`, and not before `now_ms`.

    Clocks more than a day ahead of `now_ms` come from a machine whose clock is wrong: they
    are kept where they are, but move no other.

    Args:
        now_ms: UTC milliseconds since 1970 on this machine.
        seen: Clocks of what was said before.

    Example:
        >>> next_clock(1_000, [5_000])
        5001
        >>> next_clock(1_000, [10**15])
        1000
    """
    sane = [clock for clock in seen if clock <= now_ms + DAY_MS]
    return max(now_ms, max(sane, default=0) + 1)
