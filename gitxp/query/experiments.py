"""Experiments: how many runs each has, and what people say that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from gitxp.errors import GitxpError
from gitxp.model.identity import ExperimentName
from gitxp.model.run import Status
from gitxp.model.standing import Description, fold_description
from gitxp.query.run_rows import RunRows
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, parse_about_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class Experiment:
    """A line of work.

    Attributes:
        title: As the user typed it, where that is not the name.
        running: How many of the runs go on.
        latest: When the newest run started; None where all runs were removed.
    """

    name: ExperimentName
    title: str
    runs: int
    running: int
    latest: datetime | None
    description: Description | None


class _Told(NamedTuple):
    """What an experiment takes of one of its runs."""

    title: str
    status: str
    started: datetime


def find_experiments(repository: Repository, rows: RunRows) -> list[Experiment]:
    """Return every experiment that has runs or a description, the latest first.

    Args:
        rows: Of all runs of the repository, the newest first.
    """
    described = read_descriptions(repository)
    by_name: dict[str, list[_Told]] = {}
    columns = (rows.values(name) for name in ("experiment", *_Told._fields))
    for name, *told in zip(*columns, strict=True):
        by_name.setdefault(name, []).append(_Told._make(told))
    names = [*map(ExperimentName, by_name), *sorted(described.keys() - by_name.keys())]
    return [_experiment(name, by_name.get(name, []), described.get(name)) for name in names]


def read_descriptions(repository: Repository) -> dict[ExperimentName, Description]:
    """Return by experiment what each is about; a damaged record tells of nothing."""
    tips = {
        name: tip
        for ref, tip in list_refs(repository, SHARED).items()
        if (name := parse_about_ref(ref)) is not None
    }
    found: dict[ExperimentName, Description] = {}
    if not tips:
        return found
    reader = RecordReader(repository)
    for name, tip in tips.items():
        with suppress(GitxpError):  # `git xp verify` names what is wrong with it
            description = fold_description(reader.events(tip))
            if description is not None:
                found[name] = description
    return found


def experiment_fields(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as plain facts."""
    return asdict(experiment)


def _experiment(
    name: ExperimentName, runs: Sequence[_Told], description: Description | None
) -> Experiment:
    return Experiment(
        name,
        title=next((run.title for run in runs if run.title), ""),
        runs=len(runs),
        running=sum(run.status == Status.RUNNING for run in runs),
        latest=runs[0].started if runs else None,
        description=description,
    )
