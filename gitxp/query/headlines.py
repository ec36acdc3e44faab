"""What tells runs apart at a glance: the params that vary, and the metrics that matter most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gitxp.model.names import is_system_metric
from gitxp.model.run import Run


def varying_params(params: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of flat params that are not the same in all runs.

    Example:
        >>> varying_params([{"params.lr": 1, "params.k": 2}, {"params.lr": 1, "params.k": 3}])
        ['params.k']
    """
    names = dict.fromkeys(name for given in params for name in given)
    return [
        name for name in names if len({repr(given.get(name, "absent")) for given in params}) > 1
    ]


def headline_metrics(runs: Sequence[Run], goals: Collection[str]) -> list[str]:
    """Return the metrics of runs, those first that people look at first.

    Args:
        goals: Metrics that the team's settings name; they come before others, then those that
            most runs have. Of the machine's own only these count.
    """
    counts = Counter(
        name for run in runs for name in run.metrics if name in goals or not is_system_metric(name)
    )

    def place(name: str) -> tuple[bool, int, bool, str]:
        return (name not in goals, -counts[name], not name.startswith("val"), name)

    return sorted(counts, key=place)
