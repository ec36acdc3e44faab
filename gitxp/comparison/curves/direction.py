"""Which way a metric is better, where an answer depends on it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gitxp.errors import InvalidValue
from gitxp.model.goal import Goal, MetricGoal, metric_goal
from gitxp.text import shown


def goal_of(metric: str, asked: Goal | None, given: Mapping[str, Goal]) -> MetricGoal:
    """Return which way a metric is better: as asked, else by the settings, else by its name.

    Args:
        given: The goals in the team's settings, by metric.

    Raises:
        InvalidValue: If it is asked for wrongly, or nothing says it.

    Example:
        >>> goal_of("val/loss", None, {})
        MetricGoal(goal='min', is_guessed=True)
        >>> goal_of("zeta", "max", {})
        MetricGoal(goal='max', is_guessed=False)
    """
    if asked is not None:
        if asked not in ("max", "min"):
            raise InvalidValue(f"goal is {shown(asked)}: expected 'max' or 'min'")
        return MetricGoal(asked, is_guessed=False)
    goal = metric_goal(metric, given)
    if goal is None:
        raise without_goal(metric)
    return goal


def without_goal(metric: str, *, takes_goal: bool = True) -> InvalidValue:
    """Return the error that nothing says which way a metric is better, where an answer needs it.

    Args:
        takes_goal: Whether who asks can say it, too.
    """
    table = f"[metrics.{json.dumps(metric, ensure_ascii=False)}]"
    asked = "give a goal, max or min; for everybody in" if takes_goal else "say it in"
    return InvalidValue(
        f"nothing says whether higher or lower values of {metric!r} are better",
        hint=f'{asked} .gitxp.toml: {table} goal = "max"',
    )


def direction_of(metric: str, asked: Goal | None, given: Mapping[str, Goal]) -> Goal:
    """Return only which way is better, as `goal_of` finds it."""
    return goal_of(metric, asked, given).goal
