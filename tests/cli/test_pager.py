"""Long output on a terminal goes through a pager, as Git's does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp

MARK = "sed s/^/paged:/"


@pytest.mark.parametrize(
    "words",
    [("list",), ("show",), ("metrics",), ("groups",), ("log",), ("config", "list"), ("status",)],
    ids=" ".join,
)
def test_long_output_is_paged_on_a_terminal_alone(terminal, xp, runs, words):
    shown = terminal(*words, GIT_PAGER=MARK)
    assert shown.status == 0
    assert all(line.startswith("paged:") for line in shown.text.splitlines())
    assert "paged:" not in xp(*words).stdout


def test_pager_is_the_one_that_git_would_take(terminal, runs, git, repo_dir):
    assert "paged:" in terminal("list", PAGER=MARK).text
    git("config", "core.pager", "sed s/^/configured:/", cwd=repo_dir)
    assert "configured:" in terminal("list", PAGER=MARK).text
    assert "paged:" in terminal("list", GIT_PAGER=MARK).text


@pytest.mark.parametrize("none", ["cat", ""])
def test_cat_or_an_empty_one_means_none(terminal, runs, none):
    assert terminal("list", GIT_PAGER=none, PAGER=MARK).text.startswith("run ")


def test_no_pager_is_heeded_by_gits_own_commands_too(terminal, runs):
    for words in (("list",), ("diff", "@")):
        assert "paged:" in terminal(*words, GIT_PAGER=MARK).text
        assert "paged:" not in terminal("--no-pager", *words, GIT_PAGER=MARK).text


@pytest.mark.parametrize(("variables", "options"), [({}, "FRX"), ({"LESS": "S"}, "S")])
def test_less_is_told_what_git_tells_it(terminal, runs, variables, options):
    shown = terminal("list", GIT_PAGER='cat >/dev/null; echo "[$LESS]"', **variables)
    assert shown.text == f"[{options}]\n"


def test_pager_that_is_not_there_hides_nothing(terminal, runs):
    assert terminal("list", GIT_PAGER="no-such-pager").text.startswith("run ")


@pytest.mark.parametrize("pager", ["true", "head -n 1"])
def test_pager_that_is_quit_ends_the_command_in_silence(terminal, repo_dir, monkeypatch, pager):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr") as run:
        for step in range(20_000):
            run.log({"loss": step}, step=step)
    shown = terminal("metrics", GIT_PAGER=pager)
    assert shown.status == 0
    assert len(shown.text.splitlines()) <= 1


def test_git_itself_can_say_that_there_is_none(runs, repo_dir):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["git", "--no-pager", "xp", "run", "--", "sh", "-c", "echo $GIT_PAGER"],
        cwd=repo_dir,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "cat\n"
