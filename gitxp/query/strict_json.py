"""Values as JSON that every reader takes: what `--json` prints, and what exports hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from gitxp.query.columns import column


def strict_object(fields: Mapping[str, Any]) -> dict[str, Any]:
    r"""Return an object without what JSON does not have.

    Numbers that are not finite become null, and the object names them in `nonfinite`, spelled as
    columns are: `metrics.loss.last`. Times are UTC with a `Z`, durations seconds. A key that is
    not text is spelled as in the name of a column, `[1]`; a byte that is not UTF-8 as `\xff`.

    Example:
        >>> strict_object({"value": float("nan"), "took": timedelta(seconds=2)})
        {'value': None, 'took': 2.0, 'nonfinite': {'value': 'nan'}}
    """
    lost: dict[str, str] = {}
    made = {name: _made(value, (name,), lost) for name, value in fields.items()}
    return {**made, "nonfinite": lost} if lost else made


def plain_value(value: Any) -> Any:
    """Return one value as `strict_object` would, but for floats, each of which stays itself."""
    return _made(value, (), None)


def json_text(value: Any) -> str:
    """Return one value as JSON on one line, with Python's `NaN` and `Infinity`.

    Example:
        >>> json_text((0.1, "auto", date(2026, 1, 5), float("inf")))
        '[0.1, "auto", "2026-01-05", Infinity]'
    """
    return json.dumps(plain_value(value), ensure_ascii=False)


def _made(value: Any, path: tuple[Any, ...], lost: dict[str, str] | None) -> Any:
    """Return `value` as JSON has it; what it does not have is added to `lost` by its path."""
    kind = type(value)
    if kind is str or kind is datetime:  # what most cells are is asked first
        return _text(value)
    if kind is int or value is None or (kind is float and math.isfinite(value)):
        return value
    if isinstance(value, Mapping):
        return {_key(key): _made(item, (*path, key), lost) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_made(item, (*path, at), lost) for at, item in enumerate(value)]
    if isinstance(value, timedelta):
        return value.total_seconds()
    if lost is not None and isinstance(value, float) and not math.isfinite(value):
        lost[_text(column(*path))] = str(value)
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(value)


def _key(key: Any) -> str:
    return _text(key) if isinstance(key, str) else f"[{_text(repr(key))}]"


def _text(value: Any) -> str:
    if isinstance(value, str) and value.isascii():
        return value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return f"{value.astimezone(UTC).isoformat()[:-6]}Z"
    if isinstance(value, date | time):
        return value.isoformat()
    text = str(value)
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half of a pair of surrogates
        return text.encode("utf-8", "backslashreplace").decode()
