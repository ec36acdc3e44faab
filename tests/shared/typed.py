"""Values that are compared with their types."""

from __future__ import annotations


def typed(value):
    """Return a value that is equal only where types are too."""
    if isinstance(value, dict):
        return "dict", [(typed(key), typed(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value).__name__, [typed(item) for item in value]
    return type(value).__name__, repr(value) if isinstance(value, float) else value
