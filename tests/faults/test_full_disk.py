"""A full disk while logging, snapshotting and finishing: training goes on with one warning.

Nothing is corrupted, and once there is room what was not written is.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import gitxp
from gitxp.errors import GitxpError, GitxpWarning
from gitxp.model.run import Status
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace

# At each `wait` the disk is filled, or room made on it.
TRAINING = """
import sys
import gitxp

def wait(word):
    print(word, flush=True)
    sys.stdin.readline()

run = gitxp.start_run("full", params={"lr": 0.1})
for step in range(500):
    run.log({"x": step}, step=step)
wait("fill")
for step in range(500, 1500):
    run.log({"x": step, f"new{step}": 1.0}, step=step)
run.log_params({f"p{number}": "x" * 1000 for number in range(10)})
run.log_text("x" * 10_000, "lost.txt")
run.set_tag("lost", "x" * 10_000)
wait("make room")
for step in range(1500, 2000):
    run.log({"x": step}, step=step)
run.log_text("kept", "kept.txt")
run.finish()
print("trained")
"""


@pytest.fixture
def project(disk, repo_dir, monkeypatch):
    top = disk.take(repo_dir)
    monkeypatch.chdir(top)
    yield top
    os.chdir("/")


def leave_room(disk, size: int) -> None:
    disk.fill()
    with (disk.path / "filler").open("r+b") as file:
        file.truncate(file.seek(0, 2) - size)


def recover(top: Path):
    return recover_runs(open_repository(top), Workspace.open(top, {}).limits)


def steps(run: str) -> list[int]:
    return gitxp.history(run, metrics="x")["step"].tolist()


@contextmanager
def warned() -> Iterator[list[str]]:
    """Collect what gitxp warns of."""
    told: list[str] = []
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        try:
            yield told
        finally:
            told += [str(one.message) for one in found if one.category is GitxpWarning]


def test_logging_goes_on_and_loses_only_what_was_logged_meanwhile(disk, project, git):
    status, said, complaint = disk.fill_amid(TRAINING)
    assert (status, said) == (0, "trained\n"), complaint
    assert complaint.count("GitxpWarning") == 1, complaint
    assert "No space left" in complaint or "the disk is full" in complaint
    run = gitxp.get_run("@")
    assert run.status is Status.FINISHED
    kept = steps(run.id)
    assert kept == sorted(set(kept))
    assert {*range(500), *range(1500, 2000)} <= set(kept)
    assert len(kept) < 2000
    assert (run.params["lr"], [one.path for one in run.artifacts]) == (0.1, ["kept.txt"])
    assert run.failures > 0
    git("fsck", "--full", "--strict", cwd=project)


@pytest.mark.parametrize("staged", [False, True], ids=["plain", "by the index"])
def test_snapshot_that_finds_no_room_does_not_take_that_of_the_journal(disk, project, git, staged):
    (project / "large.py").write_bytes(os.urandom(300_000))
    if staged:
        (project / "staged.py").write_text("staged\n")
        git("add", "staged.py", cwd=project)
    leave_room(disk, 100_000)
    with warned() as told:
        run = gitxp.start_run("full")
        run.log({"x": 1.0}, step=0)
    (words,) = told
    assert "the code is not captured" in words
    git("log", "--all", "--oneline", cwd=project)
    disk.make_room()
    with warned() as told:
        run.finish()
    assert told == []
    recorded = gitxp.get_run(run.id)
    assert (recorded.code.commit, recorded.metrics["x"].count) == (None, 1)
    assert "No space left" in recorded.code.failure or "write" in recorded.code.failure
    with gitxp.start_run("full", snapshot="each") as again:
        pass
    assert gitxp.get_run(again.id).code.commit is not None
    git("fsck", "--full", "--strict", cwd=project)


def test_submodule_that_finds_no_room_is_named_and_the_rest_is_kept(disk, project, git):
    git("init", "--quiet", "lib", cwd=project)
    git("commit", "--quiet", "--allow-empty", "--message=lib", cwd=project / "lib")
    git("-c", "advice.addEmbeddedRepo=false", "add", "lib", cwd=project)
    git("commit", "--quiet", "--message=lib", cwd=project)
    (project / "lib" / "large.py").write_bytes(os.urandom(300_000))
    (project / "train.py").write_text("edited\n")
    leave_room(disk, 200_000)
    with warned() as told:
        run = gitxp.start_run("full")
        run.finish()
    assert told == []
    code = gitxp.get_run(run.id).code
    (left,) = code.left_out
    assert left.path == "lib"
    assert "No space left" in left.reason
    assert git("show", f"{code.commit}:train.py", cwd=project) == "edited\n"
    assert not list((project / ".git/gitxp").rglob("*.bundle"))
    git("fsck", "--full", "--strict", cwd=project)


@pytest.mark.parametrize("room", [0, 1, 2, 3, 4, 6, 8, 12])
def test_record_that_finds_no_room_is_written_once_there_is(disk, project, git, room):
    (project / "train.py").write_text("edited\n")
    run = gitxp.start_run("full", params={"lr": 0.1})
    for step in range(100):
        run.log({"x": step}, step=step)
    leave_room(disk, room * 4096)
    with warned() as told:
        run.finish()
    assert len(told) == 1 if room < 4 else len(told) <= 1, told
    assert all("git xp recover" in words for words in told)
    git("fsck", "--full", "--strict", cwd=project)
    git("log", "--all", "--oneline", cwd=project)
    disk.make_room()
    assert {one.outcome for one in recover(project)} <= {Recovery.RECORDED}
    recorded = gitxp.get_run(run.id)
    assert recorded.tip is not None
    # Where there was no room even for the word that it ended, nobody can tell it from a crash.
    assert recorded.status in (Status.FINISHED, Status.CRASHED)
    assert steps(run.id) == list(range(100))
    assert recorded.params == {"lr": 0.1}
    assert git("show", f"{recorded.tip}^2:train.py", cwd=project) == "edited\n"
    git("fsck", "--full", "--strict", cwd=project)


def test_run_that_could_not_say_its_end_is_recorded_while_its_process_lives_on(disk, project):
    run = gitxp.start_run("full", params={"lr": 0.1})
    run.log({"x": 1.0}, step=0)
    leave_room(disk, 0)
    (lines,) = project.glob(f".git/gitxp/**/{run.id}/*.jsonl")
    with pytest.raises(OSError, match="No space"), lines.open("ab", buffering=0) as file:
        while True:  # the rest of its last block, too
            file.write(b"\n")
    assert gitxp.get_run(run.id).status is Status.RUNNING
    with warned() as told:
        run.finish()
    assert len(told) == 1, told
    disk.make_room()
    assert [one.outcome for one in recover(project)] == [Recovery.RECORDED]
    assert gitxp.get_run(run.id).status is Status.CRASHED
    assert steps(run.id) == [0]


def test_start_on_a_full_disk_leaves_nothing_that_git_stumbles_over(disk, project, git):
    (project / "train.py").write_text("edited\n")
    for room in range(8):
        leave_room(disk, room * 4096)
        with warned() as told:
            try:
                gitxp.start_run("full", snapshot="each").finish()
            except GitxpError as error:
                assert error.slug in ("journal-failed", "git-failed")  # noqa: PT017
        # One for the code, and one for the record.
        assert len(told) <= 2, told
        git("fsck", "--full", "--strict", cwd=project)
        git("for-each-ref", cwd=project)
        disk.make_room()
        assert {one.outcome for one in recover(project)} <= {Recovery.RECORDED}
    git("gc", "--quiet", "--prune=now", cwd=project)
