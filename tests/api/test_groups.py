"""`gitxp.groups`: from runs as they are recorded to a frame of groups."""

from __future__ import annotations

import math

import pytest

import gitxp
from gitxp.errors import GitxpWarning, InvalidValue, UnknownColumn, UnknownMetric, UnknownRun


@pytest.fixture
def made(repo_dir, monkeypatch):
    """Three configurations of three seeds, the second the best by far, the third a single run."""
    monkeypatch.chdir(repo_dir)
    runs = []
    for name, gain, seeds in (("base", 0.0, 3), ("wide", 0.1, 3), ("deep", 0.3, 1)):
        for seed in range(seeds):
            with gitxp.start_run(
                "net", f"{name}-{seed}", params={"net": name, "seed": seed}
            ) as run:
                run.log({"val/acc": 0.5, "odd": math.nan}, step=0)
                run.log({"val/acc": 0.6 + gain + seed / 100}, step=1)
            runs.append(run)
    return runs


def test_groups_are_a_frame_with_the_best_first(made):
    frame = gitxp.groups(metric="val/acc")
    assert frame["params.net"].tolist() == ["deep", "wide", "base"]
    assert frame["n"].tolist() == [1, 3, 3]
    assert frame["mean"].tolist() == pytest.approx([0.9, 0.71, 0.61])
    assert list(frame.columns[-1:]) == ["runs"]
    assert frame["runs"][1] == [run.id for run in made[5:2:-1]]
    assert (frame["low"][1:] <= frame["mean"][1:]).all()


def test_groups_are_made_of_the_runs_that_are_given(made):
    chosen = gitxp.runs('params.net != "deep"')
    for runs in (chosen, 'params.net != "deep"', made[:6], [run.id for run in made[:6]]):
        assert gitxp.groups(runs, "val/acc")["n"].tolist() == [3, 3]
    assert gitxp.open(".").groups(made[0], "val/acc:max")["n"].tolist() == [1]


def test_the_same_runs_give_the_same_interval_in_any_order(made):
    one, other = (gitxp.groups(runs, "val/acc") for runs in (made, made[::-1]))
    assert one[["low", "high"]].equals(other[["low", "high"]])


def test_a_baseline_adds_what_can_be_said(made):
    frame = gitxp.groups(metric="val/acc", baseline="base-1").set_index("params.net")
    assert frame.loc["wide", "conclusion"] == "better"
    assert frame.loc["deep", "conclusion"] == "cannot be said"
    assert frame.loc["base", ["difference", "conclusion"]].isna().all()
    assert frame.loc["wide", "difference"] == pytest.approx(0.1)
    assert frame.loc["deep", "difference"] == pytest.approx(0.29)
    assert frame.loc["deep", ["p_welch", "p_permutation", "effect"]].isna().all()
    chosen = gitxp.groups('params.net == "wide"', "val/acc", baseline=made[0])
    assert chosen["conclusion"].tolist() == ["better"]


def test_the_team_says_which_way_is_better(made, repo_dir):
    (repo_dir / ".gitxp.toml").write_text('[metrics."val/acc"]\ngoal = "min"\n')
    frame = gitxp.groups(metric="val/acc", baseline=made[0])
    assert frame["params.net"].tolist() == ["base", "wide", "deep"]
    assert frame["conclusion"].tolist()[1:] == ["worse", "cannot be said"]
    (repo_dir / ".gitxp.toml").write_text('[metrics."val/acc"]\ngoal = "up"\n')
    with pytest.warns(GitxpWarning, match="counts as not set"):
        gitxp.groups(metric="val/acc")


def test_runs_that_came_out_as_nan_are_counted(made):
    frame = gitxp.groups(metric="odd")
    assert frame["n"].tolist() == [0, 0, 0]
    assert frame["nonfinite"].tolist() == [1, 3, 3]
    assert frame["mean"].isna().all()


def test_runs_that_failed_are_counted(made):
    with (
        pytest.raises(ValueError, match="diverged"),
        gitxp.start_run("net", params={"net": "wide"}),
    ):
        gitxp.log({"val/acc": 0.1})
        raise ValueError("diverged")
    frame = gitxp.groups('params.net == "wide"', "val/acc")
    assert frame[["n", "unfinished"]].values.tolist() == [[3, 1]]
    frame = gitxp.groups('params.net == "wide"', "val/acc", only_finished=False)
    assert frame[["n", "unfinished"]].values.tolist() == [[4, 0]]


@pytest.mark.parametrize(
    ("wrong", "error", "hint"),
    [
        ({"metric": "val/ac"}, UnknownMetric, "did you mean 'val/acc'?"),
        ({"by": "params.ne"}, UnknownColumn, "did you mean 'params.net'?"),
        ({"baseline": "bas-1"}, UnknownRun, "did you mean 'base-1'?"),
        ({"interval": "bootstrap"}, InvalidValue, ""),
    ],
    ids=str,
)
def test_what_there_is_not_is_refused_with_the_nearest(made, wrong, error, hint):
    with pytest.raises(error) as caught:
        gitxp.groups(**{"metric": "val/acc", **wrong})
    assert hint in caught.value.hint


def test_a_repository_without_runs_has_no_metric(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with pytest.raises(UnknownMetric):
        gitxp.groups()
