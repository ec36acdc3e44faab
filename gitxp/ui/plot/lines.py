"""Curves of runs, and bands of groups of them, as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from gitxp.comparison.curves.curves import AlignedCurves, GroupedBands, OwnPoints, Shape
from gitxp.comparison.curves.run_curve import STEP, TIME
from gitxp.comparison.groups.groups import Group, group_labels
from gitxp.comparison.groups.labels import Label
from gitxp.query.columns import column
from gitxp.query.history import keys_having
from gitxp.query.metric_names import one_metric
from gitxp.query.run_rows import RunRows
from gitxp.ui.counted import (
    NONFINITE,
    UNFINISHED,
    WITHOUT,
    counted_notes,
    gap_note,
    not_drawn_notes,
)
from gitxp.ui.drawable import drawable
from gitxp.ui.few_runs import few_runs_note
from gitxp.ui.plot.fields import Marks, field_label
from gitxp.ui.plot.labels import run_labels
from gitxp.ui.plot.picture import Line, LineChart
from gitxp.ui.plot.units import time_unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gitxp.comparison.curves.curves import Places

_MOST_LINES: Final = 50
_BANDS: Final = {
    "ci": "{percent:.4g}% interval of the mean (Student's t)",
    "bootstrap": "{percent:.4g}% interval of the mean (bootstrap)",
    "std": "standard deviation",
    "minmax": "lowest and highest",
}


def first_curves(rows: RunRows, metric: str) -> tuple[RunRows, int]:
    """Return the runs whose curves a picture can show, and how many have the metric.

    Raises:
        UnknownMetric: If none has it.
    """
    keys = keys_having(rows, [one_metric(rows, metric)])
    return rows.take([key.place for key in keys[:_MOST_LINES]]), len(keys)


def curve_chart(
    metric: str,
    aligned: AlignedCurves,
    rows: RunRows,
    shape: Shape,
    marks: Marks,
    *,
    of: int,
) -> LineChart:
    """Return the curve of each run.

    Args:
        rows: Those of the runs, and perhaps of others.
        of: How many runs have the metric, some of which may not be among these.
        marks: What the team has said of metrics.
    """
    labels = dict(zip(rows.values("run"), run_labels(rows), strict=True))
    places, x_label = _along(aligned.axis, aligned.places, marks)
    lines = [
        Line(
            labels[key.id],
            places[kept],
            values[kept],
            own=_logged(aligned.places[kept], places[kept], [own]),
        )
        for key, values, own in zip(
            aligned.keys, drawable(aligned.values), aligned.points, strict=True
        )
        for kept in [_extent(values)]
    ]
    more = _first(of, "runs")
    drawn, missing = _parted(lines)
    gaps = _gaps(lines, [[one] for one in aligned.points])
    by = "group them by: --by COLUMN" if more else ""
    return _chart(metric, x_label, drawn, shape, marks, more, by, gaps, *not_drawn_notes(missing))


def band_chart(
    metric: str,
    grouped: GroupedBands,
    kind: str,
    confidence: float,
    shape: Shape,
    marks: Marks,
) -> LineChart:
    """Return the mean curve of each group with its band.

    Args:
        kind: What the bands are; see `gitxp.curves`.
        marks: What the team has said of metrics.
    """
    places, x_label = _along(grouped.axis, grouped.places, marks)
    names = _group_names(grouped)
    lines = []
    for label, band in grouped.bands.items():
        mean, low, high = map(drawable, (band.mean, band.low, band.high))
        kept = _extent(mean)
        count = _counted(band.n[kept].tolist())
        own = _logged(grouped.places[kept], places[kept], grouped.points[label])
        edges = low[kept], high[kept]
        lines.append(Line(names[label], places[kept], mean[kept], *edges, count, own))
    drawn, empty = _parted(lines)
    missing = [
        *empty,
        *((names[label], WITHOUT) for label in grouped.unmeasured),
        *((names[label], UNFINISHED) for label in grouped.uncounted),
    ]
    notes = [*_band_notes(grouped, kind, confidence), _first(len(drawn), "groups")]
    notes.append(_gaps(lines, [grouped.points[label] for label in grouped.bands]))
    notes.extend(not_drawn_notes(missing))
    return _chart(metric, x_label, drawn[:_MOST_LINES], shape, marks, *notes)


def _group_names(grouped: GroupedBands) -> dict[Label, str]:
    """Return what each group is called, by its label, which may not be what its runs have."""
    labels = [*grouped.bands, *grouped.unmeasured, *grouped.uncounted]
    given = (dict(zip(grouped.names, label, strict=True)) for label in labels)
    keys = [grouped.keys.get(label, own) for label, own in zip(labels, given, strict=True)]
    names = group_labels([Group(key, (), ()) for key in keys], grouped.names)
    return dict(zip(labels, names, strict=True))


def _band_notes(grouped: GroupedBands, kind: str, confidence: float) -> Iterator[str]:
    """Yield what has to be known to read bands rightly."""
    yield f"bands: {_BANDS[kind].format(percent=confidence * 100)}"
    if kind == "bootstrap":
        counts = (count for band in grouped.bands.values() for count in band.n.tolist())
        yield from few_runs_note(counts, "--band ci")
    yield from counted_notes(
        nonfinite=False, unfinished=bool(grouped.unfinished), reruns=bool(grouped.reruns)
    )


def _counted(counts: Sequence[int]) -> str:
    """Return how many runs stand behind a curve: from where the fewest do to where the most."""
    low, high = min(counts, default=0), max(counts, default=0)
    return str(high) if low == high else f"{low}-{high}"


def _first(count: int, what: str) -> str:
    if count <= _MOST_LINES:
        return ""
    return f"the first {_MOST_LINES} of {count} {what}"


def _parted(lines: Sequence[Line]) -> tuple[Sequence[Line], list[tuple[str, str]]]:
    """Return the curves that have a place in a picture; what others are called, and why."""
    drawn = [line for line in lines if len(line.x)]
    return drawn, [(line.label, NONFINITE) for line in lines if not len(line.x)]


def _gaps(lines: Sequence[Line], points: Iterable[Sequence[OwnPoints]]) -> str:
    """Return how many values have no place in those curves that are drawn.

    Args:
        points: What was logged behind each curve.
    """
    import numpy as np

    of_line = zip(lines, points, strict=True)
    drawn = [those for line, those in of_line if len(line.x)][:_MOST_LINES]
    values = [one.values for those in drawn for one in those]
    return gap_note(sum(int(np.isnan(drawable(one)).sum()) for one in values))


def _extent(values: NDArray[np.float64]) -> slice:
    """Return where a curve begins and ends: outside of it there is nothing to draw."""
    import numpy as np

    there = np.flatnonzero(~np.isnan(values))
    return slice(int(there[0]), int(there[-1]) + 1) if len(there) else slice(0, 0)


def _logged(
    places: Places, x: NDArray[np.float64], points: Sequence[OwnPoints]
) -> NDArray[np.float64] | None:
    """Return those places of a curve at which something was logged; None where that is all.

    It is none of them where a grid has passed over some of the points.

    Args:
        x: What the places are called on the axis.
    """
    import numpy as np

    is_own = np.zeros(len(places), np.bool_)
    for one in points if len(places) else ():
        inside = one.x[(one.x >= places[0]) & (one.x <= places[-1])]
        found = np.searchsorted(places, inside)
        if (places[found] != inside).any():
            return x[:0]
        is_own[found] = True
        if len(inside) == len(places):
            return None
    return None if is_own.all() else x[is_own]


def _along(axis: str, places: Places, marks: Marks) -> tuple[NDArray[np.float64], str]:
    """Return the places along an axis as numbers, and what it is called; times have a unit."""
    at = places.astype(float)
    if axis == STEP:
        return at, STEP
    if axis == TIME:
        length, sign = time_unit(float(at.max(initial=0.0)))
        return at / length, f"time ({sign})"
    return at, field_label(column("metrics", axis), marks)


def _chart(
    metric: str,
    x_label: str,
    lines: Sequence[Line],
    shape: Shape,
    marks: Marks,
    *notes: str,
) -> LineChart:
    label = field_label(column("metrics", metric), marks)
    told = [*notes]
    if shape.best is not None:
        told.append("the best value so far")
    if shape.smooth:
        told.append(f"smoothed by {shape.smooth:g}")
    return LineChart(label, x_label, label, tuple(lines), "; ".join(filter(None, told)))
