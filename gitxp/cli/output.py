"""Facts as strict JSON: what other programs read is the same everywhere."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import click


def print_json(value: Any) -> None:
    """Print `value` as JSON that every reader takes.

    Numbers that JSON does not have become null; the object that holds them names their keys in
    `nonfinite`. Times are UTC with a `Z`, durations seconds.
    """
    click.echo(json.dumps(_strict(value), ensure_ascii=False, indent=2, allow_nan=False))


def _strict(value: Any) -> Any:
    if isinstance(value, Mapping):
        made = {str(key): _strict(item) for key, item in value.items()}
        lost = {str(key): str(item) for key, item in value.items() if _is_nonfinite(item)}
        return {**made, "nonfinite": lost} if lost else made
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if _is_nonfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _is_nonfinite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
