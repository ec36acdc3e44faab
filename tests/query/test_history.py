"""Points of many runs: which are chosen, and how the frame has them."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest

import gitxp
from gitxp.errors import (
    InvalidFilter,
    InvalidValue,
    UnknownColumn,
    UnknownExperiment,
    UnknownMetric,
    UnknownRun,
)

NAMES = ["val/accuracy", "val/loss", "a[0]", "a.b", 'say "x"', "ö:x", "loss"]


@pytest.fixture
def runs(repo_dir, monkeypatch):
    """Two runs with every name, and one that has `loss` alone."""
    monkeypatch.chdir(repo_dir)
    made = []
    for number in range(2):
        with gitxp.start_run("lr", f"run-{number}", params={"n": number}) as run:
            for step in range(4):
                run.log(dict.fromkeys(NAMES, step + number), step=step)
        made.append(run)
    with gitxp.start_run("other", "short") as run:
        run.log({"loss": math.nan}, step=-5)
    return [*made, run]


def names_of(frame) -> set[str]:
    return set(frame["metric"])


def test_frame_has_the_documented_types(runs):
    frame = gitxp.history()
    assert list(frame.columns) == ["run", "metric", "step", "time", "value", "writer"]
    text = str(pd.Series(["a"]).dtype)
    assert [str(dtype) for dtype in frame.dtypes] == [
        text, text, "int64", "datetime64[us, UTC]", "float64", text
    ]  # fmt: skip
    assert len(frame) == 2 * 4 * len(NAMES) + 1
    assert list(frame.index) == list(range(len(frame)))


def test_frame_of_no_points_has_the_same_columns(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    frame = gitxp.history()
    assert list(frame.columns) == ["run", "metric", "step", "time", "value", "writer"]
    assert len(frame) == 0


@pytest.mark.parametrize("name", NAMES)
def test_name_that_a_run_has_means_that_metric_alone(runs, name):
    assert names_of(gitxp.history(metrics=name)) == {name}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("val/*", {"val/accuracy", "val/loss"}),
        ("*loss", {"val/loss", "loss"}),
        ("a?b", {"a.b"}),
        (re.compile("loss$"), {"val/loss", "loss"}),
        (re.compile("^a"), {"a[0]", "a.b"}),
        (["loss", "val/*"], {"val/accuracy", "val/loss", "loss"}),
    ],
)
def test_globs_and_regular_expressions_mean_all_that_fit(runs, asked, found):
    assert names_of(gitxp.history(metrics=asked)) == found


@pytest.mark.parametrize("asked", ["val/x*", re.compile("^loss.")])
def test_what_fits_no_metric_is_an_error_that_names_some(runs, asked):
    with pytest.raises(UnknownMetric) as refused:
        gitxp.history(metrics=asked)
    assert "val/loss" in refused.value.hint
    with pytest.raises(UnknownMetric) as refused:
        gitxp.history(metrics="val/los")
    assert refused.value.hint == "did you mean 'val/loss'?"


def test_metric_that_only_some_runs_have_leaves_the_others_out(runs):
    assert set(gitxp.history(metrics="a.b")["run"]) == {run.id for run in runs[:2]}


def test_run_may_be_given_as_frame_list_or_name(runs):
    wanted = [runs[1].id, runs[0].id]
    by_param = gitxp.runs(sort="-params.n").iloc[:2]
    for given in (by_param, wanted, ["run-1", "run-0"]):
        assert list(gitxp.history(given, "loss")["run"].unique()) == wanted
    assert list(gitxp.history("run-0", "loss")["run"].unique()) == [runs[0].id]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (range(1, 3), {1, 2}),
        (range(0, 4, 2), {0, 2}),
        (range(3, -1, -2), {1, 3}),
        (slice(2, None), {2, 3}),
        (slice(None, 1), {-5, 0}),
        (slice(None), {-5, 0, 1, 2, 3}),
        (range(7, 9), set()),
        (slice(None, None, 3), {0, 3}),
        (slice(None, None, 5), {-5, 0}),
        (slice(-5, None, 3), {-5, 1}),
        (slice(None, 3, 2), {0, 2}),
        (slice(3, None, -2), {-5, 1, 3}),
        (slice(3, 0, -2), {1, 3}),
        (slice(np.int64(1), np.int64(3)), {1, 2}),
        (slice(2, 1), set()),
        (slice(10**30, None), set()),
        (slice(-(10**30), 1), {-5, 0}),
    ],
)
def test_points_may_be_chosen_by_their_steps(runs, steps, found):
    assert set(gitxp.history(metrics="loss", steps=steps)["step"]) == found


@pytest.mark.parametrize(
    "steps",
    [3, [1, 2], slice("a", None), slice(0.5, 4), slice(0, 4, 0), slice(None, None, -2),
     slice(None, 2, -1)],
)  # fmt: skip
def test_steps_that_are_no_range_are_refused(runs, steps):
    with pytest.raises(InvalidValue, match="steps is"):
        gitxp.history(steps=steps)


def test_wide_frame_takes_columns_and_rows_of_anybody(runs):
    wide = gitxp.history(metrics=["loss", "a.b"], wide=True)
    assert sorted(wide.columns) == ["a.b", "loss"]
    assert wide.loc[(runs[1].id, 2), "loss"] == 3.0
    wide["ratio"] = wide["loss"] / wide["a.b"]
    assert math.isnan(wide.loc[(runs[2].id, -5), "loss"])


def test_frame_of_runs_is_joined_with_that_of_points(runs):
    joined = gitxp.history(metrics="loss").merge(gitxp.runs(), left_on="run", right_index=True)
    assert joined.groupby("params.n")["value"].max().tolist() == [3.0, 4.0]


def test_runs_are_sorted_limited_and_of_columns_asked_for(runs):
    frame = gitxp.runs(
        experiment="lr", sort="-metrics.loss", limit=1, columns=["name", 'metrics["a.b"]:max']
    )
    assert list(frame.columns) == ["name", 'metrics["a.b"]:max']
    assert frame.to_dict("list") == {"name": ["run-1"], 'metrics["a.b"]:max': [4.0]}
    with pytest.raises(UnknownColumn, match=r"no run has a column 'params\.m'"):
        gitxp.runs(columns=["params.m"])
    assert len(gitxp.runs(limit=0)) == 0
    assert "params.n" not in gitxp.runs(experiment="other")


def test_experiment_that_no_run_is_of_is_an_error_that_names_the_nearest(runs):
    for name in ("othr", "Othr"):
        with pytest.raises(
            UnknownExperiment, match="no run belongs to the experiment 'othr'"
        ) as no:
            gitxp.runs(experiment=name)
        assert no.value.hint == "did you mean 'other'?"
    with pytest.raises(UnknownExperiment) as no:
        gitxp.runs("params.n == 7", experiment="zzz")
    assert no.value.hint == "known are: lr, other"


def test_of_no_runs_at_all_any_experiment_may_be_asked_for(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    assert len(gitxp.runs(experiment="lr")) == 0


def test_frame_may_be_changed_without_a_warning(runs):
    frame = gitxp.runs()
    for number in range(5):
        frame[f"more-{number}"] = number
    frame.loc[frame.index[0], "metrics.loss"] = 7.0
    frame.loc[frame.index[0], "name"] = "other"
    assert frame.iloc[0][["metrics.loss", "name"]].tolist() == [7.0, "other"]
    assert pd.isna(frame.loc[runs[2].id, "params.n"])


def test_running_run_has_its_points_too(runs):
    with gitxp.start_run("going") as run:
        run.log({"loss": 1}, step=0)
        assert gitxp.history(run.id)["value"].tolist() == [1.0]


def test_runs_are_given_in_any_way(runs):
    whole = gitxp.history()
    of_first = whole[whole["run"] == runs[0].id].reset_index(drop=True)
    record = gitxp.get_run(runs[0].id)
    for given in (
        runs[0], record, record.record, [runs[0]], [record], "run-0", ["run-0"], str(runs[0].id),
        "params.n == 0", gitxp.runs("params.n == 0"), of_first, "@~2",
    ):  # fmt: skip
        pd.testing.assert_frame_equal(gitxp.history(given), of_first)
    assert len(gitxp.history("params.n > 7")) == 0


@pytest.mark.parametrize("given", [3, [3], 0.5, [None]])
def test_what_is_no_run_is_refused_by_what_it_is(runs, given):
    with pytest.raises(InvalidValue, match=r"runs are given as .*: expected a frame"):
        gitxp.history(given)


def test_one_row_of_a_frame_is_its_run(runs):
    row = gitxp.runs("params.n == 1").iloc[0]
    assert set(gitxp.history(row)["run"]) == {runs[1].id}


def test_text_that_is_the_name_of_a_run_is_no_filter(runs):
    with gitxp.start_run("lr", "params.n > 0") as run:
        run.log({"loss": 42})
    assert gitxp.history("params.n > 0")["value"].tolist() == [42.0]
    assert set(gitxp.history("params.n>0")["run"]) == {runs[1].id}


def test_text_that_is_neither_run_nor_filter_says_what_it_was_taken_for(runs):
    with pytest.raises(UnknownRun, match="no run 'run-7' here"):
        gitxp.history("run-7")
    with pytest.raises(UnknownRun, match="no run 'my run' here"):
        gitxp.history("my run")
    with pytest.raises(InvalidFilter) as error:
        gitxp.history("has(params.n) and params.m > 0")
    assert error.value.column == 19
    with pytest.raises(InvalidFilter):
        gitxp.history("params.n >")
    assert len(gitxp.history("dirty")) == len(gitxp.history(gitxp.runs("dirty")))
