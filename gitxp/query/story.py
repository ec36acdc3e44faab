"""The story of an experiment: what each run was to show, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gitxp.model.goal import Goal
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.query.columns import param_columns
from gitxp.query.headlines import headline_metrics, varying_params
from gitxp.query.outcome import Outcome, outcome_fields, outcome_of
from gitxp.query.run_rows import RunRows

_MOST_METRICS = 3


@dataclass(frozen=True, slots=True)
class Chapter:
    """One run of the story.

    Attributes:
        params: Those in which the runs of the story differ, flat.
        measured: The run against which it is measured: the one that was in force as baseline at
            its start, unless another was asked for.
        baseline: That run, if it is here.
        outcomes: The metrics that matter most, if the run has them.
    """

    run: Run
    params: Mapping[str, Any]
    measured: RunId | None
    baseline: Run | None
    outcomes: tuple[Outcome, ...]


def tell_story(
    runs: Sequence[Run],
    rows: RunRows,
    known: Mapping[RunId, Run],
    goals: Mapping[str, Goal],
    against: RunId | None = None,
) -> Iterator[Chapter]:
    """Yield a chapter for each of `runs`, in their order.

    Args:
        rows: Those of the whole story, of which `runs` may be a part.
        known: Where baselines are looked up.
        goals: By metric, which way the team has said is better.
        against: The run to compare all with; each one's own baseline where None.
    """
    varying, metrics = varying_params(rows), headline_metrics(rows, goals)
    for run in runs:
        given = param_columns(run.params)
        measured = against or run.baseline
        if measured == run.id:
            measured = None
        baseline = known.get(measured) if measured else None
        names = [name for name in metrics if name in run.metrics][:_MOST_METRICS]
        yield Chapter(
            run,
            {name: given[name] for name in varying if name in given},
            measured,
            baseline,
            tuple(outcome_of(name, run, baseline, goals) for name in names),
        )


def chapter_fields(chapter: Chapter) -> dict[str, Any]:
    """Return a chapter as plain facts."""
    run = chapter.run
    return {
        "run": str(run.id),
        "experiment": str(run.experiment),
        "name": run.name,
        "name_generated": run.name_generated,
        "status": str(run.status),
        "started": run.started,
        "duration": run.duration,
        "author": run.author,
        "parent": run.parent,
        "continues": run.continues,
        "hypothesis": run.hypothesis or None,
        "description": run.description or None,
        "params": run.params,
        "tags": {key: tag.value for key, tag in run.tags.items()},
        "baseline": run.baseline,
        "measured_against": chapter.measured,
        "outcomes": [outcome_fields(one) for one in chapter.outcomes],
        "judgement": asdict(run.judgement) if run.judgement else None,
        "notes": [asdict(note) for note in run.notes],
        "kept": run.is_kept,
    }
