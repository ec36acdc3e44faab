"""Times as people read them along an axis: lengths in one unit, moments as dates and hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

_UNITS: Final = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
# Of a unit an axis has so many before the next larger one is used.
_FEWEST: Final = 3
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# The coarser first, each with all that tells its moments from others nearby.
_FORMS: Final = ("%Y-%m-%d", "%m-%d %H:%M", "%H:%M:%S", "%H:%M:%S.%f")
# Of the last one to milliseconds.
_LONGEST: Final = 12


def time_unit(longest: float) -> tuple[float, str]:
    """Return the unit for lengths of time up to one in seconds: how long it is, and its sign.

    Example:
        >>> time_unit(0.02), time_unit(90), time_unit(1000), time_unit(20_000)
        ((0.001, 'ms'), (1.0, 's'), (60.0, 'min'), (3600.0, 'h'))
        >>> time_unit(0)
        (1.0, 's')
    """
    for length, sign in _UNITS:
        if longest >= _FEWEST * length:
            return length, sign
    return (0.001, "ms") if 0 < longest < 1 else (1.0, "s")


def seconds_since_1970(moment: datetime) -> float:
    """Return a moment as a place on an axis; one that has no zone as it is written.

    Example:
        >>> seconds_since_1970(datetime(1970, 1, 2)), seconds_since_1970(_EPOCH)
        (86400.0, 0.0)
    """
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (known - _EPOCH).total_seconds()


def moment_texts(seconds: Sequence[float]) -> list[str]:
    """Return what is written at moments on an axis: no more than tells each from the others.

    Args:
        seconds: Since 1970, in UTC.

    Example:
        >>> moment_texts([0.0, 86400.0]), moment_texts([0.0, 90.0])
        (['1970-01-01', '1970-01-02'], ['01-01 00:00', '01-01 00:01'])
        >>> moment_texts([0.0, 0.5])
        ['00:00:00.000', '00:00:00.500']
    """
    moments = [_EPOCH + timedelta(seconds=one) for one in seconds]
    for form in _FORMS:
        texts = [one.strftime(form)[:_LONGEST] for one in moments]
        if len(set(texts)) == len(set(moments)):
            break
    return texts
