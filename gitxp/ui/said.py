"""What people said, as others read it: who, when, and the words on lines of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gitxp.model.run import Judgement, Note
from gitxp.model.standing import Description
from gitxp.ui.format import age, cell, safe


def said_by(said: Judgement | Note | Description, now: datetime) -> str:
    """Return who said something, and how long ago."""
    name = said.author.partition("<")[0].strip()
    return f"{cell(name) or 'somebody'}, {age(said.time, now)}"


def indented(text: str, margin: int) -> Iterator[str]:
    r"""Yield the lines of a text, each safe and set in.

    Example:
        >>> list(indented("one\n\n  two\x1b[31m", 2))
        ['  one', '', '    two']
    """
    for line in text.splitlines():
        yield f"{'':<{margin}}{safe(line)}".rstrip()
