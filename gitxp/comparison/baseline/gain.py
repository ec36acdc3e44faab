"""By how much a run has to be better, as it is typed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gitxp.errors import CannotCompare


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much a metric must be better.

    Attributes:
        is_share: Whether it is a share of the other's value rather than in the metric's units.
    """

    amount: float
    is_share: bool = False

    def __str__(self) -> str:
        return f"{self.amount:.12g}%" if self.is_share else f"{self.amount:.12g}"

    def of(self, value: float) -> float:
        """Return it in the metric's units, where the other's value is `value`."""
        if not self.is_share:
            return self.amount
        if value == 0:
            raise CannotCompare(f"a gain of {self} cannot be told of a baseline of 0")
        return abs(value) * self.amount / 100


def parse_gain(text: str) -> Gain:
    """Return what `0.01` or `1%` means.

    Raises:
        ValueError: If it is no finite number.

    Example:
        >>> parse_gain("0.01"), parse_gain("1%")
        (Gain(amount=0.01, is_share=False), Gain(amount=1.0, is_share=True))
    """
    amount = float(text.removesuffix("%"))
    if not math.isfinite(amount):
        raise ValueError(f"{text!r} is no finite number")
    return Gain(amount, text.endswith("%"))
