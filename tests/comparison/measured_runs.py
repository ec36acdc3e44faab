"""Runs as they are read, each of one metric, made where they are needed."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime, timedelta
from typing import Any

from gitxp.model.dataset import Dataset
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import At, MetricSummary
from gitxp.model.run import Code, Run, Session, Status
from gitxp.query.run_rows import RunRows, rows_of

_FIRST = datetime(2026, 1, 2, tzinfo=UTC)
# Without any it is not known what else is behind a value.
_ENVIRONMENT = {"packages": {"numpy": "1.0"}, "python": {"version": "3.12"}}
_NUMBERS = itertools.count(1)


def measured(
    values: float | dict[str, float] | None,
    *,
    status: Status = Status.FINISHED,
    tree: str = "a" * 40,
    seeds: dict[str, int] | None = None,
    data: dict[str, str] | None = None,
    **params: Any,
) -> Run:
    """Return a run whose metrics have had one value each; `acc` where only that is given."""
    number = next(_NUMBERS)
    named = {"acc": values} if isinstance(values, float) else values or {}
    return Run(
        RunId(f"{number:032x}"),
        ExperimentName("lr"),
        (Session(_FIRST + timedelta(seconds=number), status=status, code=Code(tree, tree)),),
        params=params,
        seeds=seeds or {},
        datasets=tuple(
            Dataset(name, "version", "version", version=version)
            for name, version in (data or {}).items()
        ),
        environment=_ENVIRONMENT,
        metrics={name: _summary(value) for name, value in named.items()},
    )


def rows(*runs: Run) -> RunRows:
    """Return the rows of runs."""
    return rows_of(runs)


def _summary(value: float) -> MetricSummary:
    at = At(value, 0)
    if not math.isfinite(value):
        return MetricSummary(at, at, None, None, None, 1, 1)
    return MetricSummary(at, at, at, at, value, 1)
