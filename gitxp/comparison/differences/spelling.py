"""Cells as text on one line: short, but never alike where the values are not."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, Final

from gitxp.comparison.baseline.words import (
    difference_text,
    gain_words,
    noise_notes,
    nonfinite_words,
    with_words,
)
from gitxp.comparison.differences.comparison import Cell, Comparison, Row
from gitxp.comparison.differences.equality import are_same
from gitxp.comparison.values import Bytes, Change, Digest
from gitxp.text import cell, duration, safe, size, value

# How much of what texts have in common is left before where they part.
_BEFORE: Final = 4


def cell_texts(row: Row) -> list[str]:
    """Return what each run has in a row, without gains; empty where it has nothing.

    Values are spelled as tables spell them, and in full where two that differ would look the same.

    Example:
        >>> cell_texts(Row("lr", (Cell(0.5), Cell(0.25), None)))
        ['0.5', '0.25', '']
        >>> cell_texts(Row("lr", (Cell(1), Cell(1.0), Cell("1"))))
        ['1', '1.0', "'1'"]
    """
    short = ["" if one is None else _short(one.value) for one in row.cells]
    if _tell_apart(row.cells, short):
        return short
    return ["" if one is None else safe(_whole(one.value)) for one in row.cells]


def gain_parts(told: Cell | None) -> tuple[str, str]:
    """Return how much more a metric's value is than the first run's, and whether that is a gain.

    Either may be empty. A cell that is a difference in itself has no other one. In place of how
    much stands which value is not finite, where that is why there is no difference.

    Example:
        >>> gain_parts(Cell(0.25, -0.5, is_better=True)), gain_parts(Cell(0.25))
        (('-0.5', 'better'), ('', ''))
        >>> gain_parts(Cell(Change(0.5), is_better=False))
        ('', 'worse')
    """
    if told is None:
        return "", ""
    is_on_baseline = isinstance(told.value, Change)
    other = "baseline" if is_on_baseline else "first"
    words = gain_words(told.stand, is_better=told.is_better, other=other)
    if is_on_baseline:
        return "", words
    if told.difference is None:
        return "", ""
    if math.isnan(told.difference):
        return nonfinite_words(told.value, other=other), ""
    return (difference_text(told.difference) if told.difference or words else ""), words


def gain_text(told: Cell | None) -> str:
    """Return both in one text.

    Example:
        >>> gain_text(Cell(0.25, -0.5, is_better=True)), gain_text(Cell(0.25))
        ('-0.5 better', '')
    """
    return with_words(*gain_parts(told), None if told is None else told.stand, joint=" ")


def seed_notes(comparison: Comparison) -> list[str]:
    """Return what has to be known of the gains that are told in a comparison; see `noise_notes`."""
    cells = (
        cell
        for section in comparison.sections
        if section.title == "metrics"
        for row in section.rows
        for cell in row.cells
    )
    told = [one for one in cells if one is not None and any(gain_parts(one))]
    # Of best values nothing is said but how far they lie apart.
    judged = [one.stand for one in told if one.stand is not None or one.is_better is not None]
    return noise_notes(judged, has_figures=False)


def parted(
    texts: Sequence[str], room: int, *, dots: str, width_of: Callable[[str], int] = len
) -> list[str]:
    """Return texts without what all begin with, where they would be cut before they part.

    They may still be too long: whoever shows them cuts their ends.

    Example:
        >>> parted(["python train.py --lr 0.1", "python train.py --lr 0.2"], 12, dots="...")
        ['... --lr 0.1', '... --lr 0.2']
    """
    told = {text for text in texts if text}
    common = _common(told)
    longest = max(map(width_of, texts), default=0)
    if len(told) < 2 or common <= room // 2 or longest <= room:
        return list(texts)
    # No further in than is needed to show the longest to its end.
    start = min(common - _BEFORE, longest + len(dots) - room)
    return [text and f"{dots}{text[start:]}" for text in texts]


def _common(texts: Collection[str]) -> int:
    """Return with how many characters all begin: the first and the last in order tell."""
    low, high = min(texts, default=""), max(texts, default="")
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(low, high, strict=False))
    return sum(1 for _ in pairs)


def _short(told: Any) -> str:
    match told:
        case Bytes():
            return size(told)
        case Change():
            return difference_text(told)
        case Digest():
            return told.short
        case timedelta():
            return duration(told)
        case datetime() if told.tzinfo is not None:
            return f"{told.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return value(told)


def _whole(told: Any) -> str:
    match told:
        case Bytes():
            return f"{int(told)} B"
        case Digest():
            return str(told)
        case Change():
            return f"{float(told):+}" if math.isfinite(told) else difference_text(told)
        case timedelta() | datetime():  # nobody asks whether one took a microsecond longer
            return _short(told)
        case str() | int() | float() | None | list() | tuple() | dict() | bytes():
            return repr(told)
    return cell(str(told))


def _tell_apart(cells: Sequence[Cell | None], texts: Sequence[str]) -> bool:
    """Whether no two cells that differ have the same text."""
    seen: dict[str, Cell | None] = {}
    for one, text in zip(cells, texts, strict=True):
        other = seen.setdefault(text, one)
        is_same = one is other or (
            one is not None and other is not None and are_same(one.value, other.value)
        )
        if not is_same:
            return False
    return True
