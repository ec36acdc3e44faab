"""Signals that end a process end its runs as killed, and do what they did before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import gitxp
from gitxp.model.run import Status
from gitxp.query.runs import find_runs
from gitxp.storage.repository import open_repository

BEGIN = "import os, signal, sys, threading, time, gitxp\n"
SELF = "os.kill(os.getpid(), signal.{})\n"
ENDS = "run.log(dict(x=1), step=0)\n" + SELF + "time.sleep(60)\n"


def do(repo_dir, script: str, **variables: str) -> tuple[int, str]:
    """Return the exit code of a script and what it printed; what it warns of is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEGIN + script],
        cwd=repo_dir,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def only_run(repo_dir) -> gitxp.Run:
    (run,) = find_runs(open_repository(repo_dir)).runs
    assert run.tip is not None
    return run


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize(
    "begin", ["run = gitxp.start_run('ends')\n", "with gitxp.start_run('ends') as run:\n  "]
)
def test_signal_that_ends_the_process_ends_the_run_as_killed(repo_dir, name, begin):
    script = begin + ENDS.format(name).replace("\n", "; ").rstrip("; ")
    code, printed = do(repo_dir, script)
    assert code == -getattr(signal, name), printed
    run = only_run(repo_dir)
    session = run.sessions[-1]
    assert (run.status, session.exit_code) == (Status.KILLED, 128 + getattr(signal, name))
    assert session.error.endswith(f"{name}\n")
    assert run.metrics["x"].count == 1


@pytest.mark.parametrize(
    ("name", "variables", "status"),
    [
        ("SIGUSR1", {"SLURM_JOB_ID": "1"}, Status.KILLED),
        ("SIGUSR1", {}, Status.RUNNING),
        ("SIGQUIT", {"TORCHELASTIC_SIGNALS_TO_HANDLE": "SIGTERM,SIGQUIT"}, Status.KILLED),
        ("SIGQUIT", {}, Status.RUNNING),
    ],
)
def test_other_signals_count_where_a_launcher_sends_them(repo_dir, name, variables, status):
    look = "run = gitxp.start_run('ends')\n" + ENDS
    code, printed = do(repo_dir, look.format(name), **variables)
    assert code == -getattr(signal, name), printed
    (run,) = find_runs(open_repository(repo_dir)).runs
    # What nobody watches for kills at once, which the next command sees.
    assert (run.status, run.tip is None) == (
        (status, False) if status is Status.KILLED else (Status.CRASHED, True)
    )


def test_all_open_runs_end(repo_dir):
    script = (
        "outer = gitxp.start_run('outer')\n"
        "inner = gitxp.start_run('inner', parent=outer)\n"
        "outer.log({'x': 1})\n" + SELF.format("SIGTERM")
    )
    assert do(repo_dir, script)[0] == -signal.SIGTERM
    found = find_runs(open_repository(repo_dir)).runs
    assert [(run.status, run.tip is None) for run in found] == [(Status.KILLED, False)] * 2


def test_handler_of_the_script_decides_and_can_still_log(repo_dir):
    script = (
        "def save(number, frame):\n"
        "  run.log({'saved': 1}, step=0)\n"
        "  sys.exit(7)\n"
        "signal.signal(signal.SIGTERM, save)\n"
        "run = gitxp.start_run('ends')\n" + ENDS.format("SIGTERM")
    )
    assert do(repo_dir, script)[0] == 7
    run = only_run(repo_dir)
    assert (run.status, run.sessions[-1].exit_code) == (Status.KILLED, 7)
    assert run.metrics["saved"].count == 1


def test_script_that_stops_in_its_own_time_after_a_signal_was_killed(repo_dir):
    script = (
        "stop = threading.Event()\n"
        "signal.signal(signal.SIGTERM, lambda *_: stop.set())\n"
        "with gitxp.start_run('ends') as run:\n"
        f"  {SELF.format('SIGTERM')}"
        "  assert stop.wait(60)\n"
        "  run.log({'last': 1})\n"
    )
    assert do(repo_dir, script)[0] == 0
    run = only_run(repo_dir)
    assert (run.status, run.metrics["last"].count) == (Status.KILLED, 1)


def test_status_that_the_script_gives_stands(repo_dir):
    script = (
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "run = gitxp.start_run('ends')\n" + SELF.format("SIGTERM") + "run.finish('finished')\n"
    )
    assert do(repo_dir, script)[0] == 0
    assert only_run(repo_dir).status is Status.FINISHED


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signal_that_is_ignored_stays_ignored(repo_dir, name):
    script = (
        f"signal.signal(signal.{name}, signal.SIG_IGN)\n"
        "with gitxp.start_run('ends') as run:\n"
        f"  {SELF.format(name)}"
        f"assert signal.getsignal(signal.{name}) is signal.SIG_IGN\n"
    )
    code, printed = do(repo_dir, script)
    assert code == 0, printed
    assert only_run(repo_dir).status is Status.FINISHED


def test_handlers_are_as_they_were_once_no_run_is_open(repo_dir):
    script = (
        "def mine(*_): pass\n"
        "signal.signal(signal.SIGHUP, mine)\n"
        "names = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1]\n"
        "before = [signal.getsignal(name) for name in names]\n"
        "with gitxp.start_run('ends') as run:\n"
        "  assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL\n"
        "  assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
        "assert [signal.getsignal(name) for name in names] == before\n"
        "with gitxp.start_run('ends') as run:\n"
        "  signal.signal(signal.SIGTERM, mine)\n"
        "assert signal.getsignal(signal.SIGTERM) is mine\n"
    )
    code, printed = do(repo_dir, script)
    assert code == 0, printed


def test_run_started_in_another_thread_touches_no_handler(repo_dir):
    script = (
        "def work():\n"
        "  with gitxp.start_run('ends'):\n"
        "    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
        "    done.append(True)\n"
        "done = []\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start(); thread.join()\n"
        "assert done\n"
    )
    code, printed = do(repo_dir, script)
    assert code == 0, printed


def test_signal_while_a_run_is_being_recorded_waits_for_the_record(repo_dir):
    """What is told the end of the run sends the signal: the record is not written yet."""
    script = (
        "with gitxp.start_run('ends') as run:\n"
        "  run.log({'x': 1}, step=0)\n"
        "  run.before_end(lambda status: os.kill(os.getpid(), signal.SIGTERM))\n"
        "time.sleep(60)\n"
    )
    assert do(repo_dir, script)[0] == -signal.SIGTERM
    assert only_run(repo_dir).status is Status.FINISHED


def test_signal_amid_a_call_that_logs_ends_the_run_with_all_before_it(repo_dir):
    script = (
        "class Value:\n"
        "  def __float__(self):\n"
        f"    {SELF.format('SIGTERM')}"
        "    return 1.0\n"
        "run = gitxp.start_run('ends')\n"
        "run.log({'x': 1}, step=0)\n"
        "run.log({'y': Value()}, step=0)\n"
    )
    assert do(repo_dir, script)[0] == -signal.SIGTERM
    run = only_run(repo_dir)
    assert (run.status, set(run.metrics)) == (Status.KILLED, {"x"})


def test_forked_child_that_is_terminated_ends_no_run(repo_dir):
    script = (
        "with gitxp.start_run('ends') as run:\n"
        "  child = os.fork()\n"
        "  if child == 0:\n"
        "    run.log({'child': 1}, step=0)\n"
        "    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
        f"    {SELF.format('SIGTERM')}"
        "  assert os.waitpid(child, 0)[1] == signal.SIGTERM\n"
        "  run.log({'parent': 1}, step=0)\n"
    )
    code, printed = do(repo_dir, script)
    assert code == 0, printed
    run = only_run(repo_dir)
    assert (run.status, set(run.metrics)) == (Status.FINISHED, {"child", "parent"})
