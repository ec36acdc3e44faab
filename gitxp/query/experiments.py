"""Experiments: how many runs each has, and what people say that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from gitxp.model.event import Event
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Status
from gitxp.model.standing import Description, fold_description
from gitxp.query.abouts import baselines_in, read_abouts
from gitxp.query.run_rows import RunRows
from gitxp.storage.repository import Repository


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


def find_experiments(repository: Repository, rows: RunRows) -> list[Experiment]:
    """Return every experiment that has runs, a description or a baseline, the latest first.

    Args:
        rows: Of all runs of the repository, the newest first.
    """
    abouts = read_abouts(repository)
    described = _descriptions(abouts)
    measured = {one.experiment: one.run for one in baselines_in(abouts) if one.run is not None}
    by_name: dict[str, list[_Told]] = {}
    columns = (rows.values(name) for name in ("experiment", *_Told._fields))
    for name, *told in zip(*columns, strict=True):
        by_name.setdefault(name, []).append(_Told._make(told))
    others = (described.keys() | measured.keys()) - by_name.keys()
    return [
        _experiment(name, by_name.get(name, []), described.get(name), measured.get(name))
        for name in (*map(ExperimentName, by_name), *sorted(others))
    ]


def read_descriptions(repository: Repository) -> dict[ExperimentName, Description]:
    """Return by experiment what each is about."""
    return _descriptions(read_abouts(repository))


def _descriptions(
    abouts: Mapping[ExperimentName, tuple[Event, ...]],
) -> dict[ExperimentName, Description]:
    folded = {name: fold_description(events) for name, events in abouts.items()}
    return {name: description for name, description in folded.items() if description is not None}


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
