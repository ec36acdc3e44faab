"""What is to be drawn of which runs, and its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args

from gitxp.comparison.curves.curves import Shape, align_curves, group_bands
from gitxp.comparison.curves.direction import direction_of
from gitxp.comparison.groups.labels import grouped_by
from gitxp.comparison.groups.measured import find_measure
from gitxp.comparison.groups.spread import Settled, spread_of
from gitxp.errors import InvalidValue
from gitxp.model.goal import Goal
from gitxp.query.each_run import PassOver
from gitxp.query.run_rows import RunRows
from gitxp.storage.repository import Repository
from gitxp.text import shown
from gitxp.ui.plot.bars import bar_chart
from gitxp.ui.plot.fields import Marks
from gitxp.ui.plot.lines import band_chart, curve_chart, first_curves
from gitxp.ui.plot.picture import Picture
from gitxp.ui.plot.scatter import parallel_chart, scatter_chart

if TYPE_CHECKING:
    from gitxp.comparison.curves.curves import Grid
    from gitxp.statistics.methods import BandKind, IntervalMethod

Kind = Literal["curves", "scatter", "parallel", "bars"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Request:
    """A picture that is wanted.

    Attributes:
        metric: What is drawn upwards, by name, perhaps with a reducer (`loss:min`) where it is
            one number a run; the metric that people look at first where None.
        x: For curves `step`, `time` or a metric; for a scatter chart a column or a metric.
        by: Columns that make groups of runs; for curves None draws each run, for bars the runs
            that differ in nothing but seeds are a group.
        fields: The axes of a parallel chart but for the last.
        smooth: Weight of a moving average over curves, from 0 to less than 1.
        best: Whether curves show the best value so far.
        goal: Which way the metric is better; as the settings say, or its name, where None.
        only_finished: Whether groups leave out runs that go on, or did not end well.
        goals: By metric, which way the team has said is better.
        units: By metric, in what the team has said it is measured.
    """

    kind: Kind = "curves"
    metric: str | None = None
    x: str | None = None
    by: Sequence[str] | None = None
    fields: Sequence[str] | None = None
    smooth: float = 0.0
    best: bool = False
    grid: Grid = None
    goal: Goal | None = None
    band: BandKind = "ci"
    interval: IntervalMethod = "t"
    confidence: float = 0.95
    only_finished: bool = True
    goals: Mapping[str, Goal] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


def draw(repository: Repository, rows: RunRows, request: Request, pass_over: PassOver) -> Picture:
    """Return the picture of some runs.

    Args:
        pass_over: Called with each run whose points are to be drawn and cannot be read.

    Raises:
        UnknownMetric: If no run has the metric.
        UnknownColumn: If no run has one of the columns.
        InvalidValue: If something is asked for that cannot be drawn.
    """
    goals = dict(request.goals)
    if request.kind not in KINDS:
        raise InvalidValue(
            f"kind is {shown(request.kind)}: expected one of {', '.join(map(repr, KINDS))}"
        )
    measure = find_measure(rows, request.metric, goals)
    if request.goal is not None:
        goals[measure.metric] = direction_of(measure.metric, request.goal, goals)
    marks = Marks(goals, request.units)
    match request.kind:
        case "curves":
            return _curves(repository, rows, measure.metric, request, marks, pass_over)
        case "scatter":
            if request.x is None:
                raise InvalidValue(
                    "a scatter chart needs a field for each axis", hint="x='params.lr'"
                )
            return scatter_chart(rows, request.x, measure.column, marks, by=request.by)
        case "parallel":
            return parallel_chart(rows, request.fields, measure.name, marks)
        case "bars":
            settled = Settled(
                request.interval, request.confidence, only_finished=request.only_finished
            )
            spread = spread_of(rows, measure.name, goals, by=request.by, settled=settled)
            return bar_chart(spread, marks, by=request.by)


def _curves(
    repository: Repository,
    rows: RunRows,
    metric: str,
    request: Request,
    marks: Marks,
    pass_over: PassOver,
) -> Picture:
    best = direction_of(metric, request.goal, marks.goals) if request.best else None
    shape = Shape(request.x or "step", request.grid, request.smooth, best)
    if request.by is None:
        shown, count = first_curves(rows, metric)
        aligned = align_curves(repository, shown, metric, shape, pass_over)
        return curve_chart(metric, aligned, shown, shape, marks, of=count)
    labels = grouped_by(rows, request.by, metric, only_finished=request.only_finished)
    aligned = align_curves(repository, labels.members(rows), metric, shape, pass_over)
    bands = group_bands(aligned, labels, request.band, request.confidence)
    return band_chart(metric, bands, request.band, request.confidence, shape, marks)
