"""Runs that were fetched are compared and drawn as they stood there, by every command alike."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from gitxp.errors import InvalidValue

FETCH = ("fetch", "--quiet", "origin", "refs/experiments/*:refs/gitxp/incoming/origin/*")
METRIC = ("-m", "acc")
GIT_XP = str(Path(sys.executable).with_name("git-xp"))


@pytest.fixture
def fetched(repo_dir, tmp_path, git, monkeypatch):
    """A repository into which the runs of another one were fetched, three seeds a rate."""
    theirs = tmp_path / "theirs"
    git("clone", "--quiet", str(repo_dir), str(theirs), cwd=tmp_path)
    monkeypatch.chdir(theirs)
    for lr in (0.1, 0.2):
        for seed in range(3):
            with gitxp.start_run("lr", f"{lr}-{seed}", params={"lr": lr}, seeds=seed) as run:
                for step in range(3):
                    run.log({"acc": lr * step + seed / 100}, step=step)
    subprocess.run([GIT_XP, "baseline", "set", "0.1-0", "-q"], cwd=theirs, check=True)
    git("remote", "add", "origin", str(theirs), cwd=repo_dir)
    git(*FETCH, cwd=repo_dir)
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("own", "mine") as run:
        run.log({"acc": 7.0}, step=0)
    return theirs


def told(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_groups_are_those_of_the_fetched_runs(fetched, xp):
    found = told(xp("groups", *METRIC, "--remote", "origin", "--baseline", "0.1-0", "--json"))
    assert [(one["n"], round(one["mean"], 2)) for one in found["groups"]] == [(3, 0.41), (3, 0.21)]
    assert [one["n"] for one in told(xp("groups", *METRIC, "--json"))["groups"]] == [1]


def test_convergence_is_that_of_the_fetched_runs(fetched, xp):
    found = told(xp("convergence", *METRIC, "--to", "0.2", "--remote", "origin", "--json"))
    assert {one["name"]: one["step"] for one in found}["0.2-1"] == 1
    assert {one["experiment"] for one in found} == {"lr"}


def test_picture_is_that_of_the_fetched_runs(fetched, xp):
    (found,) = told(xp("plot", *METRIC, "--remote", "origin", "--by", "params.lr", "--json"))
    assert len(found["lines"]) == 2
    drawn = gitxp.plot(None, "acc", by="params.lr", remote="origin").fields()
    assert [list(one["y"]) for one in drawn["lines"]] == [one["y"] for one in found["lines"]]
    with pytest.raises(InvalidValue, match="project"):
        gitxp.plot(None, "acc", project=gitxp.open(), remote="origin")


def test_gate_is_held_against_the_baseline_that_is_in_force_there(fetched, xp):
    words = ("gate", "0.2-0", "--metric", "acc", "--json")
    found = told(xp(*words, "--remote", "origin"))
    assert (found["passes"], found["why"]) == (True, "the baseline in force")
    assert (found["metrics"][0]["n"], found["metrics"][0]["n_against"]) == (3, 3)
    assert xp(*words).returncode == 128
    assert xp("baseline", "set", "mine", "-e", "lr", "-q").returncode == 0
    assert told(xp(*words, "--remote", "origin")) == found


def test_runs_are_compared_with_the_baselines_that_were_fetched(
    fetched, xp, repo_dir, git, monkeypatch
):
    monkeypatch.chdir(fetched)
    with gitxp.start_run("lr", "measured", params={"lr": 0.3}) as run:
        run.log({"acc": 1.0}, step=2)
    git(*FETCH, cwd=repo_dir)
    found = told(xp("compare", "0.2-0", "measured", "--remote", "origin", "--json"))
    (metrics,) = [one["rows"] for one in found["sections"] if one["section"] == "metrics"]
    cells = {one["field"]: one["cells"] for one in metrics}["acc on baseline"]
    assert (cells[0], round(cells[1]["value"], 2)) == (None, 0.8)


@pytest.mark.parametrize(
    "words",
    [
        ("groups",),
        ("convergence", *METRIC, "--to", "1"),
        ("plot",),
        ("compare", "-n", "2"),
        ("list",),
    ],
)
def test_remote_without_fetched_runs_is_told_with_the_way_to_them(
    fetched, xp, repo_dir, git, words
):
    git("remote", "add", "other", str(fetched), cwd=repo_dir)
    assert "git xp fetch other" in xp(*words, "--remote", "other").stderr
    done = xp(*words, "--remote", "nobody")
    assert (done.returncode, "there is no remote 'nobody'" in done.stderr) == (128, True)
