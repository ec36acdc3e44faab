"""Which way a metric is better, as a mark beside its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gitxp.model.goal import Goal, MetricGoal, metric_goal
from gitxp.text import cell
from gitxp.ui.screen import Screen
from gitxp.ui.table import shortened

# Short enough for a terminal of 40 columns.
_NOTE: Final = "? guessed by name; .gitxp.toml sets it"
_ARROWS: Final = {"max": "↑", "min": "↓"}
_ASCII: Final = {"max": "^", "min": "v"}


def marked(name: str, goal: MetricGoal | None, screen: Screen) -> str:
    """Return the name of a metric with an arrow which way is better, and `?` where guessed.

    Example:
        >>> marked("loss", MetricGoal("min", is_guessed=True), Screen(80, False, True))
        'loss ↓?'
    """
    if goal is None:
        return cell(name)
    arrow = (_ARROWS if screen.has_unicode else _ASCII)[goal.goal]
    return f"{cell(name)} {arrow}{'?' if goal.is_guessed else ''}"


def goal_note(metrics: Iterable[str], goals: Mapping[str, Goal], screen: Screen) -> Iterator[str]:
    """Yield the line that explains `?`, on a terminal, where one of the metrics is marked so.

    Args:
        goals: Those in the team's settings, by metric.
    """
    found = (metric_goal(name, goals) for name in metrics)
    if screen.width is not None and any(one is not None and one.is_guessed for one in found):
        yield screen.painted(shortened(_NOTE, screen.width, screen), "dim")
