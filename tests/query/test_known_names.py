"""A name that a run of the repository has is known, whichever runs a question is about."""

from __future__ import annotations

import pandas as pd
import pytest

import gitxp
from gitxp.errors import InvalidFilter, UnknownColumn, UnknownMetric
from gitxp.model.names import METRIC_REDUCERS

TEXT = str(pd.Series(["a"]).dtype)
# Each column that run `c` lacks, and its dtype.
DTYPES = {
    "metrics.loss": "float64",
    "metrics.loss:count": "Int64",
    "params.lr": "float64",
    "params.epochs": "Int64",
    "params.fast": "boolean",
    "params.kind": TEXT,
    "params.mixed": "object",
    "tags.group": TEXT,
    "seeds.seed": "Int64",
}


@pytest.fixture
def runs(repo_dir, monkeypatch):
    """Two runs of one experiment that have much, and one of another that has but a metric."""
    monkeypatch.chdir(repo_dir)
    for number, name in enumerate("ab"):
        params = {"lr": 0.1, "epochs": 3, "fast": True, "kind": "sgd", "mixed": number or "auto"}
        with gitxp.start_run("e", name, params=params, tags={"group": "x"}, seeds=number) as run:
            for step in range(3):
                run.log({"loss": 1.0 - step / 10, "val/acc": step}, step=step)
    with gitxp.start_run("f", "c") as run:
        run.log({"speed": 1.0}, step=0)


@pytest.mark.parametrize("chosen", [{"where": "name == 'c'"}, {"experiment": "f"}])
@pytest.mark.parametrize(("name", "dtype"), DTYPES.items())
def test_column_that_only_other_runs_have_is_missing_in_its_own_type(runs, chosen, name, dtype):
    frame = gitxp.runs(**chosen, columns=[name])
    assert (len(frame), list(frame.columns), str(frame.dtypes[name])) == (1, [name], dtype)
    assert frame[name].isna().all()


@pytest.mark.parametrize(("name", "dtype"), DTYPES.items())
def test_column_of_no_runs_is_empty_in_its_own_type(runs, name, dtype):
    frame = gitxp.runs("name == 'nobody'", columns=[name])
    assert (len(frame), list(frame.columns), str(frame.dtypes[name])) == (0, [name], dtype)


@pytest.mark.parametrize("where", ["name == 'c'", "name == 'nobody'"])
def test_runs_are_sorted_by_what_only_other_runs_have(runs, where):
    assert len(gitxp.runs(where, sort="-metrics.loss")) == (where == "name == 'c'")


def test_filter_may_ask_for_what_only_another_experiment_has(runs):
    assert len(gitxp.runs("params.lr > 0", experiment="f")) == 0
    assert list(gitxp.runs("not has(params.lr)", experiment="f")["name"]) == ["c"]


@pytest.mark.parametrize("where", [None, "name == 'c'", "name == 'nobody'"])
def test_what_no_run_has_is_unknown_whatever_a_filter_leaves(runs, where):
    for asked in ({"columns": ["metrics.los"]}, {"sort": "-metrics.los"}):
        with pytest.raises(UnknownColumn) as refused:
            gitxp.runs(where, **asked)
        assert refused.value.hint == "did you mean 'metrics.loss'?"
    chosen = gitxp.runs(where)
    for asked in ("los", "train/*"):
        with pytest.raises(UnknownMetric, match="no run has"):
            gitxp.history(chosen, asked)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("metrics.loss", "loss"),
        ('metrics["val/acc"]', "val/acc"),
        ("metrics.val/acc:max", "val/acc"),
        ("metrics.lss", "loss"),
        ("LOSS", "loss"),
        ("Val/Acc", "val/acc"),
    ],
)
def test_name_of_a_column_or_large_letters_lead_to_the_metric(runs, asked, meant):
    with pytest.raises(UnknownMetric) as refused:
        gitxp.history(metrics=asked)
    assert refused.value.hint == f"did you mean {meant!r}?"


def test_word_leads_to_the_column_that_ends_like_it(runs):
    for typed, meant in (("lss", "metrics.loss"), ("EPOCH", "params.epochs"), ("LR", "params.lr")):
        with pytest.raises(UnknownColumn) as refused:
            gitxp.runs(sort=typed)
        assert refused.value.hint == f"did you mean {meant!r}?"


def test_field_that_no_run_has_is_unknown_in_an_experiment_as_well(runs):
    with pytest.raises(InvalidFilter, match=r"no run has 'params\.lrr'"):
        gitxp.runs("params.lrr > 0", experiment="f")


@pytest.mark.parametrize("where", ["name == 'c'", "name == 'nobody'"])
@pytest.mark.parametrize("asked", ["loss", "val/*", ["loss", "val/acc"]])
def test_points_of_a_metric_that_only_other_runs_have_are_an_empty_frame(runs, where, asked):
    chosen = gitxp.runs(where)
    frame = gitxp.history(chosen, asked)
    assert (len(frame), dict(frame.dtypes)) == (0, dict(gitxp.history().dtypes))
    wide = gitxp.history(chosen, asked, wide=True)
    names = {"loss": ["loss"], "val/*": ["val/acc"]}.get(str(asked), asked)
    assert (len(wide), list(wide.columns)) == (0, names)
    assert wide.index.names == ["run", "step"]
    assert all(dtype == "float64" for dtype in wide.dtypes)


def test_wide_frame_has_a_column_for_each_metric_that_is_asked_for(runs):
    wide = gitxp.history("name == 'c'", ["speed", "loss"], wide=True)
    assert list(wide.columns) == ["loss", "speed"]
    assert (wide["speed"].tolist(), wide["loss"].isna().all()) == ([1.0], True)


def test_glob_means_what_the_runs_have_before_what_others_have(runs):
    assert list(gitxp.history("name == 'c'", "*s*", wide=True).columns) == ["speed"]
    assert gitxp.curves("name == 'c'", "*s*").columns.size == 1


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("params.*", ["params.lr", "params.epochs", "params.fast", "params.kind", "params.mixed"]),
        ("metrics.*", ["metrics.loss", "metrics.val/acc", "metrics.speed"]),
        ("metrics.*o*:m?n", ["metrics.loss:min"]),
        ("metrics.loss:*", [f"metrics.loss:{one}" for one in METRIC_REDUCERS if one != "last"]),
        (["tags.*", "st*d", "started"], ["tags.group", "started"]),
    ],
)  # fmt: skip
def test_columns_are_asked_for_by_glob(runs, asked, meant):
    found = list(gitxp.runs(sort="name", columns=asked).columns)
    assert sorted(found) == sorted(meant)
    assert found[0] in meant


def test_glob_of_columns_means_what_the_runs_have_before_what_others_have(runs):
    assert list(gitxp.runs("name == 'c'", columns="metrics.*").columns) == ["metrics.speed"]
    assert "params.lr" in gitxp.runs("name == 'c'", columns="params.*").columns


def test_name_that_looks_like_a_glob_is_that_name(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run(params={"a*": 1, "ab": 2, "x.y": 3}):
        pass
    assert list(gitxp.runs(columns="params.a*").columns) == ["params.a*"]
    assert list(gitxp.runs(columns='params["x.*"]').columns) == ['params["x.y"]']


def test_glob_that_fits_no_column_is_unknown_and_fits_none_where_there_are_no_runs(
    repo_dir, monkeypatch
):
    monkeypatch.chdir(repo_dir)
    assert list(gitxp.runs(columns=["params.*", "na*"]).columns) == ["name"]
    with gitxp.start_run(params={"lr": 1}):
        pass
    with pytest.raises(UnknownColumn, match=r"no run has a column 'params.lrr\*'") as refused:
        gitxp.runs(columns="params.lrr*")
    assert refused.value.hint == "did you mean 'params.lr'?"


def test_comparisons_of_runs_that_lack_the_metric_say_so_and_do_not_fail(runs):
    chosen = gitxp.runs("name == 'c'")
    curves = gitxp.curves(chosen, "loss")
    assert (curves.shape, curves.index.name) == ((0, 0), "step")
    reached = gitxp.convergence(chosen, "loss", 0.5)
    assert reached["points"].tolist() == [0]
    groups = gitxp.groups(chosen, "loss", by="params.lr")
    assert (groups["n"].tolist(), groups["mean"].isna().all()) == ([0], True)
    suite = gitxp.suite(chosen, "loss", task="params.kind")
    assert len(suite) == 0
    assert {"n", "tasks", "iqm"} <= set(suite.columns)


def test_run_that_was_removed_is_asked_for_no_more(runs, git, repo_dir):
    gitxp.runs()  # into the index
    ref = f"refs/experiments/f/{gitxp.get_run('c').id}"
    git("update-ref", "-d", ref, cwd=repo_dir)
    with pytest.raises(UnknownColumn):
        gitxp.runs("name == 'a'", columns=["metrics.speed"])
