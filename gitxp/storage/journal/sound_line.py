"""What a line of a journal must have before a reader takes it: noise may be JSON by chance.

One line that nobody can read must not stop the commands that come across its journal, which are
all of them. What is asked here is what readers rely on; of other lines each sees for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from gitxp.model.run import Status

# Milliseconds of the year 9999, behind which no calendar goes.
_LAST_CLOCK: Final = 253_402_300_799_999
_ENDS: Final = (Status.FINISHED, Status.FAILED, Status.CRASHED, Status.KILLED)


def is_sound(line: Mapping[str, Any]) -> bool:
    """Return whether a line has what all readers ask of one of its kind.

    Example:
        >>> is_sound({"kind": "metric", "number": 0, "name": "loss"})
        True
        >>> is_sound({"kind": "end", "status": "finished"})
        False
    """
    clock = line.get("clock", 0)
    if not isinstance(clock, int) or not 0 <= clock <= _LAST_CLOCK:
        return False
    match line:
        case {"kind": "metric"}:
            return isinstance(line.get("number"), int) and isinstance(line.get("name"), str)
        case {"kind": "writer"}:
            return _is_process(line.get("process")) and isinstance(line.get("is_locked"), bool)
        case {"kind": "end"}:
            return line.get("status") in _ENDS and _is_moment(line.get("time"))
        case {"kind": str()}:
            return True
    return False


def _is_process(told: Any) -> bool:
    match told:
        case {"host": str(), "boot": str(), "pid": int(), "start": str()}:
            return isinstance(told.get("namespace", ""), str)
    return False


def _is_moment(told: object) -> bool:
    with suppress(TypeError, ValueError):
        return datetime.fromisoformat(told).tzinfo is not None  # type: ignore[arg-type]
    return False
