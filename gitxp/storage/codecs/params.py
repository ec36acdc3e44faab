"""Params: any nesting of plain Python values, written as TOML and read back the same.

What TOML cannot hold is written as a table with one key that begins with `$`; the encoding is
normative (`docs/reference/record-format.md`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from gitxp.errors import DamagedRecord, InvalidValue
from gitxp.storage.codecs.text import KEY as TEXT
from gitxp.storage.codecs.text import decode_text, encode_text

DEEPEST = 64
_INT64 = range(-(2**63), 2**63)
_ACCEPTED = "str, int, float, bool, None, bytes, dates and times, and lists, tuples and dicts of them"


def plain_params(params: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return `params` as nested plain Python values.

    Raises:
        InvalidValue: Naming the key of what cannot be recorded, and its type.

    Example:
        >>> plain_params({"model": {"depth": 3, "widths": (64, None)}})
        {'model': {'depth': 3, 'widths': (64, None)}}
    """
    if not isinstance(params, Mapping):
        raise InvalidValue(f"params are a {type(params).__name__}: expected a mapping")
    made = plain(params, ())
    assert isinstance(made, dict)
    return made


def plain(value: Any, path: tuple[Any, ...]) -> Any:
    """Return one value, found at `path`, as plain Python."""
    if len(path) > DEEPEST:
        raise InvalidValue(f"param {_dotted(path[:3])}… is nested more than {DEEPEST} deep")
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    if isinstance(value, Mapping):
        return {_plain_key(key, path): plain(value[key], (*path, key)) for key in value}
    if isinstance(value, list):
        return [plain(item, (*path, number)) for number, item in enumerate(value)]
    if isinstance(value, tuple):
        return tuple(plain(item, (*path, number)) for number, item in enumerate(value))
    if isinstance(value, datetime | date | time):
        return _plain_time(value, path)
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return plain(value.item(), path)
    for kind in (str, int, float, bytes):
        if isinstance(value, kind):
            return kind(value) if kind is not str else str.__str__(value)
    raise InvalidValue(
        f"param {_dotted(path)} is a {type(value).__name__}: expected {_ACCEPTED}",
        hint="log a number or text that stands for it, such as its name",
    )


def encode_params(params: Mapping[Any, Any]) -> dict[str, Any]:
    """Return plain params as a TOML document."""
    encoded = _encode(params)
    assert isinstance(encoded, dict)
    return encoded


def decode_params(document: Mapping[str, Any]) -> dict[Any, Any]:
    """Return the params that `encode_params` was given.

    Raises:
        DamagedRecord: If the document breaks the encoding.
    """
    decoded = _decode(dict(document))
    if not isinstance(decoded, dict):
        raise DamagedRecord(f"params hold {decoded!r}: expected a table")
    return decoded


def encode_value(value: Any) -> Any:
    """Return one plain value as TOML can hold it."""
    return _encode(value)


def decode_value(value: Any) -> Any:
    """Return the value that `encode_value` was given."""
    return _decode(value)


def _plain_key(key: Any, path: tuple[Any, ...]) -> Any:
    made = plain(key, path)
    if isinstance(made, list | dict):
        raise InvalidValue(f"param {_dotted(path)} has the key {key!r}: expected a plain value")
    return made


def _plain_time(value: datetime | date | time, path: tuple[Any, ...]) -> datetime | date | time:
    if isinstance(value, time) and value.tzinfo is not None:
        raise InvalidValue(f"param {_dotted(path)} is a time with a zone: expected a date as well")
    if isinstance(value, datetime) and value.tzinfo is not None:
        offset = value.utcoffset()
        if offset is None or offset.total_seconds() % 60:
            raise InvalidValue(f"param {_dotted(path)} has an offset with seconds: expected minutes")
    return value


def _encode(value: Any) -> Any:
    if value is None:
        return {"$none": True}
    if isinstance(value, bool | float | datetime | date | time):
        return value
    if isinstance(value, int):
        return value if value in _INT64 else {"$int": str(value)}
    if isinstance(value, str):
        return encode_text(value)
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, tuple):
        return {"$tuple": [_encode(item) for item in value]}
    if isinstance(value, list):
        return [_encode(item) for item in value]
    if all(_is_plain_key(key) for key in value):
        return {key: _encode(item) for key, item in value.items()}
    return {"$map": [[_encode(key), _encode(item)] for key, item in value.items()]}


def _is_plain_key(key: Any) -> bool:
    return isinstance(key, str) and not key.startswith("$") and encode_text(key) == key


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        key, content = next(iter(value.items()))
        if key.startswith("$"):
            return _decode_special(key, content)
    return {key: _decode(item) for key, item in value.items()}


def _decode_special(key: str, content: Any) -> Any:
    try:
        match key:
            case "$none":
                return None
            case "$int":
                return int(content)
            case "$bytes":
                return base64.b64decode(content, validate=True)
            case "$tuple":
                return tuple(_decode(item) for item in content)
            case "$map":
                return {_decode(name): _decode(item) for name, item in content}
            case _ if key == TEXT:
                return decode_text({key: content}, "param")
    except (TypeError, ValueError, binascii.Error) as error:
        raise DamagedRecord(f"param value {content!r} is no {key}: {error}") from error
    raise DamagedRecord(f"params hold {key!r}, which this format does not know")


def _dotted(path: tuple[Any, ...]) -> str:
    return repr(".".join(str(key) for key in path))
