"""Runs are chosen by what they are, and alike in every command that takes runs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import gitxp
from gitxp.cli.table import ENTRIES

TAKE_NO_RUNS = {
    *("run", "recover", "init", "experiment", "status", "undo", "doctor", "config", "demo"),
    *("baseline", "pull"),
}
# One or two that are named, in an order that matters.
ONE_BY_NAME = {"diff", "rename", "gate"}
# Runs of another repository, of which nothing is known here but their ids.
OF_A_REMOTE = {"fetch"}


@pytest.fixture
def sweep(repo_dir, monkeypatch):
    """Four runs of two experiments, `lr-0` the oldest."""
    monkeypatch.chdir(repo_dir)
    made = []
    for number in range(4):
        experiment = "plain" if number < 3 else "other/deep"
        with gitxp.start_run(experiment, f"lr-{number}", params={"lr": number / 10}) as run:
            run.log({"loss": (number - 1) ** 2})
            run.log_text("x", "kept.txt")
        made.append(run)
    return made


def tagged(key):
    frame = gitxp.runs(f"has(tags.{key})", sort="name")
    return list(frame["name"])


def test_every_command_says_how_runs_are_chosen():
    from gitxp.cli.group import git_xp

    without = set()
    for entry in ENTRIES:
        command = git_xp.get_command(None, entry.name)
        options = {name for param in command.params for name in param.opts}
        if "--where" not in options:
            without.add(entry.name)
    assert without == TAKE_NO_RUNS | ONE_BY_NAME | OF_A_REMOTE | {"artifact"}


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["--where", "params.lr > 0.05 and experiment == 'plain'"], ["lr-1", "lr-2"]),
        (["-e", "other"], ["lr-3"]),
        (["--sort", "metrics.loss", "-n", "2"], ["lr-1", "lr-2"]),
        (["--limit", "1"], ["lr-3"]),
        (["lr-0", "lr-1", "--where", "metrics.loss == 0"], ["lr-1"]),
        (["lr-2", "lr-0", "lr-1", "-n", "1"], ["lr-2"]),
        ([], ["lr-3"]),
    ],
    ids=" ".join,
)
def test_runs_are_chosen_by_what_they_are(xp, sweep, words, chosen):
    assert xp("tag", "seen", *words).returncode == 0
    assert tagged("seen") == chosen


@pytest.mark.parametrize(
    "words",
    [["tag", "x"], ["note", "-m", "x"], ["verdict", "confirmed"], ["keep"], ["remove", "--yes"],
     ["metrics"], ["show"], ["artifact", "list"]],
    ids=lambda words: words[0],
)  # fmt: skip
def test_where_no_run_fits_nothing_is_done_and_the_answer_is_no(xp, sweep, words):
    done = xp(*words, "--where", "params.lr > 7")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "no run fits\n")
    assert len(gitxp.runs()) == 4


@pytest.mark.parametrize("command", ["remove", "verify", "log", "metrics", "keep"])
def test_mistake_in_a_filter_is_shown_where_it_is(xp, sweep, command):
    done = xp(command, "--where", "params.lr > 0 and params.lrr > 1")
    assert (done.returncode, done.stdout) == (128, "")
    assert done.stderr == (
        "error: no run has 'params.lrr'\n"
        "  params.lr > 0 and params.lrr > 1\n"
        "                    ^^^^^^^^^^\n"
        "hint: did you mean params.lr?\n"
    )


def test_what_is_said_of_chosen_runs_can_be_taken_back(xp, sweep):
    done = xp("verdict", "refuted", "--where", "metrics.loss > 0", "-e", "plain")
    assert done.stdout.startswith("judged 2 runs (")
    log = json.loads(xp("undo", "--list", "--json").stdout)
    assert log[0]["command"] == (
        "git xp verdict refuted --experiment plain --where 'metrics.loss > 0'"
    )
    assert list(gitxp.runs(sort="name")["verdict"].fillna("")) == ["refuted", "", "refuted", ""]
    assert xp("undo").returncode == 0
    assert gitxp.runs()["verdict"].isna().all()


def test_secret_in_a_filter_does_not_enter_the_log_of_operations(xp, sweep):
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    assert xp("keep", "--where", f"name != '{secret}'").returncode == 0
    assert secret not in xp("undo", "--list", "--json").stdout


def test_removal_says_first_what_it_would_take(xp, terminal, sweep):
    where = ("--where", 'metrics.loss > 0 and experiment == "plain"')
    lines = [f"would move to the trash: {run.id.short} plain {run.name}" for run in sweep[2::-2]]
    assert xp("remove", *where, "--dry-run").stdout.splitlines() == lines
    refused = xp("remove", *where)
    assert refused.returncode == 128
    assert refused.stderr.splitlines() == [
        *lines,
        "error: there is no terminal to ask for confirmation",
        "hint: git xp remove --where 'metrics.loss > 0 and experiment == \"plain\"' --yes",
    ]
    asked = terminal("remove", *where, typed="n\n")
    assert asked.status == 1
    assert all(line in asked.text.splitlines() for line in lines)
    assert len(gitxp.runs()) == 4
    hint = refused.stderr.splitlines()[-1].removeprefix("hint: git xp ")
    typed = f"{sys.executable} -m gitxp {hint}"
    done = subprocess.run(["bash", "-c", typed], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("moved 2 runs (")
    assert list(gitxp.runs(sort="name")["name"]) == ["lr-1", "lr-3"]
    assert xp("undo").returncode == 0
    assert len(gitxp.runs()) == 4


def test_chosen_runs_are_removed_for_good(xp, sweep):
    done = xp("remove", "--purge", "--yes", "--limit", "1", "--sort", "started")
    assert done.returncode == 0
    assert done.stderr == f"would delete for good: {sweep[0].id.short} plain lr-0\n"
    assert list(gitxp.runs(sort="name")["name"]) == ["lr-1", "lr-2", "lr-3"]


def test_page_of_one_run_is_that_of_the_first(xp, sweep):
    best = ("--sort=-metrics.loss", "--where", "has(params.lr)")
    done = xp("show", "--json", *best)
    assert json.loads(done.stdout)["name"] == "lr-3"
    assert done.stderr == "note: this is the first of 4 runs that fit\n"
    done = xp("artifact", "list", "--json", *best, "-n", "1")
    assert [one["path"] for one in json.loads(done.stdout)] == ["kept.txt"]
    assert done.stderr == ""


def test_story_is_told_of_those_that_fit(xp, sweep):
    lines = xp("log", "plain", "--oneline", "--where", "metrics.loss < 1").stdout.splitlines()
    assert [sweep[1].id.short in line for line in lines] == [True]
    done = xp("log", "--where", "params.lr > 7")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no run fits\n")


def test_points_of_those_that_fit_are_shown(xp, sweep):
    points = json.loads(xp("metrics", "-e", "plain", "--sort", "params.lr", "--json").stdout)
    assert [point["run"] for point in points] == [str(run.id) for run in sweep[:3]]


def test_what_cannot_be_read_is_verified_whatever_is_asked(xp, sweep, repo_dir, git):
    checked = json.loads(xp("verify", "--json", "--where", "params.lr > 0.15").stdout)
    assert (checked["ok"], checked["checked"]["runs"]) == (True, 2)
    broken = f"refs/experiments/plain/{sweep[0].id}"
    git("update-ref", broken, "HEAD", cwd=repo_dir)
    done = xp("verify", "--json", "--where", "params.lr > 0.15")
    assert done.returncode == 1
    assert {flaw["ref"] for flaw in json.loads(done.stdout)["failures"]} == {broken}
    assert xp("verify", "lr-1", "-n", "1").returncode == 2


def test_runs_of_a_damaged_repository_are_chosen_with_a_warning(xp, sweep, repo_dir, git):
    broken = f"refs/experiments/plain/{sweep[0].id}"
    git("update-ref", broken, "HEAD", cwd=repo_dir)
    done = xp("tag", "seen", "--where", "has(params.lr)")
    assert done.returncode == 0
    assert f"warning: {broken}: " in done.stderr
    with pytest.warns(gitxp.GitxpWarning, match=broken):
        assert tagged("seen") == ["lr-1", "lr-2", "lr-3"]


def test_removal_of_nothing_in_particular_is_wrong_usage(xp, sweep):
    done = xp("remove", "--yes")
    assert done.returncode == 2
    assert done.stderr.startswith("error: expected a RUN, or which runs by --where")
