"""Experiments as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from gitxp.query.experiments import Experiment
from gitxp.ui.format import age, cell
from gitxp.ui.table import TableColumn


def experiment_table(experiments: Sequence[Experiment], now: datetime) -> list[TableColumn]:
    """Return the columns of a table of experiments, which must not be empty."""
    return [
        TableColumn("experiment", [str(one.name) for one in experiments]),
        TableColumn("runs", [str(one.runs) for one in experiments], is_number=True, rank=1),
        TableColumn(
            "running", [str(one.running or "") for one in experiments], is_number=True, rank=3
        ),
        TableColumn(
            "latest", [age(one.latest, now) if one.latest else "" for one in experiments], rank=4
        ),
        *_baselines(experiments),
        TableColumn("about", [_about(one) for one in experiments], rank=2),
    ]


def _baselines(experiments: Sequence[Experiment]) -> Iterator[TableColumn]:
    """Yield the column of baselines, where there is any."""
    texts = [one.baseline.short if one.baseline else "" for one in experiments]
    if any(texts):
        yield TableColumn("baseline", texts, rank=5)


def _about(experiment: Experiment) -> str:
    """Return the first line of the description, or the title."""
    if experiment.description is None:
        return cell(experiment.title)
    return cell(experiment.description.text.strip().partition("\n")[0])
