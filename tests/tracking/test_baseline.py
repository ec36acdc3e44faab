"""A run keeps the baseline that was in force when it started, however it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest
from scripts import recover, runs

import gitxp
from gitxp.errors import GitxpWarning
from gitxp.model.event import ChoosingBaseline
from gitxp.model.identity import ExperimentName
from gitxp.storage.events.about import read_about
from gitxp.storage.refs import about_ref
from gitxp.tracking.say import choose_baseline
from gitxp.tracking.workspace import Workspace

LR = ExperimentName("lr")


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


@pytest.fixture
def workspace(repo_dir):
    return Workspace.open(repo_dir, dict(os.environ))


@pytest.fixture
def choose(workspace):
    """Choose a run as baseline of the experiment `lr`."""
    return lambda run: choose_baseline(workspace, LR, run, command="git xp baseline")


def recorded(name, **more):
    with gitxp.start_run("lr", name, **more) as run:
        run.log({"loss": 0.5})
    return run.id


def baseline_of(run):
    return gitxp.get_run(run).baseline


def test_run_keeps_the_baseline_in_force_at_its_start(choose):
    first = recorded("first")
    choose(first)
    second = recorded("second")
    choose(second)
    third = recorded("third")
    choose(None)
    fourth = recorded("fourth")
    kept = [baseline_of(run) for run in (first, second, third, fourth)]
    assert kept == [None, first, second, None]


def test_choice_amid_a_run_changes_nothing_for_it(choose):
    first = recorded("first")
    with gitxp.start_run("lr", "running") as run:
        choose(first)
    assert baseline_of(run.id) is None
    with gitxp.start_run("lr", "next") as run:
        assert run.baseline == first


def test_run_may_choose_another_or_none(choose):
    first, other = recorded("first"), recorded("other")
    choose(first)
    assert baseline_of(recorded("a", baseline="other")) == other
    assert baseline_of(recorded("b", baseline=False)) is None
    assert baseline_of(recorded("c")) == first


def test_other_experiments_are_not_concerned(choose):
    choose(recorded("first"))
    with gitxp.start_run("lr/deep") as below, gitxp.start_run("wd", parent=below) as other:
        pass
    assert (baseline_of(below.id), baseline_of(other.id)) == (None, None)


def test_resumed_run_keeps_its_own(choose):
    first, second = recorded("first"), recorded("second")
    choose(first)
    third = recorded("third")
    choose(second)
    for run in (first, third):
        with gitxp.start_run(resume=run):
            pass
    assert (baseline_of(first), baseline_of(third)) == (None, first)


def test_run_that_continues_one_of_another_clone_keeps_its_baseline(
    choose, repo_dir, tmp_path, git, monkeypatch
):
    first, second = recorded("first"), recorded("second")
    choose(first)
    third = recorded("third")
    choose(second)
    git("clone", "--quiet", str(repo_dir), str(tmp_path / "clone"), cwd=tmp_path)
    refs = "refs/experiments/*:refs/experiments/*"
    git("fetch", "--quiet", "origin", refs, cwd=tmp_path / "clone")
    monkeypatch.chdir(tmp_path / "clone")
    with gitxp.start_run(resume=third) as going_on:
        pass
    with gitxp.start_run(resume=first) as without:
        pass
    with gitxp.start_run(resume=first, baseline=third) as chosen:
        pass
    assert baseline_of(going_on.id) == first
    assert baseline_of(without.id) is None
    assert baseline_of(chosen.id) == third
    assert baseline_of(recorded("new")) == second


def test_killed_run_is_recorded_with_its_baseline(choose, repo_dir):
    first = recorded("first")
    choose(first)
    script = "import gitxp, os; gitxp.start_run('lr', 'dead'); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", script], cwd=repo_dir, check=False)
    assert done.returncode == -signal.SIGKILL
    choose(None)
    recover(repo_dir)
    (dead,) = [run for run in runs(repo_dir) if run.name == "dead"]
    assert dead.baseline == first


def test_ranks_agree_on_the_baseline(choose, repo_dir):
    first = recorded("first")
    choose(first)
    script = "import gitxp\nwith gitxp.start_run('lr', 'job') as run: run.log({'loss': 1})"
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=repo_dir,
            env={**os.environ, "GITXP_JOB": "job", "GITXP_RANK": str(rank)},
        )
        for rank in range(2)
    ]
    assert [rank.wait() for rank in ranks] == [0, 0]
    (job,) = [run for run in runs(repo_dir) if run.name == "job"]
    assert job.baseline == first


def test_command_and_the_runs_inside_it_keep_it(choose, repo_dir):
    first = recorded("first")
    choose(first)
    script = "import gitxp\nfor name in 'ab':\n  with gitxp.start_run('lr', name): pass"
    words = ["run", "-e", "lr", "--name", "outer", "--", sys.executable, "-c", script]
    subprocess.run([sys.executable, "-m", "gitxp", *words], cwd=repo_dir, check=True)
    found = {run.name: run.baseline for run in runs(repo_dir)}
    assert found == {"first": None, "outer": first, "b": first}


def test_baseline_that_was_removed_is_still_kept(choose, repo_dir):
    first = recorded("first")
    choose(first)
    subprocess.run(
        [sys.executable, "-m", "gitxp", "remove", first, "--yes"], cwd=repo_dir, check=True
    )
    assert baseline_of(recorded("second")) == first


def test_record_of_the_experiment_that_is_not_here_stops_no_training(choose, repo_dir):
    choose(recorded("first"))
    (repo_dir / ".git" / about_ref(LR)).write_text(f"{'1' * 40}\n")
    with pytest.warns(GitxpWarning, match="the baseline of lr cannot be read: .*; the run has"):
        second = recorded("second")
    assert baseline_of(second) is None


def test_choices_of_two_processes_at_once_are_both_kept(workspace, choose):
    ids = [recorded(name) for name in "ab"]
    threads = [threading.Thread(target=choose, args=(run,)) for run in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [event.said for event in read_about(workspace.repository, LR)]
    assert sorted(said, key=str) == [(ChoosingBaseline(run),) for run in sorted(ids)]
    assert baseline_of(recorded("next")) == said[-1][0].run
