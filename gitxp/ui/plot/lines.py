"""Curves of runs, and bands of groups of them, as lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from gitxp.comparison.curves.curves import AlignedCurves, GroupedBands, Shape
from gitxp.model.goal import Goal
from gitxp.query.columns import column, param_title
from gitxp.query.run_rows import RunRows
from gitxp.text import cell, value
from gitxp.ui.drawable import drawable
from gitxp.ui.few_runs import few_runs_note
from gitxp.ui.plot.fields import field_label
from gitxp.ui.plot.labels import run_labels
from gitxp.ui.plot.picture import Line, LineChart

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_LINES: Final = 50
_BANDS: Final = {
    "ci": "{confidence:.0%} interval of the mean (Student's t)",
    "bootstrap": "{confidence:.0%} interval of the mean (bootstrap)",
    "std": "standard deviation",
    "minmax": "lowest and highest",
}
_AXES: Final = {"step": "step", "time": "time (seconds)"}


def curve_chart(
    metric: str, aligned: AlignedCurves, rows: RunRows, shape: Shape, goals: Mapping[str, Goal]
) -> LineChart:
    """Return the curve of each run.

    Args:
        rows: Those of the runs, and perhaps of others.
        goals: By metric, which way the team has said is better.
    """
    labels = dict(zip(rows.values("run"), run_labels(rows), strict=True))
    places = aligned.places.astype(float)
    lines = tuple(
        Line(labels[key.id], places[kept], values[kept])
        for key, values in zip(aligned.keys, drawable(aligned.values), strict=True)
        for kept in [_own(values)]
    )
    return _chart(metric, aligned.axis, lines, shape, goals, "runs")


def band_chart(
    metric: str,
    grouped: GroupedBands,
    kind: str,
    confidence: float,
    shape: Shape,
    goals: Mapping[str, Goal],
) -> LineChart:
    """Return the mean curve of each group with its band.

    Args:
        kind: What the bands are; see `gitxp.curves`.
        goals: By metric, which way the team has said is better.
    """
    places = grouped.places.astype(float)
    lines = []
    for label, band in grouped.bands.items():
        kept = _own(band.mean)
        name = " ".join(
            f"{cell(param_title(name))}={value(one)}"
            for name, one in zip(grouped.names, label, strict=True)
        )
        count = int(band.n.max(initial=0))
        lines.append(
            Line(
                f"{name} (n={count})",
                places[kept],
                band.mean[kept],
                band.low[kept],
                band.high[kept],
            )
        )
    told = [f"bands: {_BANDS[kind].format(confidence=confidence)}"]
    if kind == "bootstrap":
        counts = [int(band.n.max(initial=0)) for band in grouped.bands.values()]
        told.extend(few_runs_note(counts, "--band ci"))
    if grouped.unfinished:
        told.append("n counts no unfinished runs")
    if grouped.reruns:
        told.append("of runs with the same seed, n counts the newest")
    return _chart(metric, grouped.axis, tuple(lines), shape, goals, "groups", *told)


def _own(values: NDArray[np.float64]) -> slice:
    """Return where a curve begins and ends: outside of it there is nothing to draw."""
    import numpy as np

    there = np.flatnonzero(~np.isnan(values))
    return slice(int(there[0]), int(there[-1]) + 1) if len(there) else slice(0, 0)


def _chart(
    metric: str,
    axis: str,
    lines: tuple[Line, ...],
    shape: Shape,
    goals: Mapping[str, Goal],
    what: str,
    *notes: str,
) -> LineChart:
    label = field_label(column("metrics", metric), goals)
    told = [*notes]
    if shape.best is not None:
        told.append("the best value so far")
    if shape.smooth:
        told.append(f"smoothed by {shape.smooth:g}")
    if len(lines) > _MOST_LINES:
        told.append(f"the first {_MOST_LINES} of {len(lines)} {what}; group them by: --by COLUMN")
    x_label = _AXES.get(axis) or field_label(column("metrics", axis), goals)
    return LineChart(label, x_label, label, lines[:_MOST_LINES], "; ".join(told))
