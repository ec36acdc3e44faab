"""A run that was opened by hand ends as the process does."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gitxp
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.workspace import Workspace

OPEN = "import os, signal, sys, threading, time, gitxp\nrun = gitxp.start_run('ends')\n"
INSIDE = "import os, signal, sys, threading, gitxp\nwith gitxp.start_run('ends') as run:\n  "
CAUGHT = "try:\n  sys.exit(3)\nexcept SystemExit as error:\n  code = error.code\n"
RAISED_ON = "try:\n  sys.exit(3)\nexcept SystemExit as error:\n  again = error\n  raise\n"


def ended(script: str, repo_dir, monkeypatch) -> tuple[int, str, int | None]:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo_dir, capture_output=True, check=False
    )
    monkeypatch.chdir(repo_dir)
    recover_runs(open_repository(), Workspace.open(None, {}).limits)
    (run,) = gitxp.runs().index
    session = gitxp.get_run(run).sessions[-1]
    return done.returncode, str(session.status), session.exit_code


@pytest.mark.parametrize(
    ("way_out", "expected"),
    [
        ("sys.exit(3)", (3, "failed", 3)),
        ("exit(4)", (4, "failed", 4)),
        ("sys.exit('went wrong')", (1, "failed", 1)),
        ("sys.exit()", (0, "finished", 0)),
        ("sys.exit(0)", (0, "finished", 0)),
        ("raise ValueError", (1, "failed", None)),
        ("os._exit(3)", (3, "crashed", None)),
        (RAISED_ON, (3, "failed", 3)),
        (CAUGHT, (0, "finished", None)),
        (f"{CAUGHT}sys.exit(5)", (5, "failed", 5)),
        ("threading.Thread(target=lambda: sys.exit(3)).start()", (0, "finished", None)),
    ],
)
def test_run_opened_by_hand_ends_as_the_script_does(way_out, expected, repo_dir, monkeypatch):
    assert ended(OPEN + way_out, repo_dir, monkeypatch) == expected


def test_interrupt_ends_a_run_opened_by_hand_as_killed(repo_dir, monkeypatch):
    script = OPEN + "os.kill(os.getpid(), signal.SIGINT)\nwhile True: time.sleep(0.01)\n"
    assert ended(script, repo_dir, monkeypatch)[1] == "killed"


@pytest.mark.parametrize(
    ("way_out", "expected"),
    [
        ("sys.exit(3)", (3, "failed", 3)),
        ("raise SystemExit(3)", (3, "failed", 3)),
        ("sys.exit(0)", (0, "finished", 0)),
        ("raise KeyboardInterrupt", (-2, "killed", None)),
    ],
)
def test_run_in_a_with_block_ends_as_the_block_does(way_out, expected, repo_dir, monkeypatch):
    assert ended(INSIDE + way_out, repo_dir, monkeypatch)[1:] == expected[1:]


def test_traceback_of_the_way_out_is_kept(repo_dir, monkeypatch):
    ended(OPEN + "def leave():\n  sys.exit(3)\nleave()\n", repo_dir, monkeypatch)
    error = gitxp.get_run(gitxp.runs().index[0]).sessions[-1].error
    assert "in leave" in error
    assert error.endswith("SystemExit: 3\n")


def test_ways_out_are_the_script_s_own_again_once_no_run_is_open(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    monkeypatch.delattr(sys, "ps1", raising=False)
    before = sys.exit
    run = gitxp.start_run("ends")
    assert sys.exit is not before
    run.finish()
    assert sys.exit is before


def test_exit_that_somebody_else_replaced_meanwhile_is_left_alone(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    before = sys.exit
    run = gitxp.start_run("ends")
    monkeypatch.setattr(sys, "exit", before)
    run.finish()
    assert sys.exit is before


def test_end_run_takes_what_mlflow_does(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for status, expected in ((None, "finished"), ("FAILED", "failed"), ("KILLED", "killed")):
        run = gitxp.start_run("ends")
        gitxp.end_run(status)
        assert gitxp.get_run(run.id).status == expected
    gitxp.end_run()
