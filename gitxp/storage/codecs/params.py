"""Params: any nesting of plain Python values, written as TOML and read back the same.

What TOML cannot hold is written as a table with one key that begins with `$`; the encoding is
normative (`docs/reference/record-format.md`).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from gitxp.errors import DamagedRecord, InvalidValue
from gitxp.storage.codecs.text import KEY as TEXT
from gitxp.storage.codecs.text import decode_text, encode_text, is_unicode, join_pairs, shown
from gitxp.storage.codecs.toml import INT64

DEEPEST = 64

# 3,011 digits: Python itself refuses to print or parse more than 4,300.
LONGEST_INTEGER_BITS = 10_000
_INTEGER = re.compile(r"-?[0-9]{1,3011}")
_ACCEPTED = (
    "str, int, float, bool, None, bytes, dates and times, and lists, tuples and dicts of them"
)

Path = tuple[Any, ...]

_KEPT_AS_THEY_ARE = frozenset({type(None), bool, float, bytes})


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
    return _plain_mapping(params, (), (id(params),))


def plain(value: Any, path: Path) -> Any:
    """Return one value, found at `path`, as plain Python.

    Subclasses of text and numbers, and NumPy's scalars, become the plain value they stand for.

    Raises:
        InvalidValue: If there is no such value, or nothing could write it down.
    """
    return _plain(value, path, ())


def encode_params(params: Mapping[Any, Any]) -> dict[str, Any]:
    """Return plain params as a TOML document."""
    return _encode_mapping(params)


def decode_params(document: Mapping[str, Any]) -> dict[Any, Any]:
    """Return the params that `encode_params` was given.

    Raises:
        DamagedRecord: If the document breaks the encoding.
    """
    decoded = decode_value(dict(document))
    if not isinstance(decoded, dict):
        raise DamagedRecord(f"params hold {shown(decoded)}: expected a table")
    return decoded


def encode_value(value: Any) -> Any:
    """Return one plain value as TOML, and JSON but for times, can hold it."""
    if value is None:
        return {"$none": True}
    if isinstance(value, bool | float | date | time):
        return value
    if isinstance(value, int):
        return value if value in INT64 else {"$int": str(value)}
    if isinstance(value, str):
        return encode_text(value)
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, tuple):
        return {"$tuple": [encode_value(item) for item in value]}
    if isinstance(value, list):
        return [encode_value(item) for item in value]
    return _encode_mapping(value)


def decode_value(value: Any) -> Any:
    """Return the value that `encode_value` was given.

    Raises:
        DamagedRecord: If `value` breaks the encoding.
    """
    try:
        return _decode(value)
    except RecursionError as error:
        raise DamagedRecord(f"{shown(value)} is nested too deeply to be read") from error


def _plain(value: Any, path: Path, around: tuple[int, ...]) -> Any:
    """Return `value` as plain; `around` holds the ids of the containers that it lies in."""
    if len(path) > DEEPEST:
        raise InvalidValue(f"param {_dotted(path[:3])}… is nested more than {DEEPEST} deep")
    kind = type(value)  # nearly all are of these few: asking for a Mapping takes a while
    if kind in _KEPT_AS_THEY_ARE:
        return value
    if kind is str and is_unicode(value):
        return value
    if kind is int:
        return _plain_integer(value, path)
    if isinstance(value, (Mapping, list, tuple)):
        return _plain_container(value, path, around)
    if isinstance(value, date | time):
        return _plain_time(value, path)
    if kind.__module__ == "numpy":
        return _plain_scalar(value, path, around)
    if isinstance(value, str):
        return join_pairs(value) if not is_unicode(value) else str.__str__(value)
    if isinstance(value, int):
        return _plain_integer(int.__int__(value), path)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, bytes):
        return bytes(value)
    raise _refused(value, path)


def _plain_container(value: Any, path: Path, around: tuple[int, ...]) -> Any:
    if id(value) in around:
        raise InvalidValue(f"param {_dotted(path)} holds itself: expected a nesting that ends")
    inside = (*around, id(value))
    if isinstance(value, Mapping):
        return _plain_mapping(value, path, inside)
    items = [_plain(item, (*path, number), inside) for number, item in enumerate(value)]
    return items if isinstance(value, list) else tuple(items)


def _plain_mapping(value: Mapping[Any, Any], path: Path, around: tuple[int, ...]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for key in value:
        name = _plain_key(key, path, around)
        if name in made:
            raise InvalidValue(f"param {_dotted(path)} has two keys that read {name!r}")
        made[name] = _plain(value[key], (*path, name), around)
    return made


def _plain_key(key: Any, path: Path, around: tuple[int, ...]) -> Any:
    made = _plain(key, path, around)
    try:
        hash(made)
    except TypeError as error:
        raise InvalidValue(
            f"param {_dotted(path)} has the key {key!r}: expected a plain value"
        ) from error
    return made


def _plain_integer(value: int, path: Path) -> int:
    if value.bit_length() > LONGEST_INTEGER_BITS:
        raise InvalidValue(
            f"param {_dotted(path)} is an integer of {value.bit_length()} bits: "
            f"expected at most {LONGEST_INTEGER_BITS}",
            hint="log it as text in hexadecimal",
        )
    return value


def _plain_scalar(value: Any, path: Path, around: tuple[int, ...]) -> Any:
    if getattr(value, "shape", None) != ():
        raise _refused(value, path)
    item = value.item()
    # A long double has no plain value that is the same, nor a time in nanoseconds.
    is_time_as_number = value.dtype.kind in "mM" and not isinstance(item, date)
    if type(item).__module__ == "numpy" or is_time_as_number:
        raise _refused(value, path)
    return _plain(item, path, around)


def _plain_time(value: date | time, path: Path) -> date | time:
    # Pandas' NaT is a datetime, and its Timestamp one that may be finer than microseconds.
    nanosecond: object = getattr(value, "nanosecond", None)
    if value != value or nanosecond:
        raise _refused(value, path)
    if isinstance(value, time):
        if value.tzinfo is not None:
            raise InvalidValue(f"param {_dotted(path)} is a time with a zone: expected a date too")
        return time(value.hour, value.minute, value.second, value.microsecond)
    if not isinstance(value, datetime):
        return date(value.year, value.month, value.day)
    offset = value.utcoffset()
    if value.tzinfo is not None and (offset is None or offset % timedelta(minutes=1)):
        raise InvalidValue(
            f"param {_dotted(path)} has the offset {offset}: expected hours and minutes"
        )
    day = (value.year, value.month, value.day)
    moment = (value.hour, value.minute, value.second, value.microsecond)
    return datetime(*day, *moment, tzinfo=None if offset is None else timezone(offset))


def _refused(value: Any, path: Path) -> InvalidValue:
    return InvalidValue(
        f"param {_dotted(path)} is a {type(value).__name__}: expected {_ACCEPTED}",
        hint="log a number or text that stands for it, such as its name",
    )


def _dotted(path: Path) -> str:
    return repr(".".join(str(key) for key in path))


def _encode_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    if all(_is_plain_key(key) for key in value):
        return {key: encode_value(item) for key, item in value.items()}
    return {"$map": [[encode_value(key), encode_value(item)] for key, item in value.items()]}


def _is_plain_key(key: Any) -> bool:
    return isinstance(key, str) and not key.startswith("$") and is_unicode(key)


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if isinstance(value, dict):
        if any(key.startswith("$") for key in value):
            return _decode_special(value)
        return {key: _decode(item) for key, item in value.items()}
    if isinstance(value, int) and value not in INT64:
        raise DamagedRecord(f"params hold {shown(value)}: expected at most 64 bits, or '$int'")
    return value


def _decode_special(table: Mapping[str, Any]) -> Any:
    match dict(table):
        case {"$none": True, **rest} if not rest:
            return None
        case {"$int": str(digits), **rest} if not rest and _INTEGER.fullmatch(digits):
            return int(digits)
        case {"$bytes": str(encoded), **rest} if not rest:
            return _decode_bytes(encoded)
        case {"$tuple": list(items), **rest} if not rest:
            return tuple(_decode(item) for item in items)
        case {"$map": list(pairs), **rest} if not rest:
            return _decode_map(pairs)
    if set(table) == {TEXT}:
        return decode_text(dict(table), "param")
    raise DamagedRecord(f"params hold {shown(dict(table))}: not a value of this format")


def _decode_bytes(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise DamagedRecord(f"params hold {shown(encoded)}: expected Base64") from error


def _decode_map(pairs: list[Any]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            raise DamagedRecord(f"a '$map' holds {shown(pair)}: expected a key and a value")
        key = decode_key(pair[0])
        made[key] = _decode(pair[1])
    return made


def decode_key(value: Any) -> Any:
    """Return the key of a mapping that `encode_value` was given.

    Raises:
        DamagedRecord: If `value` breaks the encoding, or cannot be a key.
    """
    key = decode_value(value)
    try:
        hash(key)
    except TypeError as error:
        raise DamagedRecord(f"{shown(key)} is used as a key: expected a plain value") from error
    return key
