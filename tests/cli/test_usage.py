"""What `git xp` answers to those who type it wrongly, and with which status it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp

GIT_XP = str(Path(sys.executable).with_name("git-xp"))


@pytest.mark.parametrize(
    ("typed", "meant"), [("lst", "list"), ("metric", "metrics"), ("zzz", None)]
)
def test_unknown_command_names_the_nearest(xp, typed, meant):
    done = xp(typed)
    assert (done.returncode, done.stdout) == (2, "")
    said = f"error: there is no command {typed!r}" + (f": did you mean {meant!r}?" if meant else "")
    assert done.stderr.splitlines() == [
        said,
        "usage: git xp [OPTIONS] COMMAND [ARGS]...",
        "hint: git xp -h",
    ]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["list", "--jsn"], "error: no such option"),
        (["list", "-n", "-1"], "error: invalid value for '-n' / '--limit'"),
        (["list", "extra"], "error: got unexpected extra argument"),
        (["diff", "a", "b", "c"], "error: expected one run or two"),
        (["run", "--tag", "x", "--", "true"], "error: --tag 'x': expected KEY=VALUE"),
        (["remove"], "error: expected a RUN"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_wrong_usage_says_how_to_use_the_command(xp, words, error):
    done = xp(*words)
    assert (done.returncode, done.stdout) == (2, "")
    said, usage, hint = done.stderr.splitlines()
    assert said.startswith(error)
    assert usage.startswith(f"usage: git xp {words[0]} [OPTIONS]")
    assert hint == f"hint: git xp {words[0]} -h"


def test_no_command_shows_them_all(xp):
    done = xp()
    assert (done.returncode, done.stdout) == (2, "")
    assert "  list " in done.stderr


def test_help_and_version_are_no_errors(xp):
    assert xp("-h").returncode == xp("list", "-h").returncode == 0
    assert xp("--version").stdout == f"git xp, version {gitxp.__version__}\n"


@pytest.mark.parametrize(
    ("command", "status"),
    [("exit 7", 7), ("kill -TERM $$", 128 + signal.SIGTERM), ("kill -KILL $$", 137)],
)
def test_run_ends_as_its_command_does(xp, command, status):
    assert xp("run", "-q", "--", "sh", "-c", command).returncode == status


def test_bare_repository_has_no_place_for_settings(xp, git, tmp_path, monkeypatch):
    git("init", "--bare", "--quiet", "bare", cwd=tmp_path)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "bare"))
    done = xp("init")
    assert done.returncode == 128
    assert "error: a bare repository has no working tree" in done.stderr
    assert "hint: " in done.stderr


def test_run_whose_command_is_interrupted_ends_with_130(terminal, xp):
    shown = terminal("run", "--", "sh", "-c", "echo ready; sleep 60", typed="\x03")
    assert shown.status == 130
    (row,) = json.loads(xp("list", "--json").stdout)
    assert row["status"] == "killed"


def test_interrupted_command_ends_with_130_and_no_traceback(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr") as run:
        for step in range(20_000):
            run.log({"loss": step}, step=step)
    process = subprocess.Popen(
        [GIT_XP, "metrics", "--csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.read(1)  # it is at work now, and waits for us to read the rest
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate()
    assert (process.returncode, complaint.strip()) == (130, b"")
