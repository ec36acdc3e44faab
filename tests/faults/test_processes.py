"""Several threads and processes on one run, and the death of any of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scripts import points, recover, runs

from gitxp.model.run import Status
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery

THREADS = """
import os
import threading
import gitxp

run = gitxp.start_run("threads")
done = [0] * 8

def log_for_ever(number):
    while True:
        run.log({f"x{number}": done[number], "shared": number}, step=done[number])
        done[number] += 1
        if done[number] % 50 == 0:
            os.write(1, f"{number} {done[number]}\\n".encode())

for number in range(8):
    threading.Thread(target=log_for_ever, args=(number,), daemon=True).start()
threading.Event().wait()
"""
FOREVER = """
import itertools
import os
import sys
import gitxp

run = gitxp.start_run("inner", params={"inner": True})
print(os.getpid(), flush=True)
for step in itertools.count():
    run.log({"x": step}, step=step)
    if step == 100:
        print("logged", flush=True)
"""
LATE = """
import os
import time
import gitxp

outer = os.getppid()
run = gitxp.start_run("inner", params={"inner": True})
run.log({"x": 0}, step=0)
print(os.getpid(), flush=True)
while os.getppid() == outer:
    time.sleep(0.01)
run.log({"x": 1}, step=1)
run.finish()
open("ended", "w").close()
"""

# The process around it: its first thread ends, which is all that others see of it, and what is
# left holds the lock for a moment, as the last of many threads does that are killed.
DYING = """
import ctypes
import os
import signal
import sys
import threading
import time

EXIT = {"x86_64": 60, "aarch64": 93}[os.uname().machine]

def go() -> None:
    while not os.path.exists("die"):
        time.sleep(0.001)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGRTMAX)
    time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)

if "run" in sys.orig_argv:
    signal.signal(signal.SIGRTMAX, lambda *_: ctypes.CDLL(None).syscall(EXIT, 0))
    threading.Thread(target=go, daemon=True).start()
"""
UNDER_A_DYING_ONE = """
import os
import time
import gitxp

run = gitxp.start_run("inner")
run.log({"x": 0}, step=0)
print(os.getpid(), flush=True)
open("die", "w").close()
stat = f"/proc/{os.getppid()}/stat"
while open(stat).read().rpartition(")")[2].split()[0] != "Z":
    time.sleep(0.001)
run.finish()
open("ended", "w").close()
"""


@pytest.fixture
def script(repo_dir):
    """Start Python code as a script in the repository, with its output to be read."""
    started = []

    def start(code: str, *before: str, **options) -> subprocess.Popen[str]:
        path = repo_dir.parent / f"script{len(started)}.py"
        path.write_text(code)
        process = subprocess.Popen(
            [*before, sys.executable, str(path)],
            cwd=repo_dir,
            stdout=subprocess.PIPE,
            text=True,
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


XP_RUN = (sys.executable, "-m", "gitxp", "run", "-e", "outer", "--")


def wait_until_gone(pid: int) -> None:
    while Path(f"/proc/{pid}").exists():
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
            return
        time.sleep(0.01)


def test_killed_with_eight_threads_logging_keeps_every_point(repo_dir, git, script):
    process = script(THREADS)
    logged = [0] * 8
    while min(logged) < 500:
        number, done = map(int, process.stdout.readline().split())
        logged[number] = done
    process.kill()
    rest, _ = process.communicate()
    for line in rest.splitlines():
        if len(line.split()) == 2:
            number, done = map(int, line.split())
            logged[number] = done
    assert recover(repo_dir) == [Recovery.RECORDED]
    (run,) = runs(repo_dir)
    found = points(repo_dir, run)
    for number in range(8):
        own = [(step, value) for name, step, value in found if name == f"x{number}"]
        assert own == [(step, step) for step in range(len(own))]
        shared = [step for name, step, value in found if (name, value) == ("shared", number)]
        # A kill may cut the very last call between two pages of the file: that one never returned.
        assert shared in (list(range(len(own))), list(range(len(own) - 1)))
        assert len(shared) >= logged[number]
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_terminated_run_records_itself_as_killed(repo_dir, script):
    process = script(FOREVER)
    process.stdout.readline()
    assert process.stdout.readline() == "logged\n"
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    (run,) = runs(repo_dir)
    assert run.tip is not None
    assert (run.status, run.sessions[-1].exit_code) == (Status.KILLED, 128 + signal.SIGTERM)
    assert run.sessions[-1].error.endswith("SIGTERM\n")
    found = points(repo_dir, run)
    assert found == [("x", step, step) for step in range(len(found))]
    assert len(found) > 100


def test_command_killed_under_run_is_recorded_by_run(repo_dir, git, script):
    process = script(FOREVER, *XP_RUN)
    child = int(process.stdout.readline())
    assert process.stdout.readline() == "logged\n"
    os.kill(child, signal.SIGKILL)
    assert process.wait() == 128 + signal.SIGKILL
    (run,) = runs(repo_dir)
    assert (run.status, run.sessions[-1].exit_code) == (Status.KILLED, 137)
    found = points(repo_dir, run)
    assert found == [("x", step, step) for step in range(len(found))]
    assert len(found) > 100
    assert run.params["inner"] is True
    assert len(run.sessions[-1].writers) == 2
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_run_killed_around_its_command_is_recorded_when_that_ends(repo_dir, git, script):
    process = script(LATE, *XP_RUN)
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    wait_until_gone(child)
    assert (repo_dir / "ended").exists()
    (run,) = runs(repo_dir)
    assert run.tip is not None
    assert run.status is Status.CRASHED
    assert run.finished is not None
    assert points(repo_dir, run) == [("x", 0, 0), ("x", 1, 1)]
    assert list_journals(open_repository(repo_dir).private_dir) == []
    git("fsck", "--full", "--strict", cwd=repo_dir)


@pytest.mark.skipif(sys.platform != "linux", reason="threads end one by one where there is /proc")
def test_process_that_is_dying_yet_is_not_left_the_run(repo_dir, script):
    (repo_dir.parent / "sitecustomize.py").write_text(DYING)
    paths = os.pathsep.join([str(repo_dir.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = script(UNDER_A_DYING_ONE, *XP_RUN, env={**os.environ, "PYTHONPATH": paths})
    child = int(process.stdout.readline())
    wait_until_gone(child)
    process.wait()
    assert (repo_dir / "ended").exists()
    (run,) = runs(repo_dir)
    assert run.tip is not None
    assert run.status is Status.CRASHED
    assert points(repo_dir, run) == [("x", 0, 0)]
    assert list_journals(open_repository(repo_dir).private_dir) == []


def test_run_and_command_killed_keep_every_point(repo_dir, script):
    process = script(FOREVER, *XP_RUN)
    child = int(process.stdout.readline())
    assert process.stdout.readline() == "logged\n"
    process.kill()
    process.wait()
    os.kill(child, signal.SIGKILL)
    wait_until_gone(child)
    assert recover(repo_dir) == [Recovery.RECORDED]
    (run,) = runs(repo_dir)
    assert run.status is Status.CRASHED
    assert run.metrics["x"].count > 100


def test_recoveries_at_once_record_a_dead_run_once(repo_dir, git, script):
    process = script(FOREVER)
    process.stdout.readline()
    process.stdout.readline()
    process.kill()
    process.wait()
    command = [sys.executable, "-m", "gitxp", "recover"]
    recoveries = [
        subprocess.Popen(command, cwd=repo_dir, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    said = [recovery.communicate()[0] for recovery in recoveries]
    assert sum("recorded" in words for words in said) == 1
    assert [recovery.returncode for recovery in recoveries] == [0] * 4
    (run,) = runs(repo_dir)
    found = points(repo_dir, run)
    assert found == [("x", step, step) for step in range(len(found))]
    parents = git("rev-list", "--first-parent", "--count", run.tip, cwd=repo_dir)
    assert parents.strip() == "2"
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_each_process_under_run_joins_once_and_then_has_children(repo_dir, script):
    child = (
        "import gitxp\n"
        "with gitxp.start_run('inner', 'named', tags={'who': WHO}) as run:\n"
        "    run.log({f'first/{WHO}': 1}, step=0)\n"
        "with gitxp.start_run('inner', 'named') as run:\n"
        "    run.log({'second': WHO}, step=0)\n"
    )
    launcher = (
        "import subprocess, sys\n"
        f"code = {child!r}\n"
        "ranks = [subprocess.Popen([sys.executable, '-c', f'WHO = {who}\\n' + code])"
        " for who in range(3)]\n"
        "assert [rank.wait() for rank in ranks] == [0] * 3\n"
    )
    process = script(launcher, *XP_RUN)
    assert process.wait() == 0
    outer, *children = sorted(runs(repo_dir), key=lambda run: run.parent is not None)
    assert (outer.experiment, outer.name, outer.status) == ("outer", "", Status.FINISHED)
    assert set(outer.metrics) == {"first/0", "first/1", "first/2"}
    assert len(outer.sessions[-1].writers) == 4
    assert [(run.experiment, run.name, run.parent) for run in children] == [
        ("inner", "named", outer.id)
    ] * 3
    assert sorted(run.metrics["second"].last.value for run in children) == [0, 1, 2]


def test_run_of_another_repository_does_not_join(repo_dir, tmp_path, git, script):
    other = tmp_path / "other"
    git("clone", "--quiet", str(repo_dir), str(other), cwd=tmp_path)
    inner = f"import gitxp\nwith gitxp.start_run('there', repo={str(other)!r}): pass\n"
    assert script(inner, *XP_RUN).wait() == 0
    assert [run.experiment for run in runs(repo_dir)] == ["outer"]
    (there,) = runs(other)
    assert (there.experiment, there.parent) == ("there", None)


def test_list_shows_a_run_as_running_while_one_of_its_processes_lives(repo_dir, script):
    process = script(FOREVER, *XP_RUN)
    child = int(process.stdout.readline())
    process.stdout.readline()
    process.kill()
    process.wait()
    try:
        listed = subprocess.run(
            [sys.executable, "-m", "gitxp", "list", "--json"],
            cwd=repo_dir,
            check=True,
            capture_output=True,
        )
        assert [row["status"] for row in json.loads(listed.stdout)] == ["running"]
    finally:
        os.kill(child, signal.SIGKILL)
