"""A run as nested facts: everything that its record holds, but for points and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gitxp.model.goal import Goal, goal_fields, metric_goal
from gitxp.model.run import Run, Session
from gitxp.query.headlines import headlines
from gitxp.query.outcome import outcome_fields, outcome_of
from gitxp.query.rows import run_row


def run_record(run: Run, goals: Mapping[str, Goal], baseline: Run | None = None) -> dict[str, Any]:
    """Return the fields of `run_row`, and beside them what a flat row has no place for.

    Args:
        goals: By metric, which way the team has said is better.
        baseline: The run to compare with.
    """
    outcomes = (outcome_of(name, run, baseline, goals) for name in headlines(run.metrics, goals))
    return {
        **run_row(run),
        "title": run.title,
        "name_generated": run.name_generated,
        "home": run.home,
        "tip": run.tip,
        "continues": run.continues,
        "description": run.description,
        "route": run.route,
        "failures": run.failures,
        "kept": run.is_kept,
        "judgement": asdict(run.judgement) if run.judgement else None,
        "notes": [asdict(note) for note in run.notes],
        "sessions": [_session(session) for session in run.sessions],
        "params": run.params,
        "param_changes": [asdict(change) for change in run.param_changes],
        "metrics": {
            name: _summary(asdict(summary)) | goal_fields(metric_goal(name, goals))
            for name, summary in run.metrics.items()
        },
        "measured_against": None if baseline is None else str(baseline.id),
        "outcomes": [outcome_fields(one) for one in outcomes],
        "tags": {key: tag.value for key, tag in run.tags.items()},
        "seeds": dict(run.seeds),
        "datasets": [asdict(dataset) for dataset in run.datasets],
        "artifacts": [asdict(artifact) for artifact in run.artifacts],
        "environment": run.environment,
    }


def _session(session: Session) -> dict[str, Any]:
    return {**asdict(session), "status": str(session.status)}


def _summary(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return a summary in the fields of `metrics.toml`: `last` and `last_step` side by side."""
    flat: dict[str, Any] = {}
    for name, found in summary.items():
        if isinstance(found, Mapping):
            flat |= {name: found["value"], f"{name}_step": found["step"]}
        else:
            flat[name] = found
    return flat
