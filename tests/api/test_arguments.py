"""What is of a wrong kind is refused by its value, with what was expected and a hint."""

from __future__ import annotations

import re

import numpy as np
import pytest

import gitxp
from gitxp.errors import GitxpError, InvalidValue


@pytest.fixture
def run(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", "first", params={"lr": 0.1}) as run:
        run.log({"loss": 0.5}, step=0)
    return run


class Unspeakable:
    def __repr__(self):
        raise RuntimeError("no")


WRONG = {
    "where": ({"where": 3}, "where is 3: expected a filter"),
    "where in bytes": ({"where": b"params.lr > 0"}, "where is b'params.lr > 0': expected a filter"),
    "experiment": ({"experiment": 3}, "experiment is 3: expected the name of an experiment"),
    "sort": ({"sort": 3}, "sort is 3: expected the name of a column"),
    "sort by two": ({"sort": ["name"]}, r"sort is \['name'\]: expected the name of a column"),
    "remote": ({"remote": 3}, "remote is 3: expected the name of a remote"),
    "limit by half": ({"limit": 1.5}, "limit is 1.5: expected a whole number, 0 or more"),
    "limit as text": ({"limit": "3"}, "limit is '3': expected a whole number, 0 or more"),
    "limit below 0": ({"limit": -1}, "limit is -1: expected a whole number, 0 or more"),
    "limit as truth": ({"limit": True}, "limit is True: expected a whole number, 0 or more"),
    "columns": ({"columns": 3}, "columns is 3: expected the names of columns"),
    "columns in bytes": ({"columns": b"name"}, "columns is b'name': expected the names of columns"),
    "a column": ({"columns": ["name", 3]}, "columns holds 3: expected the names of columns"),
    "no repr": ({"limit": Unspeakable()}, "limit is <.*Unspeakable object at .*>: expected"),
    "a long repr": ({"limit": list(range(999))}, r"limit is \[0, 1, .{,60}: expected a whole"),
}


@pytest.mark.parametrize(("given", "message"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("there_are_runs", [True, False])
def test_wrong_argument_of_runs_is_refused(request, given, message, there_are_runs):
    if there_are_runs:
        request.getfixturevalue("run")
    else:
        request.getfixturevalue("monkeypatch").chdir(request.getfixturevalue("repo_dir"))
    with pytest.raises(InvalidValue, match=message) as caught:
        gitxp.runs(**given)
    assert caught.value.hint
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("given", [3, None, b"first", ["first"]])
def test_wrong_name_of_a_run_is_refused(run, given):
    message = rf"run is {re.escape(repr(given))}: expected the id, .* or the name of a run"
    with pytest.raises(InvalidValue, match=message) as caught:
        gitxp.get_run(given)
    assert "gitxp.get_run('@')" in caught.value.hint


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (3, "3"),
        ([3], "3"),
        (["loss", None], "None"),
        (b"loss", "b'loss'"),
        (re.compile(b"l"), "re.comp"),
    ],
)
def test_wrong_metric_is_refused(run, given, told):
    with pytest.raises(InvalidValue, match=rf"{re.escape(told)}.* is given as a metric: expected"):
        gitxp.history(None, given)
    with pytest.raises(InvalidValue, match="is given as a metric") as caught:
        gitxp.get_run("first").history(given)
    assert "val/*" in caught.value.hint


def test_wrong_remote_is_refused_wherever_one_is_given(run):
    for ask in (gitxp.history, gitxp.open, gitxp.open().history, gitxp.open().runs):
        with pytest.raises(InvalidValue, match="remote is 3: expected the name of a remote"):
            ask(remote=3)


def test_column_may_be_given_by_itself_or_by_anything_that_yields_names(run):
    for given in ("params.lr", ["params.lr"], ("params.lr",), iter(["params.lr"])):
        assert list(gitxp.runs(columns=given).columns) == ["params.lr"]
    assert list(gitxp.runs(columns=gitxp.runs().columns[:2]).columns) == ["experiment", "name"]
    assert list(gitxp.runs(columns=[]).columns) == []


def test_metrics_may_be_given_by_anything_that_yields_them(run):
    for given in ("loss", ["loss"], {"loss"}, iter([re.compile("^l")]), np.array(["loss"])):
        assert gitxp.history(None, given)["metric"].tolist() == ["loss"]


@pytest.mark.parametrize(("limit", "count"), [(0, 0), (1, 1), (np.int64(1), 1), (10**30, 1)])
def test_limit_may_be_any_whole_number(run, limit, count):
    assert len(gitxp.runs(limit=limit)) == count


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: gitxp.open(3), "path is 3: expected the path of a folder"),
        (lambda: gitxp.open(b"."), "path is b'.': expected the path of a folder"),
        (lambda: gitxp.open("a\0b"), r"path is 'a\\x00b': expected the path of a folder"),
        (lambda: gitxp.history(duplicates=np.zeros(2)), r"duplicates is array\(.*: expected 'all'"),
        (lambda: gitxp.history(duplicates=["all"]), r"duplicates is \['all'\]: expected 'all'"),
        (lambda: gitxp.history(wide="no"), "wide is 'no': expected True or False"),
        (lambda: gitxp.history(wide=Unspeakable()), "wide is <.*Unspeakable object at .*>: expect"),
        (lambda: gitxp.history(Unspeakable()), "runs are given as <.*Unspeakable object at .*>"),
        (lambda: gitxp.history([3]), "runs are given as 3: expected a frame"),
        (lambda: gitxp.history(metrics=Unspeakable()), "^<.*Unspeakable object at .*> is given as"),
        (lambda: gitxp.history(steps=Unspeakable()), "steps is <.*Unspeakable object at .*>: exp"),
        (lambda: gitxp.history(steps=slice("a" * 999)), "steps is .{,60}: expected whole numbers"),
        (lambda: gitxp.groups(metric=3), "metric is 3: expected the name of a metric"),
        (lambda: gitxp.suite(metric=b"loss", task="params.lr"), "metric is b'loss': expected the"),
    ],
)
def test_wrong_argument_of_a_question_is_refused(run, ask, message):
    with pytest.raises(InvalidValue, match=message):
        ask()


LONG = "x" * 10**6
LONG_ONES = {
    "run": lambda: gitxp.get_run(LONG),
    "fetched run": lambda: gitxp.get_run(f"{LONG}/first"),
    "runs": lambda: gitxp.history([LONG]),
    "metric": lambda: gitxp.history(None, LONG),
    "pattern": lambda: gitxp.history(None, re.compile(LONG)),
    "sort": lambda: gitxp.runs(sort=LONG),
    "column": lambda: gitxp.runs(columns=[f"params.{LONG}"]),
    "experiment": lambda: gitxp.runs(experiment=LONG),
    "remote": lambda: gitxp.runs(remote=LONG),
    "axis": lambda: gitxp.curves(None, "loss", x=LONG),
    "smooth": lambda: gitxp.curves(None, "loss", smooth=LONG),
    "grid": lambda: gitxp.curves(None, "loss", grid=[LONG]),
    "band": lambda: gitxp.curves(None, "loss", by="params.lr", band=LONG),
    "confidence": lambda: gitxp.curves(None, "loss", by="params.lr", confidence=LONG),
    "by": lambda: gitxp.curves(None, "loss", by=10**4000),
    "goal": lambda: gitxp.curves(None, "loss", best=True, goal=LONG),
    "to": lambda: gitxp.convergence(None, "loss", LONG),
    "hold": lambda: gitxp.convergence(None, "loss", 0.5, hold=LONG),
    "interval": lambda: gitxp.groups(None, "loss", interval=LONG),
    "confidence of groups": lambda: gitxp.groups(None, "loss", confidence=LONG),
    "resamples": lambda: gitxp.groups(None, "loss", resamples=LONG),
    "column of groups": lambda: gitxp.groups(None, "loss", by=LONG),
    "kind": lambda: gitxp.plot(None, "loss", kind=LONG),
    "goal of a plot": lambda: gitxp.plot(None, "loss", goal=LONG),
    "artifact": lambda: gitxp.get_run("first").get_artifact(LONG),
    "seed": lambda: gitxp.seed_everything(LONG),
    "snapshot": lambda: gitxp.start_run("lr", snapshot=LONG),
}


@pytest.mark.parametrize("ask", LONG_ONES.values(), ids=LONG_ONES)
def test_error_can_be_read_however_long_what_it_quotes(run, ask):
    with pytest.raises(GitxpError) as caught:
        ask()
    assert len(str(caught.value)) < 500
    assert len(caught.value.hint) < 500
