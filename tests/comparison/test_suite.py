"""Groups of runs over several tasks."""

from __future__ import annotations

import math

import pytest
from measured_runs import measured, rows

from gitxp.comparison.groups.spread import Settled
from gitxp.comparison.groups.suite import against_suite_group, suite_frame, suite_of
from gitxp.errors import InvalidValue, UnknownColumn
from gitxp.model.run import Status

MAX = {"acc": "max"}
TASKS = {"pong": 0.2, "chess": 0.5, "go": 0.8}


def made(net, gain, *, tasks=TASKS, seeds=4, **more):
    return [
        measured(TASKS[task] + gain + seed / 50, net=net, task=task, seed=seed, **more)
        for task in tasks
        for seed in range(seeds)
    ]


def suite(*runs, goals=MAX, **more):
    return suite_of(rows(*runs), "acc", goals, task="params.task", **more)


def test_runs_of_all_tasks_are_one_group():
    found = suite(*made("wide", 0.1), *made("base", 0.0))
    assert found.columns == ("params.net",)
    assert [one.group.label for one in found.groups] == ["net=wide", "net=base"]
    assert [len(scores) for scores in found.groups[0].scores] == [4, 4, 4]
    assert found.groups[0].iqm.value == pytest.approx(found.groups[1].iqm.value + 0.1)
    assert found.groups[0].iqm.low < found.groups[0].iqm.value < found.groups[0].iqm.high


def test_other_data_for_another_task_is_no_other_group():
    runs = [run for task in TASKS for run in made("a", 0, tasks=[task], data={"d": task})]
    assert len(suite(*runs).groups) == 1
    by_data = suite_of(rows(*runs), "acc", MAX, task="data.d", by=["params.net"])
    assert len(by_data.groups[0].scores) == 3


def test_a_group_that_lacks_a_task_is_not_ranked_beside_the_others():
    found = suite(*made("base", 0.0), *made("easy", 0.3, tasks=["go"]))
    assert [one.missing for one in found.groups] == [0, 2]
    assert math.isnan(found.groups[1].iqm.value)
    compared = against_suite_group(found, found.groups[0].group.runs[0])
    assert math.isnan(compared.groups[1].improvement.value)


def test_improvement_is_in_the_direction_of_the_metric():
    runs = [*made("wide", 0.1), *made("base", 0.0)]
    for goals, likely in ((MAX, True), ({"acc": "min"}, False)):
        found = against_suite_group(suite(*runs, goals=goals), runs[-1].id)
        (wide,) = [one for one in found.groups if one.improvement is not None]
        assert (wide.improvement.value > 0.9) == likely
        assert (wide.improvement.value < 0.1) != likely


def test_without_a_goal_nobody_can_say_what_is_an_improvement():
    runs = [measured({"x": float(at)}, net=at // 4, task="a", seed=at) for at in range(8)]
    found = suite_of(rows(*runs), "x", {}, task="params.task")
    with pytest.raises(InvalidValue, match="higher or lower values of 'x' are better") as refused:
        against_suite_group(found, runs[0].id)
    assert refused.value.hint == 'say it in .gitxp.toml: [metrics."x"] goal = "max"'


def test_a_baseline_that_is_not_selected_is_refused():
    with pytest.raises(InvalidValue, match="none of the selected runs"):
        against_suite_group(suite(*made("base", 0.0)), measured(0.5).id)


def test_a_task_that_no_run_has_is_refused():
    with pytest.raises(UnknownColumn):
        suite_of(rows(*made("base", 0.0)), "acc", MAX, task="params.env")


def test_what_is_left_out_is_counted():
    runs = [
        *made("base", 0.0),
        measured(math.nan, net="base", task="go"),
        measured(0.1, net="base", task="go", status=Status.FAILED),
        measured(0.1, net="base"),  # of no task
    ]
    frame = suite_frame(suite(*runs, settled=Settled(resamples=100)), rows(*runs))
    counted = frame[["n", "tasks", "missing", "nonfinite", "unfinished"]]
    assert counted.values.tolist() == [[12, 3, 0, 1, 1]]
    assert len(frame["runs"][0]) == 14
