"""What is said to people, and facts as strict JSON: the same everywhere."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TextIO

import click

from gitxp.query.columns import column
from gitxp.ui.format import with_hidden_shown
from gitxp.ui.screen import is_unicode


def say(text: str) -> None:
    """Say something to people, beside what is printed; that nobody listens stops nothing."""
    try:
        click.echo(text, err=True)
    except BrokenPipeError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Let what is still written to a stream go nowhere: Python would complain while it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def print_json(value: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    r"""Print an object, or an array of them, as JSON that every reader takes.

    Numbers that JSON does not have become null, and the object names them in `nonfinite`, spelled
    as columns are: `metrics.loss.last`. Times are UTC with a `Z`, durations seconds. A key that
    is not text is spelled as in the name of a column, `[1]`; a byte that is not UTF-8 as `\xff`.
    Characters that a terminal obeys, or does not show, are escaped, as JSON allows.
    """
    made = _object(value) if isinstance(value, Mapping) else [_object(one) for one in value]
    ascii_only = not is_unicode(sys.stdout)
    text = json.dumps(made, ensure_ascii=ascii_only, indent=2, allow_nan=False)
    click.echo(with_hidden_shown(text))


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    lost: dict[str, str] = {}
    made = {name: _strict(value, (name,), lost) for name, value in fields.items()}
    return {**made, "nonfinite": lost} if lost else made


def _strict(value: Any, path: tuple[Any, ...], lost: dict[str, str]) -> Any:
    """Return `value` as JSON has it; what it does not have is added to `lost` by its path."""
    if isinstance(value, Mapping):
        return {_key(key): _strict(item, (*path, key), lost) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item, (*path, at), lost) for at, item in enumerate(value)]
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, float) and not math.isfinite(value):
        lost[_text(column(*path))] = str(value)
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(value)


def _key(key: Any) -> str:
    return _text(key) if isinstance(key, str) else f"[{_text(repr(key))}]"


def _text(value: Any) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    text = str(value)
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half of a pair of surrogates
        return text.encode("utf-8", "backslashreplace").decode()
