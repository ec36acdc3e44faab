"""What tells runs apart at a glance: the params that vary, and the metrics that matter most."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gitxp.model.names import is_system_metric
from gitxp.query.columns import reduced
from gitxp.query.metric_names import metric_names
from gitxp.query.run_rows import RunRows


def varying_params(rows: RunRows) -> Iterator[str]:
    """Yield the columns of the params that are not the same in all runs."""
    params = (name for name in rows.names if name.startswith("params"))
    return (name for name in params if rows.column(name).varies())


def headline_metrics(rows: RunRows, goals: Collection[str]) -> list[str]:
    """Return the metrics of runs, those first that people look at first.

    Args:
        goals: Metrics that the team's settings name; they come before others, then those that
            most runs have. Of the machine's own only these count.
    """
    names = [one for one in metric_names(rows) if one in goals or not is_system_metric(one)]
    counts = {name: rows.column(reduced(name, "count")).count for name in names}

    def place(name: str) -> tuple[bool, int, bool, str]:
        return (name not in goals, -counts[name], not name.startswith("val"), name)

    return sorted(counts, key=place)
