"""Text that may hold lone surrogates, such as file names that are not UTF-8."""

from __future__ import annotations

import json
import reprlib
from typing import Any

from gitxp.errors import DamagedRecord

KEY = "$text"

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def encode_text(text: str) -> str | dict[str, str]:
    r"""Return `text` as TOML can hold it.

    Example:
        >>> encode_text("plain"), encode_text("\udcff")
        ('plain', {'$text': '"\\udcff"'})
    """
    return text if is_unicode(text) else {KEY: json.dumps(text)}


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
        except (ValueError, RecursionError) as error:
            raise DamagedRecord(f"{where}: {shown(value)} is no JSON text") from error
        if isinstance(text, str):
            return text
    raise DamagedRecord(f"{where} is {shown(value)}: expected text")


def is_unicode(text: str) -> bool:
    """Return whether `text` holds no surrogate, so that UTF-8 can hold it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def join_pairs(text: str) -> str:
    r"""Return `text` with each high surrogate and the low one after it as the character they mean.

    JSON reads such a pair as that character, so it would not come back as it was.

    Example:
        >>> join_pairs("\ud83d\ude00") == "\U0001f600"
        True
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def shown(value: Any) -> str:
    """Return a short representation of anything that TOML can hold, however deep or long."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        return "an integer of thousands of digits"
