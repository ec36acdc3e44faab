"""Summing up a metric's series piece by piece, without holding it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from gitxp.model.metric import At, MetricSummary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SummaryBuilder:
    """Takes pieces of one metric's series, each as logged by one writer, in any number.

    Several that each know a part of the series can be joined.
    """

    def __init__(self) -> None:
        self._first: tuple[int, int, float] | None = None  # step, time, value
        self._last: tuple[int, int, float] | None = None
        self._min: At | None = None
        self._max: At | None = None
        self._mean = 0.0
        self._finite = 0
        self._count = 0

    def add(
        self,
        steps: NDArray[np.int64],
        times: NDArray[np.int64],
        values: NDArray[np.float64],
    ) -> None:
        """Add a piece: at least one point, in order of logging."""
        if len(values) == 1:  # of a short run each piece is: arrays would cost more than the rest
            self._add_one(int(steps[0]), int(times[0]), float(values[0]))
            return
        import numpy as np

        lowest = int(steps.argmin())
        highest = len(steps) - 1 - int(steps[::-1].argmax())
        self._add_ends(
            (int(steps[lowest]), int(times[lowest]), float(values[lowest])),
            (int(steps[highest]), int(times[highest]), float(values[highest])),
        )
        finite = np.isfinite(values)
        self._count += len(values)
        if not finite.all():
            steps, values = steps[finite], values[finite]
        if len(values):
            low, high = float(values.min()), float(values.max())
            with np.errstate(over="ignore"):  # thirds of the largest float add up to more than it
                mean = float((values / len(values)).sum())
            self._add_mean(min(max(mean, low), high), len(values))
            self._add_extremes(
                At(low, int(steps[values == low].min())), At(high, int(steps[values == high].min()))
            )

    def _add_one(self, step: int, time: int, value: float) -> None:
        point = (step, time, value)
        self._add_ends(point, point)
        self._count += 1
        if math.isfinite(value):
            self._add_mean(value, 1)
            self._add_extremes(At(value, step), At(value, step))

    def join(self, other: SummaryBuilder) -> None:
        """Add all that another has: the part of a writer that comes after those here."""
        if other._first is not None and other._last is not None:
            self._add_ends(other._first, other._last)
        if other._min is not None and other._max is not None:
            self._add_mean(other._mean, other._finite)
            self._add_extremes(other._min, other._max)
        self._count += other._count

    def _add_ends(self, first: tuple[int, int, float], last: tuple[int, int, float]) -> None:
        if self._first is None or first[:2] < self._first[:2]:
            self._first = first
        if self._last is None or last[:2] >= self._last[:2]:
            self._last = last

    def _add_extremes(self, lowest: At, highest: At) -> None:
        found = [at for at in (self._min, lowest) if at is not None]
        self._min = min(found, key=lambda at: (at.value, at.step))
        found = [at for at in (self._max, highest) if at is not None]
        self._max = min(found, key=lambda at: (-at.value, at.step))

    def _add_mean(self, mean: float, count: int) -> None:
        """Move the mean by shares, which does not overflow where the sum of huge values would."""
        self._finite += count
        self._mean += (mean - self._mean) * (count / self._finite)

    def build(self, rank: int = 0) -> MetricSummary:
        """Return the summary of all that was added, which that rank of a job logged."""
        assert self._first is not None
        assert self._last is not None
        return MetricSummary(
            first=At(self._first[2], self._first[0]),
            last=At(self._last[2], self._last[0]),
            min=self._min,
            max=self._max,
            mean=self._mean if self._finite else None,
            count=self._count,
            nonfinite=self._count - self._finite,
            rank=rank,
        )


def sum_up(parts: Iterable[tuple[int, SummaryBuilder]]) -> MetricSummary:
    """Return the summary of one metric: over the writers of the lowest rank that logged it.

    Args:
        parts: The rank of each writer and its points, at least one, in order of the writers.
    """
    told = list(parts)
    lowest = min(rank for rank, _ in told)
    summed = SummaryBuilder()
    for rank, part in told:
        if rank == lowest:
            summed.join(part)
    return summed.build(lowest)
