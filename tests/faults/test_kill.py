"""`kill -9` from start to finish: nothing that a completed call logged is lost."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitxp.model.run import Status
from gitxp.query.points import read_points
from gitxp.query.runs import find_runs
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace

SCRIPT = """
import sys
import gitxp

print("begun", flush=True)
run = gitxp.start_run("kill", params={"lr": 0.1})
print("started", flush=True)
for step in range(int(sys.argv[1])):
    run.log({"loss": 1.0 / (step + 1), "accuracy": step / 1000}, step=step)
    print(step, flush=True)
print("ending", flush=True)
run.finish()
print("done", flush=True)
"""


def start_script(repo_dir: Path, steps: int) -> subprocess.Popen[str]:
    (repo_dir.parent / "script.py").write_text(SCRIPT)
    return subprocess.Popen(
        [sys.executable, str(repo_dir.parent / "script.py"), str(steps)],
        cwd=repo_dir,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_at(process: subprocess.Popen[str], word: str, *, delay: float = 0.0) -> int:
    """Kill the script once it has printed `word`; return how many calls had returned."""
    calls = 0
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip().isdigit():
            calls = int(line) + 1
        if line.strip() == word:
            break
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().split()
    process.stdout.close()
    process.wait()
    return max([calls, *(int(one) + 1 for one in rest if one.isdigit())])


def state(repo_dir: Path, git) -> tuple[str, ...]:
    index = (repo_dir / ".git" / "index").read_bytes()  # before `git status` writes it anew
    return (
        hashlib.sha256(index).hexdigest(),
        git("status", "--porcelain=v2", "--branch", cwd=repo_dir),
        git("stash", "list", "--format=%H %gs", cwd=repo_dir),
        (repo_dir / "train.py").read_text(),
        (repo_dir / ".git" / "HEAD").read_text(),
    )


@pytest.mark.parametrize(
    ("word", "delay"),
    [
        ("begun", 0.0),
        ("begun", 0.02),
        ("begun", 0.05),
        ("started", 0.0),
        ("0", 0.0),
        ("10", 0.0),
        ("150", 0.0),
        ("ending", 0.0),
        ("ending", 0.05),
        ("ending", 0.2),
        ("done", 0.0),
    ],
)
def test_killed_run_keeps_every_point(repo_dir, git, word, delay):
    (repo_dir / "train.py").write_text("stashed\n")
    git("stash", "push", "--quiet", cwd=repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    (repo_dir / "new.py").write_text("untracked\n")
    git("status", cwd=repo_dir)
    before = state(repo_dir, git)
    is_amid = word.isdigit() or word == "started"
    calls = kill_at(start_script(repo_dir, 10**6 if is_amid else 200), word, delay=delay)
    repository = open_repository(repo_dir)
    recover_runs(repository, Workspace.open(repo_dir, {}).limits)
    found = find_runs(repository)
    assert state(repo_dir, git) == before
    assert not list((repo_dir / ".git").glob("*.lock"))
    assert not found.problems
    git("fsck", "--full", "--strict", cwd=repo_dir)
    if word == "begun" and not found.runs:
        return  # it died before `start_run` had returned
    (run,) = found.runs
    points = read_points(repository, run).to_pylist()
    losses = {point["step"]: point["value"] for point in points if point["metric"] == "loss"}
    assert len(losses) >= calls
    assert all(losses[step] == 1.0 / (step + 1) for step in range(calls))
    if is_amid:
        assert run.status is Status.CRASHED
    if word == "done":
        assert run.status is Status.FINISHED
    assert git("show", f"{run.code.commit}:new.py", cwd=repo_dir) == "untracked\n"


DIES_IN_THE_LAST_STEP = """
import os, signal, sys
import gitxp

run = gitxp.start_run("kill")
run.log({"x": 1.0}, step=0)
seen = set()

def kill_once_the_ref_stands(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith(run.id):
        seen.add("ref")
    elif seen and event in ("os.rename", "os.remove", "os.mkdir"):
        seen.add(event)
        if len(seen) > int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill_once_the_ref_stands)
run.finish()
"""


@pytest.mark.parametrize("later", [1, 2])
@pytest.mark.parametrize("is_packed", [True, False])
def test_killed_between_the_record_and_the_tidying_is_recorded_once(
    repo_dir, git, later, is_packed
):
    command = [sys.executable, "-c", DIES_IN_THE_LAST_STEP, str(later)]
    done = subprocess.run(command, cwd=repo_dir, check=False)
    assert done.returncode == -signal.SIGKILL
    if is_packed:
        git("pack-refs", "--all", cwd=repo_dir)
    (tip,) = git("for-each-ref", "--format=%(objectname)", "refs/experiments", cwd=repo_dir).split()
    repository, limits = open_repository(repo_dir), Workspace.open(repo_dir, {}).limits
    assert recover_runs(repository, limits) == []
    assert not list((repo_dir / ".git/gitxp/live").iterdir())
    (run,) = find_runs(repository).runs
    assert (run.tip, run.status, run.points) == (tip, Status.FINISHED, 1)


def test_second_recovery_finds_nothing(repo_dir):
    kill_at(start_script(repo_dir, 10**6), "5")
    repository, limits = open_repository(repo_dir), Workspace.open(repo_dir, {}).limits
    first = recover_runs(repository, limits)
    assert [one.outcome for one in first] == [Recovery.RECORDED]
    assert recover_runs(repository, limits) == []


def test_running_run_is_left_alone_and_read_while_it_runs(repo_dir):
    process = start_script(repo_dir, 10**7)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "100":
                break
        repository = open_repository(repo_dir)
        outcomes = recover_runs(repository, Workspace.open(repo_dir, {}).limits)
        assert [one.outcome for one in outcomes] == [Recovery.ALIVE]
        (run,) = find_runs(repository).runs
        assert run.status is Status.RUNNING
        assert run.metrics["loss"].count > 100
        assert read_points(repository, run).num_rows > 200
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.geteuid() != 0, reason="a PID namespace needs root")
def test_run_in_another_pid_namespace_is_not_called_dead(repo_dir):
    (repo_dir.parent / "script.py").write_text(SCRIPT)
    script = (sys.executable, str(repo_dir.parent / "script.py"), str(10**7))
    process = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child", *script],
        cwd=repo_dir,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "10":
                break
        outcomes = recover_runs(open_repository(repo_dir), Workspace.open(repo_dir, {}).limits)
        assert [one.outcome for one in outcomes] == [Recovery.ALIVE]
    finally:
        process.kill()
        process.communicate()


def test_history_may_be_rewritten_while_a_run_runs(repo_dir, git, monkeypatch):
    import gitxp

    monkeypatch.chdir(repo_dir)
    git("checkout", "--quiet", "-b", "work", cwd=repo_dir)
    with gitxp.start_run("rewrite", snapshot="each") as run:
        git("commit", "--quiet", "--amend", "--message=amended", cwd=repo_dir)
        git("checkout", "--quiet", "main", cwd=repo_dir)
        git("branch", "--quiet", "-D", "work", cwd=repo_dir)
        git("reflog", "expire", "--expire=now", "--all", cwd=repo_dir)
        git("gc", "--quiet", "--prune=now", cwd=repo_dir)
        run.log({"x": 1.0})
    recorded = gitxp.get_run(run.id)
    assert git("show", f"{recorded.code.commit}:train.py", cwd=repo_dir) == "print('training')\n"
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_recovery_on_a_full_disk_says_so_and_can_be_tried_again(repo_dir, disk, git):
    project = disk.take(repo_dir)
    calls = kill_at(start_script(project, 10**6), "150")
    disk.fill()
    repository, limits = open_repository(project), Workspace.open(project, {}).limits
    for _ in range(2):
        (failed,) = recover_runs(repository, limits)
        assert failed.outcome is Recovery.FAILED
        assert "No space left" in failed.problem
    disk.make_room()
    (done,) = recover_runs(repository, limits)
    assert done.outcome is Recovery.RECORDED
    assert done.recorded.metrics["loss"].count >= calls
    git("fsck", "--full", "--strict", cwd=project)
