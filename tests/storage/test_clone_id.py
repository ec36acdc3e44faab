"""The id of a clone: one for all processes, and no halves beside it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gitxp.storage.clone import clone_id, known_clone_id
from gitxp.storage.repository import open_repository

ASK = (
    "from gitxp.storage.clone import clone_id\n"
    "from gitxp.storage.repository import open_repository\n"
    "print(clone_id(open_repository()))"
)


def test_processes_that_ask_at_once_are_told_one_id(repo_dir):
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", ASK], cwd=repo_dir, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    told = {process.communicate()[0] for process in asking}
    assert len(told) == 1
    private = open_repository(repo_dir).private_dir
    assert told == {f"{known_clone_id(private)}\n"}
    assert len([path for path in private.iterdir() if path.is_file()]) == 1


def test_full_disk_leaves_nothing_of_an_id(disk, repo_dir):
    repository = open_repository(disk.take(repo_dir))
    disk.fill()
    with pytest.raises(OSError, match="No space left"):
        clone_id(repository)
    assert not [path for path in repository.private_dir.rglob("*") if path.is_file()]
    disk.make_room()
    assert clone_id(repository) == clone_id(repository) == known_clone_id(repository.private_dir)
