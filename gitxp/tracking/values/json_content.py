"""What a script hands over as the content of a JSON file."""

from __future__ import annotations

import json
from datetime import date, time
from pathlib import PurePosixPath
from typing import Any

from gitxp.capture.libraries.config_objects import UNKNOWN, unfolded
from gitxp.errors import InvalidValue
from gitxp.text import shown, type_of

_OTHER_FORMATS = frozenset({".toml", ".yaml", ".yml"})


def json_content(content: Any, path: str) -> bytes:
    """Return the JSON file with this path: config objects, arrays and dates as what they stand for.

    Raises:
        InvalidValue: If the content cannot be JSON, or the path says that it is something else.
    """
    if PurePosixPath(path).suffix.lower() in _OTHER_FORMATS:
        raise InvalidValue(
            f"{path!r} would hold JSON: expected a name that ends in .json",
            hint="write other formats as text: log_text",
        )
    try:
        try:
            return _dumped(content, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # lone surrogates, which JSON can hold as escapes
            return _dumped(content, ensure_ascii=True).encode()
    except Exception as error:  # an object of the script's own may raise anything
        raise InvalidValue(f"content cannot be JSON: {error}") from error


def _dumped(content: Any, *, ensure_ascii: bool) -> str:
    return json.dumps(content, indent=2, ensure_ascii=ensure_ascii, default=_plainer)


def _plainer(value: Any) -> Any:
    """Return what an object stands for that JSON has no word for."""
    if isinstance(value, date | time):
        return value.isoformat()
    if callable(getattr(value, "tolist", None)):  # arrays, tensors, and their scalars
        return value.tolist()
    made = unfolded(value)
    if made is UNKNOWN:
        raise TypeError(f"{shown(value)} is {type_of(value)}")
    return made
