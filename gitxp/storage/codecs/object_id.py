"""Ids of Git objects as documents spell them."""

from __future__ import annotations

import re

from gitxp.storage.codecs.text import shown

_OBJECT_ID = re.compile(r"[0-9a-f]{40}")


def parse_object_id(text: str) -> str:
    """Return `text` if it is the id of a Git object: whatever else stands there may not reach Git.

    Raises:
        ValueError: If it is not 40 lower-case hexadecimal digits.
    """
    if not _OBJECT_ID.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is no object id: expected 40 lower-case hexadecimal digits"
        )
    return text
