"""A run that is named as it stands here and as it was fetched."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gitxp
from gitxp.errors import InvalidValue


@pytest.fixture
def fetched(repo_dir, monkeypatch, git):
    """Two runs that stand here as they were fetched."""
    monkeypatch.chdir(repo_dir)
    git("remote", "add", "origin", "elsewhere.git", cwd=repo_dir)
    for number in range(2):
        with gitxp.start_run("lr", f"run-{number}", params={"n": number}, seeds=number) as run:
            run.log({"loss": 1.0}, step=0)
            run.log({"loss": 0.5}, step=1)
        tip = gitxp.get_run(run.id).record.tip
        git("update-ref", f"refs/gitxp/incoming/origin/lr/{run.id}", tip, cwd=repo_dir)


@pytest.fixture
def edited(fetched):
    """Of one of them something was noted here since."""
    command = [sys.executable, "-m", "gitxp", "note", "run-0", "-m", "checked"]
    subprocess.run(command, check=True, capture_output=True)


def test_run_that_stands_here_as_it_was_fetched_is_taken_once(fetched):
    twice = ["run-0", "origin/run-0"]
    assert len(gitxp.history(twice)) == 2
    assert gitxp.curves(twice, "loss").shape == (2, 1)
    assert gitxp.groups(twice, "loss")[["n", "reruns"]].values.tolist() == [[1, 0]]
    assert len(gitxp.compare(*twice).runs) == 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda runs: gitxp.history(runs),
        lambda runs: gitxp.history(runs, wide=True),
        lambda runs: gitxp.curves(runs, "loss"),
        lambda runs: gitxp.convergence(runs, "loss", 0.5),
        lambda runs: gitxp.groups(runs, "loss"),
        lambda runs: gitxp.suite(runs, "loss", task="params.n"),
        lambda runs: gitxp.plot(runs, "loss"),
    ],
    ids=["history", "wide", "curves", "convergence", "groups", "suite", "plot"],
)
def test_two_records_under_one_id_are_refused_with_both_of_their_names(edited, ask):
    with pytest.raises(InvalidValue, match="'run-0' and 'origin/run-0' are one run") as told:
        ask(["run-1", "run-0", "origin/run-0"])
    assert "apart, or gitxp.compare('run-0', 'origin/run-0')" in told.value.hint
    ask(["run-1", "origin/run-0"])
    with pytest.raises(InvalidValue, match="are one run"):
        ask([gitxp.get_run("run-0"), gitxp.get_run("origin/run-0")])


def test_two_records_of_a_run_can_be_compared(edited):
    found = gitxp.compare("run-0", "origin/run-0")
    assert [len(run.notes) for run in found.runs] == [1, 0]
    assert [run.id for run in found.runs] == [gitxp.get_run("run-0").id] * 2
