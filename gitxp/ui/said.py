"""What people said, as others read it: who, when, and the words on lines of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gitxp.model.run import Judgement, Note, Run
from gitxp.model.standing import BaselineChoice, Description
from gitxp.ui.format import age, cell, fact, safe


def said_by(said: Judgement | Note | Description | BaselineChoice, now: datetime) -> str:
    """Return who said something, and how long ago."""
    name = said.author.partition("<")[0].strip()
    return f"{cell(name) or 'somebody'}, {age(said.time, now)}"


def said_lines(run: Run, verdict: str, now: datetime, *, margin: int) -> Iterator[str]:
    """Yield what people said of a run: the verdict, then notes.

    Args:
        verdict: As it is to be shown, where there is one.
        margin: Where the text begins.
    """
    if run.judgement is not None:
        yield fact("verdict", f"{verdict}, by {said_by(run.judgement, now)}", margin=margin)
        yield from indented(run.judgement.text, margin)
    for note in run.notes:
        yield fact("note", f"by {said_by(note, now)}", margin=margin)
        yield from indented(note.text, margin)


def indented(text: str, margin: int) -> Iterator[str]:
    r"""Yield the lines of a text, each safe and set in.

    Example:
        >>> list(indented("one\n\n  two\x1b[31m", 2))
        ['  one', '', '    two']
    """
    for line in text.splitlines():
        yield f"{'':<{margin}}{safe(line)}".rstrip()
