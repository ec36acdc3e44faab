"""Code is told as kept only where a ref keeps it from `git gc`."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.errors import RefChanged
from gitxp.storage.refs import live_code_ref
from gitxp.storage.refstore import hold_code, read_ref
from gitxp.storage.repository import open_repository

LIMITS = SnapshotLimits(file_bytes=1 << 20, total_bytes=1 << 20, files=100)
SCRIPT = """
import sys
from gitxp.storage.refstore import hold_code
from gitxp.storage.repository import open_repository
repository = open_repository(sys.argv[1])
sys.stdin.read()
hold_code(repository, sys.argv[2])
"""
# Stops before the ref is put in place, for longer than anybody waits.
STALLING = """
import sys, time

def stall(event, arguments):
    if event == "os.rename" and str(arguments[0]).endswith(".lock"):
        print("locked", flush=True)
        time.sleep(1)

sys.addaudithook(stall)
"""


@pytest.fixture
def head(repo_dir, git):
    return git("rev-parse", "HEAD", cwd=repo_dir).strip()


@pytest.fixture
def ref(repo_dir, head):
    path = repo_dir / ".git" / live_code_ref(head)
    path.parent.mkdir(parents=True)
    return path


def capture(folder):
    repository = open_repository(folder)
    return capture_code(repository, limits=LIMITS, pack_path=repository.private_dir / "x/code.pack")


def test_lock_that_a_dead_process_left_is_taken_away(repo_dir, head, ref):
    lock = ref.with_name(f"{ref.name}.lock")
    lock.touch()
    hold_code(open_repository(repo_dir), head)
    assert ref.read_text() == f"{head}\n"
    assert not lock.exists()


def test_process_that_stalls_between_lock_and_rename_loses_nothing(repo_dir, head, ref):
    stalling = subprocess.Popen(
        [sys.executable, "-c", STALLING + SCRIPT, str(repo_dir), head],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    stalling.stdin.close()
    assert stalling.stdout.readline() == b"locked\n"
    hold_code(open_repository(repo_dir), head)
    assert ref.read_text() == f"{head}\n"
    stalling.stdout.close()
    assert stalling.wait() == 0
    assert ref.read_text() == f"{head}\n"
    assert [path.name for path in ref.parent.iterdir()] == [head]


def test_lock_that_cannot_be_taken_away_is_a_failure_and_no_promise(repo_dir, head, ref):
    lock = ref.with_name(f"{ref.name}.lock")
    lock.mkdir()
    with pytest.raises(RefChanged, match="locked by another process"):
        hold_code(open_repository(repo_dir), head)
    code = capture(repo_dir)
    assert code.commit is None
    assert "nothing keeps the code from git gc" in code.failure
    lock.rmdir()
    assert capture(repo_dir).commit == head


def test_lock_on_a_dirty_snapshot_is_told_too(repo_dir, git):
    (repo_dir / "train.py").write_text("edited\n")
    commit = capture(repo_dir).commit
    path = repo_dir / ".git" / live_code_ref(commit)
    path.unlink()
    path.with_name(f"{path.name}.lock").mkdir()
    code = capture(repo_dir)
    assert (code.commit, code.tree, code.dirty, code.branch) == (None, None, True, "main")
    assert "locked" in code.failure


@pytest.mark.parametrize("place", ["refs/gitxp", "refs/gitxp/live"])
def test_ref_in_the_place_of_the_folder_is_a_failure(repo_dir, head, place):
    path = repo_dir / ".git" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{head}\n")
    code = capture(repo_dir)
    assert code.commit is None
    assert "needs a folder" in code.failure
    assert path.read_text() == f"{head}\n"


@pytest.mark.parametrize("content", ["", "not an id\n", "1" * 40 + "\n"])
def test_ref_that_holds_something_else_is_a_failure(repo_dir, head, ref, content):
    ref.write_text(content)
    with pytest.raises(RefChanged, match="exists already"):
        hold_code(open_repository(repo_dir), head)
    assert ref.read_text() == content


def test_packed_ref_is_held_and_made_again(repo_dir, head, git):
    repository = open_repository(repo_dir)
    hold_code(repository, head)
    git("pack-refs", "--all", "--prune", cwd=repo_dir)
    hold_code(repository, head)
    assert read_ref(repository, live_code_ref(head)) == head
    git("fsck", "--strict", cwd=repo_dir)


def test_packed_ref_beside_a_lock_still_holds(repo_dir, head, git):
    repository = open_repository(repo_dir)
    hold_code(repository, head)
    git("pack-refs", "--all", "--prune", cwd=repo_dir)
    path = repo_dir / ".git" / live_code_ref(head)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(f"{path.name}.lock").touch()
    hold_code(repository, head)


def test_process_between_lock_and_rename_is_waited_for(repo_dir, head, ref):
    lock = ref.with_name(f"{ref.name}.lock")
    lock.write_text(f"{head}\n")

    def finish() -> None:
        time.sleep(0.05)
        lock.rename(ref)

    other = threading.Thread(target=finish)
    other.start()
    hold_code(open_repository(repo_dir), head)
    other.join()
    assert ref.read_text() == f"{head}\n"


def test_many_processes_at_once_all_hold(repo_dir, head, git):
    command = [sys.executable, "-c", SCRIPT, str(repo_dir), head]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(6)
    ]
    with ThreadPoolExecutor(len(processes)) as pool:  # they begin when their input ends
        ended = list(pool.map(lambda process: process.communicate(b""), processes))
    assert [process.returncode for process in processes] == [0] * 6, ended
    assert git("rev-parse", live_code_ref(head), cwd=repo_dir).strip() == head
    assert not list((repo_dir / ".git/refs").rglob("*.lock"))
