"""How fast runs learn: when a threshold was reached and held, and what lies under their curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gitxp.comparison.curves.run_curve import STEP, CurveReader, RunCurve
from gitxp.errors import InvalidValue
from gitxp.model.goal import Goal
from gitxp.query.each_run import PassOver
from gitxp.query.live import Problem
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.storage.repository import Repository
from gitxp.text import shown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_COLUMNS: Final = {
    "step": "Int64", "seconds": "float64", "x": "float64", "threshold": "float64",
    "first": "float64", "best": "float64", "best_step": "Int64", "last": "float64",
    "area": "float64", "best_area": "float64", "points": "Int64",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached.

    Attributes:
        value: The threshold, or the share of the way from a run's first value to its best.
        is_share: Whether it is such a share.
    """

    value: float
    is_share: bool = False

    def __str__(self) -> str:
        return f"{self.value * 100:.15g}%" if self.is_share else repr(self.value)

    def threshold(self, first: float, best: float) -> float | None:
        """Return the value to reach for a run with these two.

        Returns:
            None for a share where the run never got better than at first: its way has no length,
            and to have gone a share of that at once would be no sign of speed.

        Example:
            >>> Target(0.5, is_share=True).threshold(4.0, 1.0), Target(2.0).threshold(4.0, 1.0)
            (2.5, 2.0)
        """
        if not self.is_share:
            return self.value
        if first == best:
            return None
        made = first * (1 - self.value) + best * self.value
        # Rounding must not lead beyond the best, which then would never be reached.
        return min(max(made, min(first, best)), max(first, best))


def parse_target(to: float | str) -> Target:
    """Return what is to be reached: a threshold as a number, or a share in percent.

    Raises:
        InvalidValue: If it is neither, or the share is not above 0 and at most 100 percent.

    Example:
        >>> parse_target(0.9), parse_target("90%")
        (Target(value=0.9, is_share=False), Target(value=0.9, is_share=True))
    """
    text = str(to).strip()
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidValue(f"to is {shown(to)}: expected a finite number, or a share such as '95%'")
    if not text.endswith("%"):
        return Target(value)
    if not 0 < value <= 100:
        raise InvalidValue(f"to is {shown(to)}: expected a share above 0% and at most 100%")
    return Target(value / 100, is_share=True)


@dataclass(frozen=True, slots=True)
class Convergence:
    """How one run learnt, by one metric. What cannot be said is None.

    Attributes:
        threshold: The value that was to be reached; none where that is a share of the way from
            first to best, and the run never got better than at first.
        step: The first step at which it was reached, and held for as many points as asked.
        seconds: The same since the run began, pauses left out.
        x: The same along the axis.
        first: The finite value at the lowest step.
        best: The best finite value.
        best_step: The first step that has it.
        last: The value at the highest step, be it NaN.
        area: Under the curve, divided by its length; see `statistics.curve.mean_height`.
        best_area: The same of the best value so far, which is never worse.
        points: How many there are, one a step.
        status: How far the run has come, or how it ended.
    """

    key: RunKey
    threshold: float | None = None
    step: int | None = None
    seconds: float | None = None
    x: float | None = None
    first: float | None = None
    best: float | None = None
    best_step: int | None = None
    last: float | None = None
    area: float | None = None
    best_area: float | None = None
    points: int = 0
    status: str | None = None


def find_convergence(
    repository: Repository,
    rows: RunRows,
    metric: str,
    target: Target,
    *,
    pass_over: PassOver,
    goal: Goal,
    hold: int = 1,
    x: str = STEP,
) -> list[Convergence]:
    """Return how each run learnt, in the order of the rows; one without the metric has no points.

    A run that never got better than at first has reached no share of its way: it has a threshold
    and a step only where a value is asked for.

    Args:
        pass_over: Called with each run whose points cannot be read, of which nothing is returned.
        goal: Which way the metric is better.
        hold: At how many points in a row the threshold must be reached.
        x: Along what the area is taken: `step`, `time` or the name of a metric.

    Raises:
        UnknownMetric: If no run has `metric`, or the metric that is the axis.
        DamagedRecord: If the points of no run that has it can be read.
        InvalidValue: If `hold` is no number of points.
    """
    asked: object = hold
    if not isinstance(asked, int) or asked < 1:
        raise InvalidValue(f"hold is {shown(hold)}: expected how many points in a row, 1 or more")
    left_out: set[str] = set()

    def leave_out(problem: Problem) -> None:
        left_out.add(problem.run)
        pass_over(problem)

    reader = CurveReader(repository, rows, metric, x, leave_out)
    found = {
        curve.key.id: converged(curve, target, goal, hold) for curve in reader.read(timed=True)
    }
    return [
        replace(found.get(key.id, Convergence(key)), status=status)
        for key, status in zip(rows.keys, rows.values("status"), strict=True)
        if key.id not in left_out
    ]


def converged(curve: RunCurve, target: Target, goal: Goal, hold: int) -> Convergence:
    """Return how one run learnt, whose curve is timed; see `find_convergence`."""
    import numpy as np

    from gitxp.statistics.curve import best_so_far, mean_height

    values = curve.values
    finite = np.flatnonzero(np.isfinite(values))
    if not len(finite):
        last = float(values[-1]) if len(values) else None
        return Convergence(curve.key, last=last, points=len(values))
    first = float(values[finite[0]])
    best_place = finite[(values[finite].argmax if goal == "max" else values[finite].argmin)()]
    best = float(values[best_place])
    threshold = target.threshold(first, best)
    place = None if threshold is None else _first_there(values, threshold, goal, hold)
    x, along = curve.along_axis()
    made = Convergence(
        curve.key,
        threshold=threshold,
        first=first,
        best=best,
        best_step=int(curve.steps[best_place]),
        last=float(values[-1]),
        area=mean_height(x, along),
        best_area=mean_height(x, best_so_far(along, goal)),
        points=len(values),
    )
    return made if place is None else _reached(made, curve, place)


def _first_there(
    values: NDArray[np.float64], threshold: float, goal: Goal, hold: int
) -> int | None:
    """Return the place of the first value that reaches a threshold and holds it."""
    import numpy as np

    from gitxp.statistics.curve import first_held

    with np.errstate(invalid="ignore"):
        is_there = values >= threshold if goal == "max" else values <= threshold
    return first_held(is_there & np.isfinite(values), hold)


def _reached(made: Convergence, curve: RunCurve, place: int) -> Convergence:
    assert curve.seconds is not None
    return replace(
        made,
        step=int(curve.steps[place]),
        seconds=float(curve.seconds[place]),
        x=float(curve.x[place]),
    )


def quickest_first(found: Sequence[Convergence]) -> list[Convergence]:
    """Return those that reached the threshold first at the lowest step, the others last."""
    return sorted(found, key=lambda one: (one.step is None, one.step, one.seconds))


def convergence_fields(found: Convergence, metric: str, goal: Goal) -> dict[str, Any]:
    """Return how a run learnt along its steps as the fields of an object in JSON."""
    key = found.key
    own = {"run": key.id, "name": key.name, "experiment": key.experiment, "status": found.status}
    told = {name: getattr(found, name) for name in _COLUMNS if name != "x"}
    return {**own, "metric": metric, "goal": goal, **told}


def convergence_frame(found: Sequence[Convergence]) -> pd.DataFrame:
    """Return a frame with a row a run; whole numbers are `Int64`, all others `float64`."""
    import pandas as pd

    index = pd.Index([one.key.id for one in found], dtype="str", name="run")
    columns = {
        name: pd.Series([getattr(one, name) for one in found], index=index, dtype=dtype)
        for name, dtype in _COLUMNS.items()
    }
    return pd.DataFrame(columns)
