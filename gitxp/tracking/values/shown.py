"""Values of a script in messages."""

from __future__ import annotations

from typing import Any


def shown(value: Any) -> str:
    """Return a value for a message, whatever its own `repr` does."""
    try:
        return f"{value!r:.60}"
    except Exception:  # noqa: BLE001  # a value's own __repr__ may raise anything
        return object.__repr__(value)
