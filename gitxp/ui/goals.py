"""Which way a metric is better and in what it is measured, as marks beside its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gitxp.model.goal import Goal, MetricGoal, metric_goal
from gitxp.text import cell
from gitxp.ui.screen import Screen
from gitxp.ui.table import shortened

# Short enough for a terminal of 40 columns.
_NOTE: Final = "? guessed by name; .gitxp.toml sets it"


def marked(name: str, goal: MetricGoal | None, screen: Screen, unit: str = "") -> str:
    """Return the name of a metric with an arrow which way is better, and `?` where guessed.

    Args:
        unit: In what it is measured, where that is to be said.

    Example:
        >>> marked("loss", MetricGoal("min", is_guessed=True), Screen(80, False, True))
        'loss ↓?'
        >>> marked("speed", None, Screen(80, False, True), "GiB/s")
        'speed (GiB/s)'
    """
    arrow = "" if goal is None else goal.mark(has_unicode=screen.has_unicode)
    return " ".join(filter(None, [cell(name), unit and f"({cell(unit)})", arrow]))


def goal_note(metrics: Iterable[str], goals: Mapping[str, Goal], screen: Screen) -> Iterator[str]:
    """Yield the line that explains `?`, on a terminal, where one of the metrics is marked so.

    Args:
        goals: Those in the team's settings, by metric.
    """
    found = (metric_goal(name, goals) for name in metrics)
    if screen.width is not None and any(one is not None and one.is_guessed for one in found):
        yield screen.painted(shortened(_NOTE, screen.width, screen), "dim")
