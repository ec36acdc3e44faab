"""The story tells how each run came out, against its baseline and by the metric's goal."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from gitxp.model.goal import MetricGoal
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.metric import At, MetricSummary
from gitxp.model.run import Run, Session
from gitxp.query.outcome import Outcome
from gitxp.query.run_rows import rows_of
from gitxp.query.story import chapter_fields, tell_story

DAY = datetime(2026, 1, 2, tzinfo=UTC)


def run(digit, *, baseline=None, params=None, **metrics):
    return Run(
        RunId(digit * 32),
        ExperimentName("lr"),
        (Session(DAY),),
        baseline=RunId(baseline * 32) if baseline else None,
        params=params or {},
        metrics={
            name: MetricSummary(At(v, 0), At(v, 0), At(v, 0), At(v, 0), v, 1)
            for name, v in metrics.items()
        },
    )


def told(*runs, goals=None, known=None):
    by_id = {one.id: one for one in (*runs, *(known or ()))}
    return list(tell_story(runs, rows_of(runs), by_id, goals or {}))


@pytest.mark.parametrize(
    ("value", "goal", "is_better"),
    [
        (0.9, "max", True),
        (0.7, "max", False),
        (0.7, "min", True),
        (0.9, "min", False),
        (0.8, "max", None),
        (0.9, None, None),
        (math.nan, "max", None),
        (math.inf, "max", None),
        (-math.inf, "min", None),
    ],
)
def test_better_is_what_the_goal_says(value, goal, is_better):
    said = None if goal is None else MetricGoal(goal, is_guessed=False)
    assert Outcome("acc", value, baseline=0.8, goal=said).is_better is is_better


def test_outcome_is_compared_with_the_runs_own_baseline():
    first, base = told(run("b", baseline="a", acc=0.9), run("a", acc=0.8), goals={"acc": "max"})
    assert first.outcomes[0].difference == pytest.approx(0.1)
    assert first.baseline.id == "a" * 32
    assert base.outcomes == (Outcome("acc", 0.8, None, MetricGoal("max", is_guessed=False)),)


def test_baseline_that_is_not_here_or_lacks_the_metric_compares_with_nothing():
    gone, lacking = told(
        run("c", baseline="f", acc=0.9), run("b", baseline="a", acc=0.9), known=[run("a", loss=1)]
    )
    assert (gone.baseline, gone.outcomes[0].difference) == (None, None)
    assert (lacking.baseline.id, lacking.outcomes[0].difference) == ("a" * 32, None)


def test_metrics_with_a_goal_come_first_and_few_are_told():
    (chapter,) = told(run("a", a=1, b=2, c=3, d=4, z=5), goals={"z": "min"})
    assert [one.metric for one in chapter.outcomes] == ["z", "a", "b"]


def test_params_are_those_in_which_the_runs_differ():
    one, other = told(run("b", params={"lr": 1, "k": 2}), run("a", params={"lr": 1, "k": 3}))
    assert (one.params, other.params) == ({"params.k": 2}, {"params.k": 3})
    (alone,) = told(run("b", params={"lr": 1}))
    assert alone.params == {}
    one, other = told(run("b", params={"data": "absent"}), run("a"))
    assert (one.params, other.params) == ({"params.data": "absent"}, {})


def test_facts_hold_the_comparison():
    first, _ = told(run("b", baseline="a", acc=0.75), run("a", acc=0.5), goals={"acc": "min"})
    assert chapter_fields(first)["outcomes"] == [
        {
            "metric": "acc",
            "value": 0.75,
            "baseline": 0.5,
            "goal": "min",
            "guessed": False,
            "difference": 0.25,
            "better": False,
        }
    ]


def test_goal_that_nobody_gave_is_guessed_by_name_and_marked():
    first, _ = told(run("b", baseline="a", acc=0.75, x=1), run("a", acc=0.5, x=2))
    acc, x = chapter_fields(first)["outcomes"]
    assert (acc["metric"], acc["goal"], acc["guessed"], acc["better"]) == ("acc", "max", True, True)
    assert (x["metric"], x["goal"], x["guessed"], x["better"]) == ("x", None, False, None)
