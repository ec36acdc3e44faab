"""A gate gives no answer that a record might have changed which could not be read."""

from __future__ import annotations

import json

import pytest

import gitxp


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def record(name, accuracy, *, experiment="t", lr=0.1):
    with gitxp.start_run(experiment, name, params={"lr": lr}) as run:
        run.log({"acc": accuracy})
    return run.id


@pytest.fixture
def damage(repo_dir, git):
    """Have the ref of a run lead to what is no record, and return what names it then."""

    def damaged(run, experiment="t"):
        ref = f"refs/experiments/{experiment}/{run}"
        git("update-ref", ref, "HEAD", cwd=repo_dir)
        return f"warning: {ref}: "

    return damaged


def test_newest_run_of_a_commit_may_be_one_that_cannot_be_read(xp, repo_dir, git, damage):
    record("base-old", 0.5)
    newer = record("base-new", 0.95)
    git("commit", "-q", "--allow-empty", "-m", "next", cwd=repo_dir)
    record("cand", 0.7, lr=0.2)
    gate = ("gate", "--metric", "acc", "--against", "HEAD~1")
    assert xp(*gate, "cand").returncode == 1
    named = damage(newer)
    for which in (("cand",), ("-e", "t", "-n", "1"), ("cand", "--json")):
        done = xp(*gate, *which)
        assert (done.returncode, done.stderr.count(named)) == (128, 1), which
    page = xp(*gate, "cand").stdout
    assert page.startswith("### Gate: no answer\n")
    assert "could not be read. Without them: passed." in page
    assert json.loads(xp(*gate, "cand", "--json").stdout)["passes"] is None
    damage(gitxp.get_run("base-old").id)
    none = xp(*gate, "cand")  # named though there is none to hold it against
    assert (none.returncode, none.stderr.count(named)) == (128, 1)
    assert "error: no other finished run of t is of 'HEAD~1'" in none.stderr


@pytest.mark.parametrize("which", [("-e", "t", "-n", "1"), ("--where", "name != 'base'")])
def test_run_that_is_judged_may_be_one_that_cannot_be_read(xp, damage, which):
    record("base", 0.5, experiment="u")
    record("older", 0.7)
    newest = record("newest", 0.1)
    gate = ("gate", "--metric", "acc", "--against", "base", *which)
    assert xp(*gate).returncode == 1
    named = damage(newest)
    done = xp(*gate)
    assert (done.returncode, done.stderr.count(named)) == (128, 1)


def test_either_experiment_matters_and_no_other(xp, damage):
    record("base", 0.5, experiment="u")
    record("cand", 0.7)
    asked = ("gate", "--metric", "acc", "--against", "base")
    for number, experiment in enumerate(("other/t", "t/sub")):
        elsewhere = damage(f"{number}" * 32, experiment)
        below = 128 * (experiment == "t/sub")  # --experiment chooses from those, too
        for which, status in ((("cand",), 0), (("-e", "t", "-n", "1"), below), (("-n", "1"), 128)):
            done = xp(*asked, *which)
            assert (done.returncode, done.stderr.count(elsewhere)) == (status, status // 128), which
    failed = xp(*asked, "cand", "--min-gain", "9", "--json")
    assert (failed.returncode, json.loads(failed.stdout)["passes"]) == (1, False)
    named = damage("b" * 32, "u")
    done = xp(*asked, "cand")
    assert (done.returncode, done.stderr.count(named)) == (128, 1)
