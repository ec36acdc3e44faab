"""What is known of a metric without reading its points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class At:
    """A value and the step at which it was logged."""

    value: float
    step: int


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """The shape of one metric's series in a few numbers.

    Attributes:
        first: At the lowest step; among equals the one logged first.
        last: At the highest step; among equals the one logged last.
        min: The smallest finite value, at the first step that has it; None without one.
        max: The largest finite value, at the first step that has it; None without one.
        mean: Mean of the finite values; None without one.
        count: How many points there are.
        nonfinite: How many of them are NaN or infinite.
        rank: The lowest rank that logged the metric, whose points alone are summed up.
    """

    first: At
    last: At
    min: At | None
    max: At | None
    mean: float | None
    count: int
    nonfinite: int = 0
    rank: int = 0


def merge_summaries(earlier: MetricSummary, later: MetricSummary) -> MetricSummary:
    """Return the summary of both series together, `later` having been logged after `earlier`.

    Where they are of two ranks, it is that of the lower one.

    Example:
        >>> one = MetricSummary(At(1.0, 0), At(1.0, 0), At(1.0, 0), At(1.0, 0), 1.0, 1)
        >>> two = MetricSummary(At(3.0, 1), At(3.0, 1), At(3.0, 1), At(3.0, 1), 3.0, 1)
        >>> both = merge_summaries(one, two)
        >>> both.last.value, both.mean, both.count
        (3.0, 2.0, 2)
    """
    if earlier.rank != later.rank:
        return min(earlier, later, key=attrgetter("rank"))
    return MetricSummary(
        first=later.first if later.first.step < earlier.first.step else earlier.first,
        last=earlier.last if earlier.last.step > later.last.step else later.last,
        min=_extreme(earlier.min, later.min, sign=1),
        max=_extreme(earlier.max, later.max, sign=-1),
        mean=_mean(earlier, later),
        count=earlier.count + later.count,
        nonfinite=earlier.nonfinite + later.nonfinite,
        rank=earlier.rank,
    )


def merge_all(
    earlier: Mapping[str, MetricSummary], later: Mapping[str, MetricSummary]
) -> dict[str, MetricSummary]:
    """Return the summaries of two stretches of a run together, by metric."""
    both = {
        name: merge_summaries(earlier[name], summary) if name in earlier else summary
        for name, summary in later.items()
    }
    return {**earlier, **both}


def _extreme(earlier: At | None, later: At | None, *, sign: int) -> At | None:
    if earlier is None or later is None:
        return earlier or later
    return min(earlier, later, key=lambda at: (sign * at.value, at.step))


def _mean(earlier: MetricSummary, later: MetricSummary) -> float | None:
    if earlier.mean is None or later.mean is None:
        return later.mean if earlier.mean is None else earlier.mean
    weight_earlier = earlier.count - earlier.nonfinite
    weight_later = later.count - later.nonfinite
    share = weight_later / (weight_earlier + weight_later)
    return earlier.mean * (1 - share) + later.mean * share
