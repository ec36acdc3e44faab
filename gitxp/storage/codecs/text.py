"""Text that may hold lone surrogates, such as file names that are not UTF-8."""

from __future__ import annotations

import json
from typing import Any

from gitxp.errors import DamagedRecord

KEY = "$text"


def encode_text(text: str) -> str | dict[str, str]:
    """Return `text` as TOML can hold it.

    Example:
        >>> encode_text("plain"), encode_text("\\udcff")
        ('plain', {'$text': '"\\\\udcff"'})
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return {KEY: json.dumps(text)}
    return text


def decode_text(value: Any, where: str) -> str:
    """Return the text that `encode_text` was given.

    Raises:
        DamagedRecord: If `value` is nothing that it would return.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and set(value) == {KEY} and isinstance(value[KEY], str):
        try:
            text = json.loads(value[KEY])
        except ValueError as error:
            raise DamagedRecord(f"{where}: {value!r} is no JSON text") from error
        if isinstance(text, str):
            return text
    raise DamagedRecord(f"{where} is {value!r}: expected text")
