"""What tells runs apart at a glance: the params that vary, and the metrics that matter most."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from gitxp.model.goal import guess_goal
from gitxp.model.names import is_system_metric
from gitxp.query.columns import reduced
from gitxp.query.metric_names import metric_names

if TYPE_CHECKING:  # not where a script runs, which has no rows
    from gitxp.query.run_rows import RunRows


def varying_params(rows: RunRows) -> list[str]:
    """Return the columns of the params that are not the same in all runs.

    Those that most runs have come first, and of these those of the newest run.
    """
    params = (name for name in rows.names if name.startswith("params"))
    varying = (name for name in params if rows.column(name).varies())
    return sorted(varying, key=lambda name: -rows.column(name).count)


def headline_metrics(rows: RunRows, goals: Collection[str]) -> list[str]:
    """Return the metrics of runs, those first that people look at first.

    Args:
        goals: Metrics that the team's settings name.
    """
    names = metric_names(rows)
    return headlines(
        names, goals, {name: rows.column(reduced(name, "count")).count for name in names}
    )


def headlines(
    names: Iterable[str], goals: Collection[str], counts: Mapping[str, int] | None = None
) -> list[str]:
    """Return metrics in the order in which people look at them; the machine's own are none.

    Those with a goal come first, then those that most runs have, and of these the ones whose
    name tells which way is better, validation before others.

    Args:
        goals: Metrics that the team's settings name; of the machine's own only these count.
        counts: How many runs have each; as many where not given.

    Example:
        >>> headlines(["grad_norm", "loss", "system/cpu", "val/loss"], goals=())
        ['val/loss', 'loss', 'grad_norm']
    """
    known = counts or {}

    def place(name: str) -> tuple[bool, int, bool, bool, str]:
        is_other = guess_goal(name) is None
        return (name not in goals, -known.get(name, 0), is_other, not name.startswith("val"), name)

    return sorted((one for one in names if one in goals or not is_system_metric(one)), key=place)
