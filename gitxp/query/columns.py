"""What the columns of frames are called: every field of a run has one, and no two share it.

A key is joined by dots; one that holds a dot, a quote, a bracket or a colon, or is empty, is
written in brackets as a JSON string: `params["a.b"]`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLAIN_KEY = re.compile(r"[^.\[\]\"':]+")


def column(field: str, *keys: Any) -> str:
    """Return the name of the column of a field.

    Example:
        >>> column("params", "model", "depth"), column("params", "a.b"), column("metrics", "loss")
        ('params.model.depth', 'params["a.b"]', 'metrics.loss')
    """
    return field + "".join(_part(key) for key in keys)


def reduced(name: str, reducer: str) -> str:
    """Return the column of one summary of a metric, such as `metrics.loss:min`."""
    return f"{column('metrics', name)}:{reducer}"


def param_columns(params: Mapping[Any, Any]) -> dict[str, Any]:
    """Return nested params flat, each under the name of its column; an empty mapping is a value."""
    return {column("params", *path): value for path, value in _leaves(params, ())}


def _leaves(
    params: Mapping[Any, Any], path: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for key, value in params.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _part(key: Any) -> str:
    if isinstance(key, str):
        return (
            f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{json.dumps(key, ensure_ascii=False)}]"
        )
    return f"[{key!r}]"
