"""Groups of runs as bars with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from gitxp.comparison.groups.groups import By, group_labels
from gitxp.comparison.groups.spread import GroupSpread, Settled, Spread
from gitxp.ui.counted import (
    NONFINITE,
    UNFINISHED,
    WITHOUT,
    counted_notes,
    few_named,
    not_drawn_notes,
)
from gitxp.ui.drawable import drawable
from gitxp.ui.few_runs import few_runs_note
from gitxp.ui.plot.fields import Marks, field_label
from gitxp.ui.plot.picture import Bar, BarChart

_MOST_BARS: Final = 50
_METHODS: Final = {
    "bca": "bootstrap (BCa)",
    "percentile": "bootstrap (percentile)",
    "t": "Student's t",
}


def bar_chart(spread: Spread, marks: Marks, *, by: By = None) -> BarChart:
    """Return the means of groups with their intervals, the best first.

    Args:
        marks: What the team has said of metrics.
        by: The columns that were asked for, if any: of these it is said which a group lacks.
    """
    label = field_label(spread.measure.column, marks)
    groups = [one.group for one in spread.groups]
    names = group_labels(groups, spread.columns, tell_lacking=bool(by))
    bars = [
        Bar(name or "all runs", *_numbers(one), one.summary.n)
        for name, one in zip(names, spread.groups, strict=True)
    ]
    measured = [bar for bar in bars if not math.isnan(bar.value)]
    drawn = tuple(measured[:_MOST_BARS])
    notes = [f"mean of each group with {_interval(spread.settled)}"]
    if spread.settled.interval != "t":
        notes.extend(few_runs_note((bar.count for bar in drawn), "--interval t"))
    if len(measured) > len(drawn):
        notes.append(f"the first {len(drawn)} of {len(measured)} groups")
    both = list(zip(spread.groups, bars, strict=True))
    notes.extend(_count_notes([(one, bar.label) for one, bar in both if not math.isnan(bar.value)]))
    notes.extend(
        not_drawn_notes((bar.label, _reason(one)) for one, bar in both if math.isnan(bar.value))
    )
    return BarChart(f"{label} by group", label, drawn, "; ".join(notes))


def _count_notes(groups: Sequence[tuple[GroupSpread, str]]) -> Iterator[str]:
    """Yield what n counts of groups that are drawn, and where runs of one came out as no number.

    Args:
        groups: Each with what it is called.
    """
    yield from counted_notes(
        nonfinite=any(one.nonfinite for one, _ in groups),
        unfinished=any(one.unfinished for one, _ in groups),
        reruns=any(one.reruns for one, _ in groups),
    )
    partly = [
        f"{label} ({one.nonfinite} of {one.nonfinite + one.summary.n} runs)"
        for one, label in groups
        if one.nonfinite
    ]
    if partly:
        yield f"NaN or infinite in part: {few_named(partly)}"


def _reason(one: GroupSpread) -> str:
    """Return why a group has no bar."""
    if one.summary.n or one.nonfinite:
        return NONFINITE
    return UNFINISHED if one.unfinished else WITHOUT


def _numbers(one: GroupSpread) -> tuple[float, float, float]:
    """Return the mean of a group, and where its interval begins and ends."""
    import numpy as np

    found = (one.summary.mean, one.interval.low, one.interval.high)
    mean, low, high = drawable(np.array(found)).tolist()
    return mean, low, high


def _interval(settled: Settled) -> str:
    method = _METHODS.get(settled.interval, settled.interval)
    return f"its {settled.confidence * 100:.4g}% interval by {method}"
