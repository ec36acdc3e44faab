"""The text in a column, and what Arrow can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gitxp.storage.points.arrow_arrays import number_array

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Rows = NDArray[np.integer] | None

# What operators are called by Arrow. Text is ordered by its bytes, and so by its code points.
_FUNCTIONS: Final = {
    "==": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "in": "is_in",
    "startswith": "starts_with",
    "endswith": "ends_with",
    "contains": "match_substring",
    "matches": "match_substring_regex",
}


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """The text that some runs have.

    Attributes:
        rows: Their numbers, ascending; None where it is every run.
        words: As many, a `large_string` array without nulls; a single one for all where `rows` is
            None.
    """

    rows: Rows
    words: pa.LargeStringArray

    def ask(self, operator: str, argument: Any, size: int) -> NDArray[np.bool_]:
        """Return an answer a run, of `size` runs or for all at once; no where there is no text.

        Args:
            argument: Text for an operator that takes one, or an array of it for `in`.
        """
        return spread(self.rows, ask(operator, self.words, argument), size)

    def compare(self, operator: str, other: Texts, size: int) -> NDArray[np.bool_]:
        """Return where a comparison of two texts holds; no where one of them is none."""
        if other.is_constant:
            return spread(self.rows, ask(operator, self.words, other.words[0]), size)
        if self.is_constant:
            return spread(other.rows, ask(operator, self.words[0], other.words), size)
        rows, left, right = _common(self, other, size)
        return spread(rows, ask(operator, left, right), size)

    @property
    def is_constant(self) -> bool:
        """Whether one text stands for every run."""
        return self.rows is None and len(self.words) == 1


def ask(operator: str, words: Any, argument: Any) -> NDArray[np.bool_]:
    """Return what Arrow answers, a truth value for each of the words."""
    import pyarrow.compute as pc

    answers = getattr(pc, _FUNCTIONS[operator])(words, argument)
    bits = np.frombuffer(answers.buffers()[1] or b"", np.uint8)
    end = answers.offset + len(answers)
    return np.unpackbits(bits, count=end, bitorder="little")[answers.offset :].view(np.bool_)


def spread(rows: Rows, answers: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Return the answers of some rows as an answer a run of `size` runs; no for the others."""
    if rows is None:
        return answers
    spread = np.zeros(size, np.bool_)
    spread[rows] = answers
    return spread


def _common(left: Texts, right: Texts, size: int) -> tuple[Rows, Any, Any]:
    """Return the rows that have both texts, and the texts there."""
    if left.rows is None and right.rows is None:
        return None, left.words, right.words
    every = np.arange(size)
    rows, left_places, right_places = np.intersect1d(
        every if left.rows is None else left.rows,
        every if right.rows is None else right.rows,
        assume_unique=True,
        return_indices=True,
    )
    return rows, _taken(left.words, left_places), _taken(right.words, right_places)


def _taken(words: pa.LargeStringArray, places: NDArray[np.intp]) -> pa.LargeStringArray:
    import pyarrow as pa

    return words.take(number_array(places.astype(np.int64), pa.int64()))
