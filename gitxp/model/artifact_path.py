"""Where in a run an artifact may lie."""

from __future__ import annotations

import re
import unicodedata

from gitxp.errors import InvalidValue
from gitxp.text import type_of

# What Git takes for `.git`, and so refuses in a tree, on behalf of NTFS: its short name, and
# either of them with dots and spaces behind or with a stream named.
_GIT_FOLDER = re.compile(r"(?:\.git|git~1)[. ]*(?::.*)?", re.IGNORECASE | re.DOTALL)
# What HFS+ passes over in a name (`next_hfs_char` in Git's utf8.c).
_PASSED_OVER = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
# No common file system takes a longer name, in bytes.
_LONGEST_PART = 255
MOST_PARTS = 63


def checked_artifact_path(text: object) -> str:
    """Return `text` if it is a path inside a run's artifacts, with `/`.

    Raises:
        InvalidValue: If it is absolute, leads outside, or holds a part that Git or a file
            system would refuse.

    Example:
        >>> checked_artifact_path("plots/confusion.png")
        'plots/confusion.png'
    """
    if not isinstance(text, str):
        raise InvalidValue(f"artifact path {text!r} is {type_of(text)}: expected a string")
    if reason := _wrong_with(text):
        raise InvalidValue(
            f"artifact path {text!r} {reason}: expected a relative path such as 'plots/roc.png'"
        )
    return text


def _wrong_with(text: str) -> str:
    if text.startswith("/") or re.match(r"[A-Za-z]:", text):
        return "is absolute"
    if "\\" in text:
        return "holds a backslash"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        return "holds a control character"
    parts = text.split("/")
    if len(parts) > MOST_PARTS:
        return f"has {len(parts)} parts, more than {MOST_PARTS}"
    return next(filter(None, map(_wrong_with_part, parts)), "")


def _wrong_with_part(part: str) -> str:
    if part in ("", ".", ".."):
        return f"has the part {part!r}"
    if len(part.encode()) > _LONGEST_PART:
        return f"has a part of more than {_LONGEST_PART} bytes"
    if _GIT_FOLDER.fullmatch(_PASSED_OVER.sub("", part)):
        return f"has the part {part!r}, which Git refuses"
    return ""
