"""Regular expressions that cannot hang, whatever the pattern and the text.

Arrow matches by RE2, in a time that grows with the length of the text and never exponentially. But
it also grows with the size of the pattern, repetitions written out, and that is anybody's choice.
So the size is bounded, and the filter's time is looked at every moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from gitxp.query.filter.budget import Budget
from gitxp.query.filter.texts import Texts, ask, spread
from gitxp.storage.points.arrow_arrays import large_text_array

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_LARGEST: Final = 500
# A class of Unicode is compiled to hundreds of ranges.
_CLASS_WEIGHT: Final = 20
_UNIT = re.compile(
    r"\\[pP](?:\{[^}]*\}|.)|\\.|\[(?:\\.|[^\]])*\]|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL
)
# Characters times size of the pattern: what takes a quarter of a second at the very worst.
_WORK_AT_ONCE: Final = 4_000_000


class TooSlow(Exception):
    """A pattern takes longer than it may."""


def fault_of_pattern(pattern: str) -> str | None:
    r"""Return what is wrong with a regular expression; None where it is fine.

    Example:
        >>> fault_of_pattern(r"lr-\d+$"), fault_of_pattern("(")
        (None, 'missing ): (')
    """
    import pyarrow as pa

    size = pattern_size(pattern) if len(pattern) <= _LARGEST else len(pattern)
    if size > _LARGEST:
        return f"it stands for {size} characters, repetitions written out: {_LARGEST} are enough"
    try:
        ask("matches", large_text_array([""]), pattern)
    except pa.ArrowInvalid as error:
        return str(error).removeprefix("Invalid regular expression: ")
    return None


def pattern_size(pattern: str) -> int:
    """Return how long a regular expression would be with its repetitions written out, about.

    Example:
        >>> pattern_size("(ab){3}c{2,4}")
        10
    """
    sizes, last = [0], 0  # of each group that is open, and of what a repetition would repeat
    for unit in _UNIT.finditer(pattern):
        least, most = unit.groups()
        if unit[0] == "(":
            sizes.append(0)
            continue
        if least is not None:
            added = last * (max(int(least[:5]), int((most or "1")[:5]), 1) - 1)
            last += added
        elif unit[0] == ")" and len(sizes) > 1:
            added = last = sizes.pop()
        else:
            added = last = 1 + _CLASS_WEIGHT * unit[0].lower().count("\\p")
        sizes[-1] += added
    return sum(sizes)


def match(texts: Texts, pattern: str, size: int, budget: Budget) -> NDArray[np.bool_]:
    """Return where a pattern matches a part of the text, an answer a run of `size` runs.

    Raises:
        TooSlow: If that would take too long.
    """
    answers = []
    for words in _pieces(texts.words, pattern):
        if budget.is_spent:
            raise TooSlow
        answers.append(ask("matches", words, pattern))
    whole = np.concatenate(answers) if answers else np.zeros(0, np.bool_)
    return spread(texts.rows, whole, size)


def _pieces(words: pa.LargeStringArray, pattern: str) -> Iterator[pa.LargeStringArray]:
    """Yield the words in pieces, each of which takes a moment."""
    ends = np.frombuffer(words.buffers()[1], np.int64)[words.offset :][: len(words) + 1]
    at_once = _WORK_AT_ONCE // max(1, pattern_size(pattern))
    start = 0
    while start < len(words):
        stop = int(np.searchsorted(ends, ends[start] + at_once, side="right")) - 1
        if stop == start:  # one text alone is longer
            if ends[start + 1] - ends[start] > 2 * at_once:
                raise TooSlow
            stop += 1
        yield words.slice(start, stop - start)
        start = stop
