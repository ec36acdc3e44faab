"""Answers of which some are not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """An answer a run: yes, no, or neither where it is not known (Kleene's three-valued logic).

    Attributes:
        yes: Where it is known to be so.
        no: Where it is known not to be.
    """

    yes: NDArray[np.bool_]
    no: NDArray[np.bool_]

    def __invert__(self) -> Truth:
        return Truth(self.no, self.yes)

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.yes & other.yes, self.no | other.no)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.yes | other.yes, self.no & other.no)


def answered(yes: NDArray[np.bool_], *, known: NDArray[np.bool_]) -> Truth:
    """Return answers of which those that are not `known` are neither yes nor no."""
    return Truth(yes & known, ~yes & known)
