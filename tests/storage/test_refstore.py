"""Refs change all together, never without a line in the log, and not at all if that fails."""

from __future__ import annotations

import os
import threading
import time

import pytest

from gitxp.errors import RefChanged
from gitxp.storage.operations import RefChange, read_operations
from gitxp.storage.refstore import change_refs, list_refs, read_ref
from gitxp.storage.repository import open_repository

HERE, THERE = "refs/gitxp/trash/here", "refs/gitxp/trash/there"


@pytest.fixture
def repository(repo_dir):
    return open_repository(repo_dir)


@pytest.fixture
def commit(repo_dir, git):
    return git("rev-parse", "HEAD", cwd=repo_dir).strip()


def test_many_refs_change_at_once(repository, commit):
    changes = [RefChange(f"refs/gitxp/trash/{number}", None, commit) for number in range(2000)]
    operation = change_refs(repository, changes, command="test")
    assert len(list_refs(repository, "refs/gitxp/")) == 2000
    assert read_operations(repository.private_dir) == [operation]
    back = [RefChange(change.ref, commit, None) for change in changes]
    change_refs(repository, back, command="test")
    assert list_refs(repository, "refs/gitxp/") == {}


def test_ref_is_read_wherever_it_stands(repository, repo_dir, git, commit):
    assert read_ref(repository, HERE) is None
    change_refs(repository, [RefChange(HERE, None, commit)], command="test")
    assert read_ref(repository, HERE) == commit
    git("symbolic-ref", THERE, HERE, cwd=repo_dir)
    assert read_ref(repository, THERE) == commit
    git("pack-refs", "--all", cwd=repo_dir)
    assert not (repo_dir / ".git" / HERE).exists()
    assert read_ref(repository, HERE) == commit
    for noise in ("", "\0" * 41, "noise\n"):
        (repo_dir / ".git" / THERE).write_text(noise)
        assert read_ref(repository, THERE) is None


@pytest.mark.parametrize("count", [2, 5000])
def test_one_ref_that_moved_stops_all_and_leaves_no_line(repository, commit, count):
    change_refs(repository, [RefChange(HERE, None, commit)], command="test")
    changes = [RefChange(f"refs/gitxp/trash/{number}", None, commit) for number in range(count)]
    with pytest.raises(RefChanged, match="reference already exists"):
        change_refs(repository, [*changes, RefChange(HERE, None, commit)], command="second")
    assert list_refs(repository, "refs/gitxp/") == {HERE: commit}
    assert [one.command for one in read_operations(repository.private_dir)] == ["test"]


def test_refs_that_cannot_be_logged_are_not_changed(repository, repo_dir, commit):
    (repo_dir / ".git/gitxp/operations.jsonl").mkdir(parents=True)
    changes = [RefChange(HERE, None, commit), RefChange(THERE, None, commit)]
    with pytest.raises(IsADirectoryError):
        change_refs(repository, changes, command="test")
    assert list_refs(repository, "refs/gitxp/") == {}
    assert not list((repo_dir / ".git").rglob("*.lock"))


def test_name_that_git_refuses_is_told_in_its_words(repository, commit):
    changes = [RefChange(HERE, None, commit), RefChange("refs/gitxp/a..b", None, commit)]
    with pytest.raises(RefChanged, match=r"a\.\.b"):
        change_refs(repository, changes, command="test")
    assert list_refs(repository, "refs/gitxp/") == {}


def test_lock_of_a_killed_process_does_not_hold_up_for_ever(repository, commit):
    lock = repository.common_dir / f"{HERE}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with pytest.raises(RefChanged, match="locked"):
        change_refs(repository, [RefChange(HERE, None, commit)], command="test")
    old = time.time() - 60
    os.utime(lock, (old, old))
    change_refs(repository, [RefChange(HERE, None, commit)], command="test")
    assert list_refs(repository, HERE) == {HERE: commit}
    assert not lock.exists()


def test_new_ref_has_its_line_in_the_log_before_it_stands(repository, commit):
    repository.private_dir.mkdir()
    (repository.private_dir / "operations.jsonl").mkdir()  # nothing can be appended
    with pytest.raises(OSError, match="directory"):
        change_refs(repository, [RefChange(HERE, None, commit)], command="test")
    assert list_refs(repository, HERE) == {}


def locks_of(repository, names, *, age):
    locks = [repository.common_dir / f"{name}.lock" for name in names]
    for lock in locks:
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
        os.utime(lock, (time.time() - age,) * 2)
    return locks


def test_locks_of_a_killed_git_are_waited_out_and_taken_away(repository, commit):
    locks = locks_of(repository, [HERE, THERE], age=9)
    changes = [RefChange(name, None, commit) for name in (HERE, THERE)]
    change_refs(repository, changes, command="test")
    assert list_refs(repository, "refs/gitxp/trash/") == {HERE: commit, THERE: commit}
    assert not any(lock.exists() for lock in locks)


def test_lock_of_a_living_process_is_waited_for_and_its_change_counts(repository, repo_dir, commit):
    (lock,) = locks_of(repository, [HERE], age=0)
    lock.write_text(f"{commit}\n")
    putting = threading.Timer(0.5, lock.rename, [repo_dir / ".git" / HERE])
    putting.start()
    with pytest.raises(RefChanged, match="already exists"):
        change_refs(
            repository,
            [RefChange(name, None, commit) for name in (HERE, THERE)],
            command="test",
        )
    putting.join()
    assert list_refs(repository, "refs/gitxp/trash/") == {HERE: commit}
