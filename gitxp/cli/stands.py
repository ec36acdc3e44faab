"""How the runs that a command shows stand against their baselines, over seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitxp.cli.opening import Opened
from gitxp.model.goal import Goal
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.query.outcome import Outcome, Pair
from gitxp.query.run_rows import RunRows

if TYPE_CHECKING:
    from gitxp.comparison.baseline.stand import Stand

Shown = tuple[Run, Run | None, Sequence[Outcome]]


def find_stands(project: Opened, shown: Iterable[Shown]) -> Mapping[Pair, Stand]:
    """Return how runs stand in what is shown of them.

    Args:
        shown: Each run with its baseline, and how it came out in the metrics that are shown.
    """
    asked = [
        Pair(run.id, baseline.id, one.metric)
        for run, baseline, outcomes in shown
        if baseline is not None
        for one in outcomes
        if one.difference is not None
    ]
    if not asked:
        return {}
    from gitxp.comparison.baseline.stand import stand_together

    return stand_together(project.found.rows, asked, project.workspace.settings.goals)


def with_row_stands(
    rows: RunRows, fields: Sequence[dict[str, Any]], goals: Mapping[str, Goal]
) -> list[dict[str, Any]]:
    """Return the fields of rows that were compared with what the seeds say of their `outcomes`.

    Args:
        rows: All runs that may repeat one of these, or what they are measured against.
        fields: See `RowComparison.fields`.
    """
    asked = [
        Pair(RunId(one["run"]), RunId(one["measured_against"]), outcome["metric"])
        for one in fields
        for outcome in one["outcomes"]
        if outcome["difference"] is not None
    ]
    stands: Mapping[Pair, Stand] = {}
    if asked:
        from gitxp.comparison.baseline.stand import stand_together

        stands = stand_together(rows, asked, goals)
    return [with_stands(one, one["run"], one["measured_against"], stands) for one in fields]


def with_stands(
    fields: dict[str, Any], run: RunId, baseline: RunId | None, stands: Mapping[Pair, Stand]
) -> dict[str, Any]:
    """Return the fields of a run with what the seeds say beside each of its `outcomes`."""
    from gitxp.comparison.baseline.stand import stand_fields

    def told(metric: str) -> Any:
        if baseline is None:
            return None
        return stand_fields(stands.get(Pair(run, baseline, metric)))

    outcomes = [{**one, "over_seeds": told(one["metric"])} for one in fields["outcomes"]]
    return {**fields, "outcomes": outcomes}
