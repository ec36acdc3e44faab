"""Groups of runs as bars with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from gitxp.comparison.groups.spread import GroupSpread, Settled, Spread
from gitxp.model.goal import Goal
from gitxp.ui.drawable import drawable
from gitxp.ui.few_runs import few_runs_note
from gitxp.ui.plot.fields import field_label
from gitxp.ui.plot.picture import Bar, BarChart

_MOST_BARS: Final = 50
_METHODS: Final = {
    "bca": "bootstrap (BCa)",
    "percentile": "bootstrap (percentile)",
    "t": "Student's t",
}


def bar_chart(spread: Spread, goals: Mapping[str, Goal]) -> BarChart:
    """Return the means of groups with their intervals, the best first.

    Args:
        goals: By metric, which way the team has said is better.
    """
    label = field_label(spread.measure.column, goals)
    measured = [one for one in spread.groups if one.summary.n]
    bars = tuple(
        Bar(one.group.label or "all runs", *_numbers(one), one.summary.n)
        for one in measured[:_MOST_BARS]
    )
    lost = sum(math.isnan(bar.value) for bar in bars)
    notes = [f"mean of each group with {_interval(spread.settled)}"]
    if spread.settled.interval != "t":
        notes.extend(few_runs_note((bar.count for bar in bars), "--interval t"))
    if len(measured) > len(bars):
        notes.append(f"the first {len(bars)} of {len(measured)} groups")
    if lost:
        notes.append(f"{lost} of them too large to be drawn")
    return BarChart(f"{label} by group", label, bars, "; ".join(notes))


def _numbers(one: GroupSpread) -> tuple[float, float, float]:
    """Return the mean of a group, and where its interval begins and ends."""
    import numpy as np

    found = (one.summary.mean, one.interval.low, one.interval.high)
    mean, low, high = drawable(np.array(found)).tolist()
    return mean, low, high


def _interval(settled: Settled) -> str:
    method = _METHODS.get(settled.interval, settled.interval)
    return f"its {settled.confidence * 100:.4g}% interval by {method}"
