"""Experiments: how many runs each has, and what people say that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Status
from gitxp.model.standing import Description
from gitxp.query.abouts import Abouts
from gitxp.query.run_rows import RunRows


@dataclass(frozen=True, slots=True)
class Experiment:
    """A line of work.

    Attributes:
        title: As the user typed it, where that is not the name.
        running: How many of the runs go on.
        latest: When the newest run started; None where all runs were removed.
        baseline: The run against which those that start now are measured.
    """

    name: ExperimentName
    title: str
    runs: int
    running: int
    latest: datetime | None
    description: Description | None
    baseline: RunId | None


class _Told(NamedTuple):
    """What an experiment takes of one of its runs."""

    title: str
    status: str
    started: datetime


def find_experiments(abouts: Abouts, rows: RunRows) -> list[Experiment]:
    """Return every experiment that has runs, a description or a baseline, the latest first.

    Args:
        abouts: What was said of experiments.
        rows: Of all runs of the repository, the newest first.
    """
    described = abouts.descriptions
    measured = {one.experiment: one.run for one in abouts.baselines if one.run is not None}
    by_name: dict[str, list[_Told]] = {}
    columns = (rows.values(name) for name in ("experiment", *_Told._fields))
    for name, *told in zip(*columns, strict=True):
        by_name.setdefault(name, []).append(_Told._make(told))
    others = (described.keys() | measured.keys()) - by_name.keys()
    return [
        _experiment(name, by_name.get(name, []), described.get(name), measured.get(name))
        for name in (*map(ExperimentName, by_name), *sorted(others))
    ]


def experiment_fields(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as plain facts."""
    return asdict(experiment)


def _experiment(
    name: ExperimentName,
    runs: Sequence[_Told],
    description: Description | None,
    baseline: RunId | None,
) -> Experiment:
    return Experiment(
        name,
        title=next((run.title for run in runs if run.title), ""),
        runs=len(runs),
        running=sum(run.status == Status.RUNNING for run in runs),
        latest=runs[0].started if runs else None,
        description=description,
        baseline=baseline,
    )
