"""Summing up a metric's series piece by piece, without holding it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitxp.model.metric import At, MetricSummary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SummaryBuilder:
    """Takes pieces of one metric's series, each as logged by one writer, in any number.

    True once a point was added.
    """

    def __init__(self) -> None:
        self._first: tuple[int, int, float] | None = None  # step, time, value
        self._last: tuple[int, int, float] | None = None
        self._min: At | None = None
        self._max: At | None = None
        self._mean = 0.0
        self._finite = 0
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    def add(
        self,
        steps: NDArray[np.int64],
        times: NDArray[np.int64],
        values: NDArray[np.float64],
    ) -> None:
        """Add a piece: at least one point, in order of logging."""
        import numpy as np

        self._add_ends(steps, times, values)
        finite = np.isfinite(values)
        self._count += len(values)
        if not finite.all():
            steps, values = steps[finite], values[finite]
        if len(values):
            low, high = float(values.min()), float(values.max())
            self._add_mean(values, low, high)
            self._add_extremes(steps, values, low, high)

    def _add_ends(
        self,
        steps: NDArray[np.int64],
        times: NDArray[np.int64],
        values: NDArray[np.float64],
    ) -> None:
        lowest = int(steps.argmin())
        highest = len(steps) - 1 - int(steps[::-1].argmax())
        first = (int(steps[lowest]), int(times[lowest]), float(values[lowest]))
        last = (int(steps[highest]), int(times[highest]), float(values[highest]))
        if self._first is None or first[:2] < self._first[:2]:
            self._first = first
        if self._last is None or last[:2] >= self._last[:2]:
            self._last = last

    def _add_extremes(
        self, steps: NDArray[np.int64], values: NDArray[np.float64], low: float, high: float
    ) -> None:
        lowest = At(low, int(steps[values == low].min()))
        highest = At(high, int(steps[values == high].min()))
        found = [at for at in (self._min, lowest) if at is not None]
        self._min = min(found, key=lambda at: (at.value, at.step))
        found = [at for at in (self._max, highest) if at is not None]
        self._max = min(found, key=lambda at: (-at.value, at.step))

    def _add_mean(self, values: NDArray[np.float64], low: float, high: float) -> None:
        """Move the mean by shares, which does not overflow where the sum of huge values would."""
        import numpy as np

        share = len(values) / (self._finite + len(values))
        with np.errstate(over="ignore"):  # thirds of the largest float add up to more than it
            mean = float((values / len(values)).sum())
        mean = min(max(mean, low), high)
        self._mean += (mean - self._mean) * share
        self._finite += len(values)

    def build(self) -> MetricSummary:
        """Return the summary of all that was added."""
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
        )
