"""Where in a run an artifact may lie."""

from __future__ import annotations

import re
import unicodedata

from gitxp.errors import InvalidValue

# What Git refuses in a tree, in the spellings that other file systems take for the same.
_GIT_FOLDER = re.compile(r"\.git[. ]*|git~\d+", re.IGNORECASE)


def checked_artifact_path(text: str) -> str:
    """Return `text` if it is a path inside a run's artifacts, with `/`.

    Raises:
        InvalidValue: If it is absolute, leads outside, or holds a part that Git or a file
            system would refuse.

    Example:
        >>> checked_artifact_path("plots/confusion.png")
        'plots/confusion.png'
    """
    reason = _wrong_with(text)
    if reason:
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
    for part in text.split("/"):
        if part in ("", ".", ".."):
            return f"has the part {part!r}"
        if _GIT_FOLDER.fullmatch(part):
            return f"has the part {part!r}, which Git refuses"
    return ""
