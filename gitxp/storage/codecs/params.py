"""Params: any nesting of plain Python values, written as TOML and read back the same.

What TOML cannot hold is written as a table with one key that begins with `$`; the encoding is
normative (`docs/reference/record-format.md`).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from gitxp.errors import DamagedRecord
from gitxp.storage.codecs.text import KEY as TEXT
from gitxp.storage.codecs.text import decode_text, encode_text, is_unicode, shown
from gitxp.storage.codecs.toml import INT64

DEEPEST = 64

# 3,011 digits: Python itself refuses to print or parse more than 4,300.
LONGEST_INTEGER_BITS = 10_000
# Most params, first of all asked for.
_AS_THEY_ARE = frozenset({str, float, bool})
_INTEGER = re.compile(r"-?[0-9]{1,3011}")


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


def _encode_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    if all(_is_plain_key(key) for key in value):
        return {key: encode_value(item) for key, item in value.items()}
    return {"$map": [[encode_value(key), encode_value(item)] for key, item in value.items()]}


def _is_plain_key(key: Any) -> bool:
    return isinstance(key, str) and not key.startswith("$") and is_unicode(key)


def _decode(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:
        return value
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
