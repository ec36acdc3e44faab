"""`git xp experiment` lists lines of work, and says what one is about."""

from __future__ import annotations

import json

import pytest

import gitxp


def experiments(xp):
    return {one["name"]: one for one in json.loads(xp("experiment", "list", "--json").stdout)}


@pytest.fixture
def several(runs):
    with gitxp.start_run("Weight Decay", "a"):
        pass


def test_list_tells_how_many_runs_and_what_each_is_about(xp, several):
    xp("experiment", "describe", "lr", "-m", "Which rate?\n\nAnd why.", "-q")
    lines = xp("experiment", "list").stdout.splitlines()
    assert lines[0].split() == ["experiment", "runs", "running", "latest", "about"]
    assert lines[1].split()[:2] == ["weight-decay", "1"]
    assert lines[1].endswith("Weight Decay")
    assert lines[2].split()[:2] == ["lr", "2"]
    assert lines[2].endswith("Which rate?")


def test_json_holds_description_and_who_gave_it(xp, several):
    xp("experiment", "describe", "lr", "-m", "why", "-q")
    found = experiments(xp)
    assert (found["lr"]["runs"], found["lr"]["running"]) == (2, 0)
    assert found["lr"]["description"]["text"] == "why"
    assert found["lr"]["description"]["author"] == "Ada Lovelace <ada@example.org>"
    assert found["weight-decay"]["title"] == "Weight Decay"
    assert found["weight-decay"]["description"] is None


def test_running_runs_are_counted(xp, runs):
    with gitxp.start_run("lr"):
        assert experiments(xp)["lr"]["running"] == 1


def test_name_is_slugged_as_when_it_was_given(xp, several):
    assert xp("experiment", "describe", "Weight Decay", "-m", "x", "-q").returncode == 0
    assert experiments(xp)["weight-decay"]["description"]["text"] == "x"


def test_description_is_taken_off_and_taken_back(xp, runs):
    xp("experiment", "describe", "lr", "-m", "why", "-q")
    off = xp("experiment", "describe", "lr", "-m", "")
    assert off.stdout.startswith("took the description off lr; undo: git xp undo ")
    assert experiments(xp)["lr"]["description"] is None
    xp("undo", "-q")
    assert experiments(xp)["lr"]["description"]["text"] == "why"


def test_described_experiment_whose_runs_are_gone_is_listed(xp, runs):
    xp("experiment", "describe", "lr", "-m", "why", "-q")
    xp("remove", "fast", "slow", "--yes", "-q")
    assert (experiments(xp)["lr"]["runs"], experiments(xp)["lr"]["latest"]) == (0, None)
    assert "why" in xp("experiment", "list").stdout


def test_unknown_experiment_names_the_nearest(xp, runs):
    done = xp("experiment", "describe", "lrr", "-m", "x")
    assert done.returncode == 128
    assert "error: there is no experiment 'lrr'" in done.stderr
    assert "hint: did you mean 'lr'?" in done.stderr


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("experiment",), "error: missing command."),
        (("experiment", "lst"), "error: there is no command 'lst': did you mean 'list'?"),
        (("artifact", "put"), "error: there is no command 'put'"),
        (("config",), "error: missing command."),
    ],
    ids=" ".join,
)
def test_group_typed_wrongly_says_how_to_use_it(xp, words, error):
    done = xp(*words)
    assert (done.returncode, done.stdout) == (2, "")
    said, usage, hint = done.stderr.splitlines()
    assert said.startswith(error)
    assert usage == f"usage: git xp {words[0]} [OPTIONS] COMMAND [ARGS]..."
    assert hint == f"hint: git xp {words[0]} -h"
