"""A `.git` that cannot be written: the run is kept in the fallback folder, and brought home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from gitxp.errors import GitxpWarning
from gitxp.model.run import Status
from gitxp.storage.clone import clone_id
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace

SCRIPT = """
import os, signal, sys
import gitxp

run = gitxp.start_run("away", params={"lr": 0.1})
run.log({"x": 1.0}, step=0)
run.log_text("kept", "a.txt")
if sys.argv[1] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
run.finish()
second = gitxp.start_run("away")
second.finish()
"""


@pytest.fixture
def project(disk, repo_dir, monkeypatch):
    """A repository with edits of every kind, on a disk that is read-only."""
    top = disk.take(repo_dir)
    (top / "train.py").write_text("edited\n")
    (top / "new.py").write_text("untracked\n")
    monkeypatch.chdir(top)
    yield top
    os.chdir("/")


def recover(top: Path):
    return recover_runs(open_repository(top), Workspace.open(top, {}).limits)


def run_script(top: Path, ending: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, ending]
    return subprocess.run(command, cwd=top, capture_output=True, text=True, check=False)


def code_is_that_of(top: Path, run: gitxp.Run, git) -> bool:
    again = top.parent.parent / f"again-{run.id}"
    git("worktree", "add", "--quiet", "--detach", str(again), f"{run.tip}^2", cwd=top)
    names = sorted(path.name for path in again.iterdir() if path.name != ".git")
    return names == ["README.md", "new.py", "train.py"] and all(
        (again / name).read_bytes() == (top / name).read_bytes() for name in names
    )


@pytest.mark.parametrize("staged", [False, True], ids=["plain", "by the index"])
@pytest.mark.parametrize("ending", ["finish", "kill"])
def test_run_in_a_read_only_repository_is_brought_home(disk, project, git, ending, staged):
    if staged:
        git("add", "new.py", cwd=project)
    disk.set_read_only(True)
    done = run_script(project, ending)
    assert done.returncode == (-signal.SIGKILL if ending == "kill" else 0)
    assert done.stderr.count("GitxpWarning") == (1 if ending == "kill" else 2)
    assert "git xp recover" in done.stderr
    count = 1 if ending == "kill" else 2
    status = Status.CRASHED if ending == "kill" else Status.FINISHED
    shown = gitxp.runs()
    assert shown["status"].tolist() == [status] * count
    assert {one.outcome for one in recover(project)} == {Recovery.READ_ONLY}
    disk.set_read_only(False)
    outcomes = recover(project)
    assert [one.outcome for one in outcomes] == [Recovery.RECORDED] * count
    repository = open_repository(project)
    assert not list_journals(repository.fallback_dir)
    found = [gitxp.get_run(one.run) for one in outcomes]
    first = min(found, key=lambda run: run.started)
    assert (first.params, first.metrics["x"].count, first.status) == ({"lr": 0.1}, 1, status)
    assert [one.path for one in first.artifacts] == ["a.txt"]
    assert {run.home for run in found} == {clone_id(repository)}
    assert all(code_is_that_of(project, run, git) for run in found)
    git("fsck", "--full", "--strict", cwd=project)
    assert recover(project) == []


def test_clean_tree_needs_no_pack(disk, project, git):
    git("add", "--all", cwd=project)
    git("commit", "--quiet", "--message=all", cwd=project)
    disk.set_read_only(True)
    with pytest.warns(GitxpWarning, match="cannot be written"), gitxp.start_run("away") as run:
        pass
    disk.set_read_only(False)
    assert [one.outcome for one in recover(project)] == [Recovery.RECORDED]
    assert gitxp.get_run(run.id).code.commit == git("rev-parse", "HEAD", cwd=project).strip()


def test_live_run_stays_away_until_it_ends(disk, project):
    disk.set_read_only(True)
    with pytest.warns(GitxpWarning, match="cannot be written"), gitxp.start_run("away") as run:
        disk.set_read_only(False)
        assert [one.outcome for one in recover(project)] == [Recovery.ALIVE]
        assert gitxp.get_run(run.id).status is Status.RUNNING
        run.log({"x": 1.0}, step=0)
    assert [one.outcome for one in recover(project)] == [Recovery.RECORDED]
    assert gitxp.get_run(run.id).metrics["x"].count == 1


def test_base_that_vanished_is_told_in_place_of_the_code(disk, project, git):
    git("commit", "--quiet", "--all", "--message=will be gone", cwd=project)
    disk.set_read_only(True)
    with pytest.warns(GitxpWarning, match="cannot be written"), gitxp.start_run("away") as run:
        run.log({"x": 1.0}, step=0)
    disk.set_read_only(False)
    git("reset", "--quiet", "--hard", "HEAD~1", cwd=project)
    git("reflog", "expire", "--expire=now", "--all", cwd=project)
    git("gc", "--quiet", "--prune=now", cwd=project)
    assert [one.outcome for one in recover(project)] == [Recovery.RECORDED]
    recorded = gitxp.get_run(run.id)
    assert (recorded.code.commit, recorded.metrics["x"].count) == (None, 1)
    assert "is gone since" in recorded.code.failure
    git("fsck", "--full", "--strict", cwd=project)
    git("gc", "--quiet", "--prune=now", cwd=project)


def test_commands_that_read_work_in_a_read_only_repository(disk, project):
    with gitxp.start_run("here", "first") as run:
        run.log({"x": 1.0}, step=0)
    disk.set_read_only(True)
    for words in (["list"], ["show", "@"], ["metrics", "first"], ["diff", "@", "@"]):
        command = [sys.executable, "-m", "gitxp", *words]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), words
    with pytest.warns(GitxpWarning, match="cannot be written"), gitxp.start_run("away") as away:
        pass
    command = [sys.executable, "-m", "gitxp", "recover"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 128
    assert "Read-only file system" in done.stderr
    assert set(gitxp.runs().index) == {run.id, away.id}


def test_recovery_killed_between_copy_and_removal_records_once(disk, project, git):
    import shutil

    disk.set_read_only(True)
    with pytest.warns(GitxpWarning, match="cannot be written"), gitxp.start_run("away") as run:
        run.log({"x": 1.0}, step=0)
    disk.set_read_only(False)
    repository = open_repository(project)
    kept = project.parent.parent / "kept"
    shutil.copytree(run.writer.folder, kept)
    home = repository.private_dir / "live" / run.id
    shutil.copytree(kept, home)
    assert [one.outcome for one in recover(project)] == [Recovery.RECORDED]
    assert not run.writer.folder.exists()
    assert len(gitxp.get_run(run.id).sessions) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="running as another user needs root")
def test_repository_of_somebody_else_is_left_alone(disk, project, git):
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    home = disk.path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    (home / ".gitconfig").write_text(f"[safe]\n\tdirectory = {project}\n")
    for folder in (project, *project.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
        if folder == Path("/tmp"):
            break
    environment = {**os.environ, "HOME": str(home)}
    command = [*nobody, sys.executable, "-c", SCRIPT, "finish"]
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    if "Permission denied" in done.stderr and "site-packages" in done.stderr:
        pytest.skip("another user may not read this Python")
    assert done.returncode == 0, done.stderr
    assert not (project / ".git/gitxp").exists()
    assert len(list(home.glob(".local/state/gitxp/*/live/*"))) == 2


def test_lock_files_come_home_with_the_run(disk, project, git):
    (project / ".git/info/exclude").write_text("requirements.txt\n")
    (project / "requirements.txt").write_text("numpy==2.0.0\n")
    disk.set_read_only(True)
    assert run_script(project, "kill").returncode == -signal.SIGKILL
    disk.set_read_only(False)
    (outcome,) = recover(project)
    ref = f"refs/experiments/away/{outcome.run}"
    assert git("show", f"{ref}:lock-files/requirements.txt", cwd=project) == "numpy==2.0.0\n"
    (told,) = gitxp.get_run(outcome.run).environment["lock_files"]
    assert (told["path"], told["in_code"]) == ("requirements.txt", False)
