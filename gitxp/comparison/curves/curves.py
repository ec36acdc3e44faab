"""Curves of several runs at the same places, and the bands of groups of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gitxp.comparison.curves.run_curve import STEP, Axis, CurveReader
from gitxp.comparison.groups.labels import Label, Labels, in_order
from gitxp.errors import InvalidValue
from gitxp.model.goal import Goal
from gitxp.query.each_run import PassOver
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.storage.repository import Repository
from gitxp.text import shown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from gitxp.statistics.bands import Band
    from gitxp.statistics.methods import BandKind

    Grid = int | Sequence[float] | NDArray[Any] | None
    Places = NDArray[np.float64] | NDArray[np.int64]

# Where every run has places of its own, as along time, a row for each would be of no use.
_EVENLY: Final = 1000
# 400 MB: more than a picture or a table needs, and less than a machine has.
_MOST_VALUES: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What is made of the points of each run.

    Attributes:
        x: Along what: `step`, `time`, or the name of a metric.
        grid: The places; see `gitxp.curves`.
        smooth: The weight of the exponential moving average; 0 for none.
        best: Which way is better, where the best value so far is meant; None for each value.

    Raises:
        InvalidValue: If `smooth` is out of range.
    """

    x: str = STEP
    grid: Grid = None
    smooth: float = 0.0
    best: Goal | None = None

    def __post_init__(self) -> None:
        asked: object = self.smooth
        if not isinstance(asked, int | float) or not 0 <= asked < 1:
            raise InvalidValue(
                f"smooth is {shown(self.smooth)}: expected 0 or more, and less than 1"
            )


@dataclass(frozen=True, slots=True, eq=False)
class AlignedCurves:
    """Curves of runs at the same places.

    Attributes:
        axis: `step`, `time` or the name of a metric.
        places: Ascending; int64 where they are steps that were logged.
        keys: The runs that have the metric.
        values: A row a run, a column a place; NaN where the run has no value there.
        points: Of each run, what it has logged itself.
    """

    axis: str
    places: Places
    keys: tuple[RunKey, ...]
    values: NDArray[np.float64]
    points: tuple[OwnPoints, ...]


class OwnPoints(NamedTuple):
    """The points of one run: ascending places along the axis with a value each."""

    x: Places
    values: NDArray[np.float64]


def align_curves(
    repository: Repository, rows: RunRows, metric: str, shape: Shape, pass_over: PassOver
) -> AlignedCurves:
    """Return the curve of each run that has the metric, all read off at the same places.

    Each run's curve is smoothed first, then made the best so far, and read off last: on the
    straight line between two of its points, or, where it is the best so far, as the last point up
    to there left it. Outside of its own points a run has no value.

    Args:
        pass_over: Called with each run whose points cannot be read; see `read_some`.

    Raises:
        UnknownMetric: If no run has `metric`, or the metric that is the axis.
        DamagedRecord: If the points of no run that has it can be read.
        InvalidValue: If `shape.grid` is no grid, or the answer would not fit into memory.
    """
    import numpy as np

    reader = CurveReader(repository, rows, metric, shape.x, pass_over)
    lines = {
        curve.key: OwnPoints(*found)
        for curve in reader.read()
        if len((found := curve.along_axis())[0])
    }
    every = tuple(lines.values())
    places = _places(every, shape.grid, reader.axis)
    _check_extent(len(lines), len(places))
    values = np.empty((len(lines), len(places)))
    for row, line in zip(values, every, strict=True):
        row[:] = _read_off(line, shape, places)
    return AlignedCurves(reader.axis.name, places, tuple(lines), values, every)


def _read_off(line: OwnPoints, shape: Shape, places: Places) -> NDArray[np.float64]:
    from gitxp.statistics.curve import best_so_far, carried, interpolated, smoothed

    values = smoothed(line.x, line.values, shape.smooth) if shape.smooth else line.values
    if shape.best is None:
        return interpolated(places, line.x, values)
    return carried(places, line.x, best_so_far(values, shape.best))


def _places(lines: Sequence[OwnPoints], grid: Grid, axis: Axis) -> Places:
    """Return the places at which curves are read off.

    Raises:
        InvalidValue: If `grid` is neither a number of places nor places.
    """
    import numpy as np

    if grid is None and axis.name == STEP:
        return _union([one.x for one in lines] or [np.empty(0, np.int64)])
    if grid is None or (isinstance(grid, int | np.integer) and not isinstance(grid, bool)):
        count = _EVENLY if grid is None else int(grid)
        if count < 2:
            raise InvalidValue(f"grid is {count}: expected 2 places or more")
        _check_extent(len(lines), count)
        ranges = [one.x[[0, -1]] for one in lines]
        if not ranges:
            return np.empty(0)
        low, high = min(one[0] for one in ranges), max(one[1] for one in ranges)
        return np.unique(np.linspace(low, high, count))
    try:
        places = np.unique(np.asarray(grid))
        is_numbers = places.dtype.kind in "iuf" and bool(np.isfinite(places).all())
    except (TypeError, ValueError):
        is_numbers = False
    if not is_numbers:
        raise InvalidValue(
            f"grid is {shown(grid)}: expected a number of places, or places as finite numbers",
            hint="grid=range(0, 1000, 10)",
        )
    return places.astype(np.float64) if places.dtype.kind == "f" else places.astype(np.int64)


def _check_extent(lines: int, places: int) -> None:
    if lines * places > _MOST_VALUES:
        raise InvalidValue(
            f"{lines} curves at {places} places are too many values",
            hint="fewer runs, or fewer places: grid=1000",
        )


def _union(steps: Sequence[Places]) -> NDArray[np.int64]:
    import numpy as np

    # Mostly all runs log at the same steps, and a comparison is faster than to sort.
    others = [one for one in steps[1:] if not np.array_equal(one, steps[0])]
    every = np.unique(np.concatenate([steps[0], *others])) if others else steps[0]
    return every.astype(np.int64)


def curves_frame(aligned: AlignedCurves) -> pd.DataFrame:
    """Return a frame with a row a place and a column a run."""
    import pandas as pd

    columns = pd.Index([one.id for one in aligned.keys], dtype="str", name="run")
    index = pd.Index(aligned.places, name=aligned.axis)
    return pd.DataFrame(aligned.values.T, index=index, columns=columns, copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class GroupedBands:
    """The bands of groups of runs at the same places.

    Attributes:
        names: What tells groups apart: columns, or one name of the user's own.
        bands: By what a group has there, a value a name.
        unfinished: How many runs no group counts because they go on, or did not end well.
        reruns: How many because a later run has the same seed.
        unmeasured: The groups without a band because their runs have no curve.
        uncounted: Those without one because none of their runs is counted.
        keys: By label, what its runs have in the columns, where these tell them apart.
        points: Of each group with a band, what its runs have logged themselves.
    """

    axis: str
    places: Places
    names: tuple[str, ...]
    bands: Mapping[Label, Band]
    unfinished: int = 0
    reruns: int = 0
    unmeasured: tuple[Label, ...] = ()
    uncounted: tuple[Label, ...] = ()
    keys: Mapping[Label, Mapping[str, Any]] = field(default_factory=dict)
    points: Mapping[Label, Sequence[OwnPoints]] = field(default_factory=dict)


def group_bands(
    aligned: AlignedCurves, labels: Labels, kind: BandKind, confidence: float
) -> GroupedBands:
    """Return the band of each group, in the order of the groups.

    Raises:
        InvalidValue: If there is no such kind of band, or `confidence` is out of range.
    """
    from gitxp.statistics.bands import band_of
    from gitxp.statistics.methods import BAND_KINDS, is_between

    if kind not in BAND_KINDS:
        raise InvalidValue(f"band is {shown(kind)}: expected one of {', '.join(BAND_KINDS)}")
    if not is_between(confidence, 0, 1):
        raise InvalidValue(f"confidence is {shown(confidence)}: expected more than 0, less than 1")
    members: dict[Label, list[int]] = {}
    for place, key in enumerate(aligned.keys):
        if key.id in labels.of_run:
            members.setdefault(labels.of_run[key.id], []).append(place)
    bands = {
        label: band_of(aligned.values[members[label]], kind, confidence=confidence)
        for label in in_order(members)
    }
    return GroupedBands(
        aligned.axis,
        aligned.places,
        labels.names,
        bands,
        labels.unfinished,
        labels.reruns,
        tuple(one for one in in_order(set(labels.of_run.values())) if one not in bands),
        labels.without,
        labels.keys,
        {label: [aligned.points[place] for place in members[label]] for label in bands},
    )


def bands_frame(grouped: GroupedBands) -> pd.DataFrame:
    """Return a frame with a row a place, and of each group `mean`, `low`, `high` and `n`."""
    import pandas as pd

    arrays = [
        array
        for band in grouped.bands.values()
        for array in (band.mean, band.low, band.high, band.n)
    ]
    labels = [
        (*label, statistic) for label in grouped.bands for statistic in ("mean", "low", "high", "n")
    ]
    names = [*grouped.names, "statistic"]
    index = pd.Index(grouped.places, name=grouped.axis)
    frame = pd.DataFrame(dict(enumerate(arrays)), index=index, copy=False)
    # Not of the labels as they are, which without a group would tell of no level.
    levels = [[label[level] for label in labels] for level in range(len(names))]
    frame.columns = pd.MultiIndex.from_arrays(levels, names=names)
    return frame
