"""How a group of runs compares with the baseline, and whether more than chance can be behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gitxp.comparison.baseline.conclusion import Conclusion
from gitxp.model.goal import MetricGoal
from gitxp.statistics.difference import Difference
from gitxp.statistics.several import holm


@dataclass(frozen=True, slots=True)
class AgainstBaseline:
    """A group of runs in one metric against the group of its baseline.

    Attributes:
        goal: Which way the metric is better; None where nobody says so.
        confidence: That of the interval; a difference is more than noise where chance alone gives
            one as large in less than the rest to 1 of all cases.
        p_corrected: That of Welch's test, corrected for so many comparisons.
        comparisons: How many were looked at together.
    """

    difference: Difference
    goal: MetricGoal | None
    confidence: float
    p_corrected: float
    comparisons: int = 1

    @property
    def gain(self) -> float:
        """The difference in the metric's direction: above zero is better; NaN without a goal."""
        return math.nan if self.goal is None else self.goal.gain(self.difference.difference)

    @property
    def conclusion(self) -> Conclusion:
        """What can be said."""
        if math.isnan(self.p_corrected):
            return Conclusion.CANNOT_BE_SAID
        if self.p_corrected >= 1 - self.confidence:
            return Conclusion.WITHIN_THE_NOISE
        if self.goal is None:
            return Conclusion.CANNOT_BE_SAID
        return Conclusion.BETTER if self.gain > 0 else Conclusion.WORSE

    @property
    def reason(self) -> str:
        """Why it cannot be said; empty where it can."""
        found = self.difference
        if self.conclusion is not Conclusion.CANNOT_BE_SAID:
            return ""
        if min(found.n, found.n_against) < 2:
            whose = "here" if found.n <= found.n_against else "in the baseline"
            runs = "no run" if min(found.n, found.n_against) == 0 else "one run"
            return f"{runs} {whose}: chance cannot be told without several seeds on both sides"
        if math.isnan(self.p_corrected):
            return "no spread on either side: the seeds changed nothing"
        return "nothing says which way the metric is better"


def against_baseline(
    differences: Sequence[Difference], goal: MetricGoal | None, *, confidence: float = 0.95
) -> list[AgainstBaseline]:
    """Return what can be said of differences of one metric that are looked at together."""
    return corrected([AgainstBaseline(one, goal, confidence, one.p_welch) for one in differences])


def corrected(comparisons: Sequence[AgainstBaseline]) -> list[AgainstBaseline]:
    """Return comparisons, be it of several metrics, corrected for how many are looked at.

    The p-values are those of Welch's test: with three seeds a side the permutation test can give
    none below 0.1.
    """
    p_values = [one.difference.p_welch for one in comparisons]
    count = sum(not math.isnan(one) for one in p_values)
    return [
        replace(one, p_corrected=p_value, comparisons=count)
        for one, p_value in zip(comparisons, holm(p_values), strict=True)
    ]
