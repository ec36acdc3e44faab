"""No file descriptors, no larger files: training goes on, and nothing is lost for good."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gitxp
from gitxp.model.run import Status
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace

LIMITED = """
import os, resource, sys
import gitxp
from gitxp.errors import GitxpError

def limit(kind, value):
    resource.setrlimit(kind, (value, resource.getrlimit(kind)[1]))

def no_files():
    limit(resource.RLIMIT_NOFILE, len(os.listdir("/proc/self/fd")) - 1)

def many_files():
    limit(resource.RLIMIT_NOFILE, 256)

"""
LOGGING = """
run = gitxp.start_run("limits")
run.log({"x": 0.0}, step=0)
no_files()
for step in range(1, 100):
    run.log({"x": step, f"new{step}": 1.0}, step=step)
run.log_param("lr", 0.1)
for number in range(3):
    run.log_text("lost", f"{number}.txt")
many_files()
run.log_text("kept", "kept.txt")
run.finish()
"""
FINISHING = """
run = gitxp.start_run("limits")
for step in range(100):
    run.log({"x": step}, step=step)
run.log_text("kept", "kept.txt")
no_files()
run.finish()
many_files()
print("trained")
"""
STARTING = """
with gitxp.start_run("limits") as run:  # so that all modules are there
    pass
no_files()
try:
    gitxp.start_run("limits", snapshot="each")
except GitxpError as error:
    print(error.slug)
many_files()
with gitxp.start_run("limits") as run:
    run.log({"x": 1.0}, step=0)
"""
LARGE = """
run = gitxp.start_run("limits")
run.log({"x": 0.0}, step=0)
limit(resource.RLIMIT_FSIZE, run.writer.points_path.stat().st_size + 100)
for step in range(1, 50):
    run.log({"x": step}, step=step)
limit(resource.RLIMIT_FSIZE, resource.RLIM_INFINITY)
run.log({"x": 50.0}, step=50)
run.finish()
"""


def run_limited(top: Path, script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LIMITED + script]
    done = subprocess.run(command, cwd=top, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def recover(top: Path):
    return recover_runs(open_repository(top), Workspace.open(top, {}).limits)


def only_run(top: Path) -> gitxp.Run:
    project = gitxp.open(top)
    (run_id,) = project.runs().index
    return project.get_run(run_id)


def steps(top: Path, run: gitxp.Run) -> list[int]:
    return gitxp.open(top).history(run.id, metrics="x")["step"].tolist()


def test_points_are_logged_without_file_descriptors(repo_dir, git):
    done = run_limited(repo_dir, LOGGING)
    assert done.stderr.count("GitxpWarning") == 1
    run = only_run(repo_dir)
    assert run.status is Status.FINISHED
    assert steps(repo_dir, run) == list(range(100))
    assert len(run.metrics) == 100
    assert run.params == {"lr": 0.1}
    assert [one.path for one in run.artifacts] == ["kept.txt"]
    assert run.failures == 3
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_run_that_could_not_be_finished_without_file_descriptors_is_recorded_later(repo_dir, git):
    (repo_dir / "train.py").write_text("edited\n")
    done = run_limited(repo_dir, FINISHING)
    assert done.stderr.count("GitxpWarning") == 1
    assert "git xp recover" in done.stderr
    assert done.stdout == "trained\n"
    assert [one.outcome for one in recover(repo_dir)] == [Recovery.RECORDED]
    run = only_run(repo_dir)
    assert run.status is Status.FINISHED
    assert steps(repo_dir, run) == list(range(100))
    assert [one.path for one in run.artifacts] == ["kept.txt"]
    assert git("show", f"{run.tip}^2:train.py", cwd=repo_dir) == "edited\n"
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_start_without_file_descriptors_raises_and_leaves_nothing(repo_dir):
    done = run_limited(repo_dir, STARTING)
    assert done.stdout in ("git-failed\n", "journal-failed\n", "no-repository\n")
    assert len(gitxp.open(repo_dir).runs()) == 2
    assert not list_journals(open_repository(repo_dir).private_dir)


def test_file_that_may_not_grow_costs_only_what_was_logged_meanwhile(repo_dir):
    done = run_limited(repo_dir, LARGE)
    assert done.stderr.count("GitxpWarning") == 1
    assert "points are lost" in done.stderr
    run = only_run(repo_dir)
    assert run.status is Status.FINISHED
    # A hundred bytes are three more points and a torn one.
    assert steps(repo_dir, run) == [0, 1, 2, 3, 50]
