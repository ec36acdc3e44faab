"""The newest run is not silently the one before it, where that which cannot be read may be it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from gitxp.errors import DamagedRecord, GitxpWarning

GIT_XP = str(Path(sys.executable).with_name("git-xp"))


@pytest.fixture
def newest(repo_dir, git, monkeypatch):
    """The newest run of three, which cannot be read."""
    monkeypatch.chdir(repo_dir)
    for number in range(3):
        with gitxp.start_run("t", f"run-{number}", params={"n": number}) as run:
            run.log({"loss": 1.0 - number / 10}, step=0)
    git("update-ref", f"refs/experiments/t/{run.id}", "HEAD", cwd=repo_dir)
    return run.id


def tips(repo_dir, git):
    return git("for-each-ref", "refs/experiments/", cwd=repo_dir)


@pytest.mark.parametrize(
    "words",
    [
        ("show",), ("show", "@~1"), ("diff",), ("metrics",), ("compare", "@~1", "@"),
        ("artifact", "list", "@"), ("export", "@"), ("list", "--baseline", "@"),
        ("show", "run-0", "--baseline", "@"), ("log", "--baseline", "@"), ("show", "@", "-e", "t"),
        ("gate", "--metric", "loss", "--against", "run-0"),
        ("gate", "run-0", "--metric", "loss", "--against", "@"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_reads_it_warns_and_does_not_end_well(xp, newest, words):
    done = xp(*words)
    named = done.stderr.count(f"warning: refs/experiments/t/{newest}: ")
    assert (done.returncode, named) == (128, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("tag", "wrong"), ("tag", "wrong", "@~1"), ("verdict", "refuted", "-m", "no"),
        ("note", "-m", "hi"), ("keep",), ("rename", "other"), ("baseline", "set", "@"),
        ("remove", "@", "--yes"), ("remove", "@", "-e", "t", "--yes"), ("push", "origin", "@"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_changes_it_changes_nothing(xp, newest, repo_dir, git, tmp_path, words):
    git("init", "-q", "--bare", str(tmp_path / "bare"), cwd=tmp_path)
    git("remote", "add", "origin", str(tmp_path / "bare"), cwd=repo_dir)
    before = tips(repo_dir, git)
    done = xp(*words)
    assert (done.returncode, done.stdout) == (128, "")
    (asked,) = {"@", "@~1"} & set(words) or {"@"}
    told = f"error: {asked!r} may be a run that cannot be read: refs/experiments/t/{newest}: "
    assert told in done.stderr
    assert f"hint: name the run that is meant; git xp verify {newest}\n" in done.stderr
    assert tips(repo_dir, git) == before
    assert tips(tmp_path / "bare", git) == ""


def test_run_that_is_named_is_read_and_changed(xp, newest):
    for words in (("show", "run-1"), ("tag", "right", "run-1"), ("remove", "run-0", "--yes")):
        done = xp(*words)
        assert (done.returncode, done.stderr) == (0, ""), words


def test_those_are_verified_that_may_be_meant(xp, newest, repo_dir, git):
    done = json.loads(xp("verify", "@", "--json").stdout)
    assert [one["ref"] for one in done["failures"]] == [f"refs/experiments/t/{newest}"]
    assert done["checked"]["runs"] == 2
    xp("remove", "-q", "--yes", "run-0", "run-1")
    assert xp("verify", "@").returncode == 1


def test_run_of_another_clone_is_no_matter(xp, repo_dir, git, tmp_path, monkeypatch):
    theirs = tmp_path / "theirs"
    git("clone", "-q", str(repo_dir), str(theirs), cwd=tmp_path)
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("t", "mine"):
        pass
    monkeypatch.chdir(theirs)
    with gitxp.start_run("t", "not-mine") as run:
        pass
    git("remote", "add", "origin", str(theirs), cwd=repo_dir)
    subprocess.run([GIT_XP, "pull", "-q", "origin"], cwd=repo_dir, check=True)
    git("update-ref", f"refs/experiments/t/{run.id}", "HEAD", cwd=repo_dir)
    for words in (("show",), ("tag", "seen")):
        done = xp(*words)
        assert (done.returncode, done.stderr) == (0, ""), words


def test_run_of_another_experiment_is_no_matter_where_one_is_asked_for(xp, newest):
    with gitxp.start_run("u", "other"):
        pass
    done = xp("show", "-e", "u")
    assert (done.returncode, done.stderr) == (0, "")


def test_python_warns_of_it_and_goes_on_with_none(newest):
    ref = f"refs/experiments/t/{newest}"
    with pytest.warns(GitxpWarning, match=ref) as told:
        assert gitxp.get_run("@").name == "run-1"
    assert (len(told), told[0].filename) == (1, __file__)
    for argument in ("resume", "baseline"):
        with pytest.raises(DamagedRecord, match=f"^'@' may be a run that cannot be read: {ref}: "):
            gitxp.start_run("t", **{argument: "@"})
