"""A process that was taken for dead, or whose journal was deleted, loses nothing by it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import pytest

import gitxp
from gitxp.model.run import Status
from gitxp.query.points import read_points
from gitxp.query.runs import find_runs
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace

# Its lock is released to imitate a file system without locks.
SCRIPT = """
import fcntl
import sys
import gitxp

run = gitxp.start_run("return", params={"a": 1}, tags={"t": "old"})
fcntl.flock(run.writer.points_descriptor, fcntl.LOCK_UN)
for step in range(5):
    run.log({"x": step, "y": -step}, step=step)
run.log_text("one", "one.txt")
run.log_dataset("before", version="1")
run.log({"bad": "text"}, step=0)
print("ready", flush=True)
sys.stdin.readline()
for step in range(5, 9):
    run.log({"x": step, "z": step}, step=step)
run.log_params({"a": 2, "b": 3})
run.set_tag("t", "new")
run.log_text("two", "two.txt")
run.log_dataset("after", version="1")
run.log({"bad": "text"}, step=0)
print("logged", flush=True)
sys.stdin.readline()
run.finish("failed", exit_code=3)
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="another host name needs root")


class Elsewhere:
    """The script on what looks like another host."""

    def __init__(self, repo_dir):
        path = repo_dir.parent / "script.py"
        path.write_text(SCRIPT)
        line = f"hostname elsewhere && exec {sys.executable} -W ignore {path}"
        self.process = subprocess.Popen(
            ["unshare", "--uts", "sh", "-c", line],
            cwd=repo_dir,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.wait_for("ready")

    def wait_for(self, word):
        assert self.process.stdout.readline().strip() == word

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def log_the_rest(self):
        self.go_on()
        self.wait_for("logged")

    def finish(self):
        self.go_on()
        assert self.process.wait() == 0

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def elsewhere(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    script = Elsewhere(repo_dir)
    yield script
    script.close()


def recover(repo_dir, *, force=True):
    repository = open_repository(repo_dir)
    limits = Workspace.open(repo_dir, {}).limits
    return [one.outcome for one in recover_runs(repository, limits, force=force)]


def only_run(repo_dir):
    repository = open_repository(repo_dir)
    found = find_runs(repository)
    assert not found.problems
    (run,) = found.runs
    return run, read_points(repository, run).to_pylist()


def check_whole(repo_dir, git):
    run, points = only_run(repo_dir)
    logged = [(point["metric"], point["step"], point["value"]) for point in points]
    expected = [("x", step, step) for step in range(9)]
    expected += [("y", step, -step) for step in range(5)] + [
        ("z", step, step) for step in range(5, 9)
    ]
    assert sorted(logged) == sorted(expected)
    assert {name: run.metrics[name].count for name in "xyz"} == {"x": 9, "y": 5, "z": 4}
    assert run.params == {"a": 2, "b": 3}
    assert [(change.path, change.before) for change in run.param_changes] == [(("a",), 1)]
    assert run.tags["t"].value == "new"
    assert [one.path for one in run.artifacts] == ["one.txt", "two.txt"]
    assert [one.name for one in run.datasets] == ["before", "after"]
    assert run.failures == 2
    git("fsck", "--full", "--strict", cwd=repo_dir)
    return run


@needs_root
def test_writer_taken_for_dead_adds_its_session(repo_dir, git, elsewhere):
    assert recover(repo_dir, force=False) == [Recovery.UNKNOWN]
    assert recover(repo_dir) == [Recovery.RECORDED]
    taken, _ = only_run(repo_dir)
    assert (taken.status, taken.metrics["x"].count) == (Status.CRASHED, 5)
    elsewhere.log_the_rest()
    elsewhere.finish()
    run = check_whole(repo_dir, git)
    assert [session.status for session in run.sessions] == [Status.CRASHED, Status.FAILED]
    assert run.sessions[-1].exit_code == 3
    assert [sum(one.points for one in session.writers) for session in run.sessions] == [10, 8]
    assert all(session.started <= session.finished for session in run.sessions)
    assert run.duration is not None
    assert run.code.commit == taken.code.commit
    assert list_journals(open_repository(repo_dir).private_dir) == []


@needs_root
def test_writer_with_nothing_to_add_tells_how_it_ended(repo_dir, git, elsewhere):
    elsewhere.log_the_rest()
    assert recover(repo_dir) == [Recovery.RECORDED]
    elsewhere.finish()
    run = check_whole(repo_dir, git)
    assert [session.status for session in run.sessions] == [Status.CRASHED, Status.FAILED]


@needs_root
def test_record_that_has_moved_on_is_carried_on(repo_dir, git, elsewhere):
    recover(repo_dir)
    run, _ = only_run(repo_dir)
    with gitxp.start_run("return", resume=run.id) as resumed:
        resumed.log({"w": 1.0}, step=0)
    elsewhere.log_the_rest()
    elsewhere.finish()
    again, points = only_run(repo_dir)
    assert [session.status for session in again.sessions] == [
        Status.CRASHED,
        Status.FINISHED,
        Status.FAILED,
    ]
    assert len(points) == 19
    git("fsck", "--full", "--strict", cwd=repo_dir)


@needs_root
def test_writer_that_comes_back_joins_a_session_that_is_running(repo_dir, git, elsewhere):
    recover(repo_dir)
    run, _ = only_run(repo_dir)
    with gitxp.start_run("return", resume=run.id) as resumed:
        resumed.log({"w": 1.0}, step=0)
        elsewhere.log_the_rest()
        elsewhere.finish()
        resumed.log({"w": 2.0}, step=1)
    again, points = only_run(repo_dir)
    assert len(points) == 20
    assert (len(again.sessions), again.status) == (2, Status.FINISHED)
    assert len(again.sessions[-1].writers) == 2
    git("fsck", "--full", "--strict", cwd=repo_dir)


@needs_root
def test_killed_after_the_recovery_only_what_was_logged_since_is_lost(repo_dir, git, elsewhere):
    recover(repo_dir)
    elsewhere.log_the_rest()
    elsewhere.kill()
    assert recover(repo_dir) == []
    run, points = only_run(repo_dir)
    assert len(points) == 10
    assert (run.status, run.params, len(run.sessions)) == (Status.CRASHED, {"a": 1}, 1)
    git("fsck", "--full", "--strict", cwd=repo_dir)


@needs_root
def test_recoveries_while_a_writer_logs_neither_lose_nor_double_a_point(repo_dir, monkeypatch):
    script = repo_dir.parent / "busy.py"
    script.write_text(
        "import fcntl, gitxp\n"
        "run = gitxp.start_run('busy')\n"
        "fcntl.flock(run.writer.points_descriptor, fcntl.LOCK_UN)\n"
        "print('ready', flush=True)\n"
        "for step in range(200_000):\n"
        "    run.log({'x': step}, step=step)\n"
        "run.finish()\n"
    )
    busy = subprocess.Popen(
        ["unshare", "--uts", "sh", "-c", f"hostname elsewhere && exec {sys.executable} {script}"],
        cwd=repo_dir,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert busy.stdout.readline() == "ready\n"
    assert recover(repo_dir) == [Recovery.RECORDED]
    assert busy.wait() == 0
    busy.stdout.close()
    run, points = only_run(repo_dir)
    assert sorted(point["step"] for point in points) == list(range(200_000))
    assert run.status is Status.FINISHED


def test_deleted_journal_is_put_back_at_the_end(repo_dir, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    with gitxp.start_run("deleted", params={"a": 1}) as run:
        run.log({"x": 1}, step=0)
        shutil.rmtree(run.writer.folder)
        run.log({"x": 2}, step=1)
    found, points = only_run(repo_dir)
    assert [point["value"] for point in points] == [1, 2]
    assert (found.status, found.params, len(found.sessions)) == (Status.FINISHED, {"a": 1}, 1)
    assert found.failures == 0
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_deleted_journal_of_a_resumed_run_adds_its_session(repo_dir, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("deleted") as run:
        run.log({"x": 1}, step=0)
    with gitxp.start_run(resume=run.id) as again:
        shutil.rmtree(again.writer.folder)
        again.log({"x": 2}, step=1)
    found, points = only_run(repo_dir)
    assert [point["value"] for point in points] == [1, 2]
    assert [session.status for session in found.sessions] == [Status.FINISHED] * 2


def test_word_after_the_end_goes_into_no_other_file(repo_dir, monkeypatch, tmp_path):
    monkeypatch.chdir(repo_dir)
    run = gitxp.start_run("late")
    run.log({"x": 1}, step=0)
    number = run.writer.points_descriptor
    run.finish()
    others = [(tmp_path / f"{place}").open("wb") for place in range(64)]
    assert number in {other.fileno() for other in others}
    with pytest.warns(gitxp.GitxpWarning, match="points are lost"):
        run._points.log({"x": 1}, 1)  # as a thread would that was about to write
    with pytest.raises(OSError, match="Bad file descriptor"):
        run._say("tag", key="a", value=1)
    for other in others:
        other.close()
    assert {path.stat().st_size for path in tmp_path.iterdir() if path.is_file()} == {0}
