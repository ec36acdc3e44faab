"""A hint is told once, wherever an error is shown."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import traceback

import pytest

import gitxp
from gitxp.errors import GitxpError, InvalidFilter


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "again",
    [lambda one: one, copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))],
    ids=["itself", "copied", "copied deeply", "pickled"],
)
@pytest.mark.parametrize(
    "error",
    [GitxpError("no run", hint="git xp list"), InvalidFilter("a <", column=3, hint="git xp list")],
    ids=["any", "with more than a message"],
)
def test_traceback_shows_the_hint_below_the_message(error, again):
    name = f"gitxp.errors.{type(error).__name__}"
    found = again(again(error))
    assert shown(found) == f"{name}: {error}\nhint: git xp list\n"
    assert (str(found), vars(found)) == (str(error), vars(error))


def test_error_without_a_hint_is_its_message_alone():
    assert shown(GitxpError("no run")) == "gitxp.errors.GitxpError: no run\n"


def test_hint_is_seen_in_a_script_that_ends_by_it(repo_dir):
    script = "import gitxp; gitxp.get_run('none')"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo_dir, check=False, capture_output=True, text=True
    )
    assert done.stderr.endswith("UnknownRun: no run 'none' here\nhint: git xp list\n")
    assert done.stderr.count("hint: ") == 1


def test_record_of_a_run_that_failed_by_it_tells_the_hint(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with pytest.raises(GitxpError), gitxp.start_run("lr") as run:
        gitxp.get_run("none")
    told = gitxp.get_run(run.id).sessions[-1].error
    assert told.endswith("no run 'none' here\nhint: git xp list\n")


def test_command_line_tells_it_once(repo_dir):
    done = subprocess.run(
        [sys.executable, "-m", "gitxp", "show", "none"],
        cwd=repo_dir, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr == "error: no run 'none' here\nhint: git xp list\n"
