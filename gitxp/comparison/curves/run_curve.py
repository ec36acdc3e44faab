"""The curve of a metric in each of some runs: a value at each place along an axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gitxp.model.run import Session
from gitxp.query.each_run import PassOver, read_some
from gitxp.query.history import keys_having
from gitxp.query.index.kinds import microseconds
from gitxp.query.metric_names import one_metric
from gitxp.query.points import PointReader
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.query.series import Series, read_series
from gitxp.storage.repository import Repository

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEP: Final = "step"
TIME: Final = "time"


@dataclass(frozen=True, slots=True, eq=False)
class RunCurve:
    """The points of one run, one a step and in their order.

    Attributes:
        x: Where each point lies along the axis: steps, seconds, or values of another metric; NaN
            before that metric has a value.
        seconds: When each point was logged, since the run began, pauses left out; None where
            nobody asked.
    """

    key: RunKey
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    x: NDArray[np.float64] | NDArray[np.int64]
    seconds: NDArray[np.float64] | None = None

    def along_axis(self) -> tuple[NDArray[np.float64] | NDArray[np.int64], NDArray[np.float64]]:
        """Return ascending places along the axis with a value each.

        Of several points at a place that of the highest step counts.
        """
        if self.x is self.steps:
            return self.steps, self.values
        from gitxp.statistics.curve import latest_each

        known = (self.x == self.x).nonzero()[0]
        chosen = known[latest_each(self.x[known], self.steps[known])]
        return self.x[chosen], self.values[chosen]


@dataclass(frozen=True, slots=True)
class Axis:
    """Along what curves run.

    Attributes:
        name: `step`, `time` or the name of a metric.
    """

    name: str = STEP

    @property
    def is_metric(self) -> bool:
        """Whether it is another metric."""
        return self.name not in (STEP, TIME)


class CurveReader:
    """Reads the curves of one metric along one axis."""

    def __init__(
        self, repository: Repository, rows: RunRows, metric: str, x: str, pass_over: PassOver
    ) -> None:
        """Find the metric, and the axis where it is one, too.

        Args:
            pass_over: Called with each run whose points cannot be read; see `read_some`.

        Raises:
            UnknownMetric: If no run has one of them.
            InvalidValue: If one of them means several metrics.
        """
        self._repository = repository
        self._reader = PointReader(repository)
        self._rows = rows
        self._pass_over = pass_over
        self._metric = one_metric(rows, metric)
        self.axis = Axis(x if not Axis(x).is_metric else one_metric(rows, x))

    def read(self, *, timed: bool = False) -> Iterator[RunCurve]:
        """Yield the curve of each run that has the metric.

        Of several points at a step the one logged last counts.

        Args:
            timed: Whether `seconds` are wanted along any axis.
        """
        keys = keys_having(self._rows, [self._metric])
        read = partial(self._read_one, timed=timed or self.axis.name == TIME)
        for _, curve in read_some(self._repository, keys, read, self._pass_over):
            if curve is not None:
                yield curve

    def _read_one(self, key: RunKey, *, timed: bool) -> RunCurve | None:
        names = [self._metric, *([self.axis.name] if self.axis.is_metric else [])]
        found = read_series(self._reader, key, names)
        return self._curve(key, found, timed=timed) if self._metric in found else None

    def _curve(self, key: RunKey, found: Mapping[str, Series], *, timed: bool) -> RunCurve:
        import numpy as np

        points = _one_a_step(found[self._metric])
        seconds = elapsed(points.times, self._reader.sessions(key)) if timed else None
        if self.axis.name == STEP:
            x: NDArray[Any] = points.steps
        elif self.axis.name == TIME:
            assert seconds is not None
            x = seconds
        elif self.axis.name in found:
            x = _joined(points.steps, _one_a_step(found[self.axis.name]))
        else:
            x = np.full(len(points.steps), np.nan)
        return RunCurve(key, points.steps, points.values, x, seconds)


def _one_a_step(series: Series) -> Series:
    from gitxp.statistics.curve import latest_each

    kept = latest_each(series.steps, series.times)
    return Series(series.steps[kept], series.times[kept], series.values[kept])


def _joined(steps: NDArray[np.int64], other: Series) -> NDArray[np.float64]:
    """Return the finite value of a series last at or before each step; NaN where there is none."""
    import numpy as np

    finite = np.isfinite(other.values)
    known = np.concatenate([[np.nan], other.values[finite]])
    joined: NDArray[np.float64] = known[np.searchsorted(other.steps[finite], steps, side="right")]
    return joined


def elapsed(times: NDArray[np.int64], sessions: Sequence[Session]) -> NDArray[np.float64]:
    """Return how many seconds of a run's sessions had passed at some moments.

    What lies between two sessions is left out, as in the run's `duration`. Sessions of which one
    began before another had ended count once where they overlap. A session lasts until the last
    point before the next one: what is known of the end of a process that was killed is earlier, and
    of one that goes on there is no end.

    Args:
        times: When points were logged, in microseconds since 1970.
    """
    import numpy as np

    if not len(times):
        return np.empty(0)
    starts, ends = _apart(sessions) or ([int(times.min())], [int(times.max())])
    in_order = np.sort(np.append(times, starts[0]))  # so that one lies before each later start
    places = np.searchsorted(in_order, starts[1:]).tolist()
    lasts = np.maximum(ends, in_order[[place - 1 for place in (*places, len(in_order))]])
    bounds = np.column_stack([starts, lasts]).ravel()
    lengths = np.diff(bounds)
    lengths[1::2] = 0
    passed = np.concatenate([[0], np.cumsum(lengths)])
    # Since the start first: as floats, microseconds since 1970 are exact, their products not.
    made: NDArray[np.float64] = np.interp(times - bounds[0], bounds - bounds[0], passed) / 1e6
    return made


def _apart(sessions: Sequence[Session]) -> tuple[list[int], list[int]] | None:
    """Return the starts and ends of sessions, those that overlap as one; None without any."""
    spans = sorted(
        (microseconds(one.started), microseconds(one.finished or one.started)) for one in sessions
    )
    if not spans:  # the run was removed a moment ago
        return None
    starts, ends = [spans[0][0]], [spans[0][0]]
    for start, end in spans:
        if start > ends[-1]:
            starts.append(start)
            ends.append(end)
        ends[-1] = max(ends[-1], end)
    return starts, ends
