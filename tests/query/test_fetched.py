"""Runs that a plain `git fetch` brought from a remote are read as they stood there."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

import gitxp
from gitxp.errors import UnknownRemote, UnknownRun

REFSPEC = "refs/experiments/*:refs/gitxp/incoming/origin/*"


@pytest.fixture
def clones(repo_dir, tmp_path, git, monkeypatch):
    """Two runs of a colleague, fetched into a clone that has a run of its own."""
    git("clone", "--quiet", "--bare", str(repo_dir), str(tmp_path / "server"), cwd=tmp_path)
    for name in ("theirs", "mine"):
        git("clone", "--quiet", str(tmp_path / "server"), name, cwd=tmp_path)
    monkeypatch.chdir(tmp_path / "theirs")
    for number in range(2):
        with gitxp.start_run("vision/lr", f"run-{number}", params={"lr": number}) as run:
            run.log({"loss": number}, step=7)
    git("push", "--quiet", "origin", "refs/experiments/*:refs/experiments/*", cwd=".")
    monkeypatch.chdir(tmp_path / "mine")
    with gitxp.start_run("own", "mine"):
        pass
    git("fetch", "--quiet", "origin", REFSPEC, cwd=".")
    return tmp_path


def xp(*words):
    command = [sys.executable, "-m", "gitxp", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_fetched_runs_and_points_are_frames(clones):
    runs = gitxp.runs(remote="origin", sort="name")
    assert list(runs["name"]) == ["run-0", "run-1"]
    assert list(gitxp.runs("params.lr > 0", remote="origin")["name"]) == ["run-1"]
    assert gitxp.history(remote="origin")["value"].tolist() == [1.0, 0.0]
    assert gitxp.history("params.lr == 0", remote="origin")["value"].tolist() == [0.0]
    assert gitxp.history(runs, "loss", remote="origin")["step"].tolist() == [7, 7]
    assert list(gitxp.runs()["name"]) == ["mine"]
    with pytest.raises(UnknownRun):
        gitxp.history("run-0")


def test_project_of_a_remote_has_no_other_runs(clones):
    project = gitxp.open(clones / "mine", remote="origin")
    assert "remote='origin'" in repr(project)
    assert list(project.runs(columns=["name"])["name"]) == ["run-1", "run-0"]
    run = project.get_run("run-1")
    assert (run.params, run.status) == ({"lr": 1}, "finished")
    assert run.history("loss")["value"].tolist() == [1.0]
    with pytest.raises(UnknownRun):
        project.get_run("mine")


def values(points):
    return points["value"].tolist()


def test_points_of_a_run_that_was_only_fetched_are_those_fetched(clones):
    run = gitxp.get_run("origin/run-1")
    assert (run.remote, run.params) == ("origin", {"lr": 1})
    for points in (run.history(), run.history("loss"), gitxp.history(run), gitxp.history([run])):
        assert values(points) == [1.0]
    assert values(gitxp.open(remote="origin").history(run)) == [1.0]
    assert values(gitxp.open(remote="origin").get_run("origin/run-1").history()) == [1.0]


def test_points_of_a_fetched_run_that_went_on_there_are_not_those_here(clones, git, monkeypatch):
    git("fetch", "--quiet", "origin", "refs/experiments/*:refs/experiments/*", cwd=".")
    monkeypatch.chdir(clones / "theirs")
    with gitxp.start_run(resume="run-0") as again:
        again.log({"loss": 0.5, "late": 3.0}, step=8)
    git("push", "--quiet", "origin", "refs/experiments/*:refs/experiments/*", cwd=".")
    monkeypatch.chdir(clones / "mine")
    git("fetch", "--quiet", "origin", REFSPEC, cwd=".")
    here, there = gitxp.get_run("run-0"), gitxp.get_run("origin/run-0")
    assert (len(here.sessions), len(there.sessions)) == (1, 2)
    assert (values(here.history()), values(gitxp.history(here))) == ([0.0], [0.0])
    for points in (there.history("loss"), gitxp.history(there, "loss")):
        assert values(points) == [0.0, 0.5]
    assert values(there.history("late")) == [3.0]
    (told,) = gitxp.compare([there], all=True).runs
    assert set(told.metrics) == {"loss", "late"}


def test_views_of_a_run_here_and_as_it_was_fetched_are_two(clones, git):
    git("fetch", "--quiet", "origin", "refs/experiments/*:refs/experiments/*", cwd=".")
    here, there = gitxp.get_run("run-0"), gitxp.get_run("origin/run-0")
    assert (here.id, here.remote, there.remote) == (there.id, None, "origin")
    assert here != there
    same = gitxp.open(remote="origin").get_run("run-0")
    assert (same, hash(same)) == (there, hash(there))
    assert repr(there) == "<RunView vision/lr/run-0 remote='origin'>"
    assert repr(here) == "<RunView vision/lr/run-0>"


def test_run_is_read_as_it_stood_there(clones, git):
    git("fetch", "--quiet", "origin", "refs/experiments/*:refs/experiments/*", cwd=".")
    assert xp("tag", "mine", "run-0").returncode == 0
    assert gitxp.get_run("run-0").tags["mine"].value is True
    there = gitxp.open(remote="origin").get_run("run-0")
    assert (dict(there.tags), there.events) == ({}, ())
    assert "tags.mine" not in gitxp.runs(remote="origin")


def test_what_is_said_while_a_run_goes_on_is_not_said_there(clones, git):
    with gitxp.start_run("own", "goes-on") as run:
        assert xp("tag", "mine", "goes-on").returncode == 0
        assert gitxp.get_run(run.id).tags["mine"].value is True
        assert len(gitxp.runs(remote="origin")) == 2


def test_fetched_runs_are_decoded_once_and_own_ones_stay_in_the_index(clones, decoded):
    own = gitxp.runs()
    fetched = gitxp.runs(remote="origin")
    assert (len(own), len(fetched), len(decoded)) == (1, 2, 2)
    for _ in range(2):
        pd.testing.assert_frame_equal(gitxp.runs(remote="origin"), fetched)
        pd.testing.assert_frame_equal(gitxp.runs(), own)
    assert len(decoded) == 2


def test_fetched_run_that_is_here_at_the_same_commit_is_not_decoded_again(clones, git, decoded):
    git("fetch", "--quiet", "origin", "refs/experiments/*:refs/experiments/*", cwd=".")
    assert len(gitxp.runs()) == 3
    decoded.clear()
    assert len(gitxp.runs(remote="origin")) == 2
    assert decoded == []
    (gone, *_) = gitxp.runs(remote="origin").index
    assert xp("remove", "--yes", gone).returncode == 0
    assert len(gitxp.runs()) == 2
    assert len(gitxp.runs(remote="origin")) == 2


def test_remotes_have_an_index_each_whatever_they_are_called(clones, git, decoded):
    for name in ("team/origin", "team%2Forigin"):
        git("remote", "add", name, "../server", cwd=".")
        refspec = REFSPEC.replace("origin", name)
        git("fetch", "--quiet", name, refspec, cwd=".")
    git("update-ref", "-d", next(iter_refs(git, "team/origin")), cwd=".")
    for _ in range(2):
        counts = [len(gitxp.runs(remote=name)) for name in ("team/origin", "team%2Forigin")]
        assert counts == [1, 2]
    assert len(decoded) == 3


@pytest.mark.parametrize("remote", ["..", ".", "", "../..", "x" * 500])
def test_name_of_no_remote_costs_no_index(clones, decoded, remote):
    gitxp.runs()
    with pytest.raises(UnknownRemote):
        gitxp.runs(remote=remote)
    decoded.clear()
    assert len(gitxp.runs()) == 1
    assert decoded == []


def iter_refs(git, remote):
    yield from git(
        "for-each-ref", "--format=%(refname)", f"refs/gitxp/incoming/{remote}", cwd="."
    ).split()


def test_list_shows_what_was_fetched(clones):
    done = xp("list", "--remote", "origin", "--json", "--where", "params.lr < 1")
    assert [one["name"] for one in json.loads(done.stdout)] == ["run-0"]
    wrong = xp("list", "--remote", "orgin")
    assert wrong.returncode == 128
    assert wrong.stderr == "error: there is no remote 'orgin'\nhint: known are: origin\n"


def test_remote_of_which_nothing_was_fetched_has_no_runs(clones, git):
    git("remote", "add", "other", "../server", cwd=".")
    assert len(gitxp.runs(remote="other")) == 0
    done = xp("list", "--remote", "other")
    assert (done.returncode, done.stdout) == (0, "")
    assert "git xp fetch other" in done.stderr
    with pytest.raises(UnknownRemote, match="no remote 'none'"):
        gitxp.runs(remote="none")


def test_damaged_fetched_record_is_named_and_the_others_are_listed(clones, git):
    run = gitxp.open(remote="origin").get_run("run-0").id
    ref = f"refs/gitxp/incoming/origin/vision/lr/{run}"
    git("update-ref", ref, "HEAD", cwd=".")
    done = xp("list", "--remote", "origin", "--json")
    assert done.returncode == 128
    assert [one["name"] for one in json.loads(done.stdout)] == ["run-1"]
    assert f"warning: {ref}: " in done.stderr
