"""Large files that Git does not have yet: a snapshot costs little more than Git's own `add`."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.storage.odb.alternates import objects_beside
from gitxp.storage.repository import open_repository

MEBIBYTE = 1 << 20
CAPTURE_IN_LITTLE_MEMORY = """
import pathlib, resource, sys
from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.storage.repository import open_repository

limits = SnapshotLimits(file_bytes=1 << 30, total_bytes=1 << 30, files=10)
resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[1]), int(sys.argv[1])))
code = capture_code(open_repository(), limits=limits, pack_path=pathlib.Path(sys.argv[2]))
print(code.commit, *code.left_out)
"""
LIMITS = SnapshotLimits(file_bytes=10 << 20, total_bytes=100 << 20, files=1000)


def seconds_of_git(act: Callable[[], object]) -> float:
    """Return how long processors worked for the processes that `act` started and waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    act()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("level", [None, 9])
def test_large_new_files_are_not_compressed_at_leisure(repo_dir, git, tmp_path, level):
    if level is not None:
        for key in ("core.compression", "core.looseCompression", "pack.compression"):
            git("config", key, str(level), cwd=repo_dir)
    numbers = random.Random(0)
    lines = [f"{n},{numbers.random():.6f},{numbers.random():.3f}\n" for n in range(380_000)]
    for number in range(3):
        (repo_dir / f"table{number}.csv").write_text("".join(lines[number:]))
    repository = open_repository(repo_dir)
    index = tmp_path / "index"

    def take() -> None:
        pack = tmp_path / os.urandom(8).hex() / "code.pack"
        code = capture_code(repository, limits=LIMITS, pack_path=pack, enters_store=False)
        assert not code.failure
        assert not code.left_out

    def add(objects: Path) -> None:
        shutil.copy2(repo_dir / ".git/index", index)
        places = {"GIT_INDEX_FILE": str(index), "GIT_OBJECT_DIRECTORY": str(objects)}
        words = ["git", "-c", "core.looseCompression=1", "add", "--all"]
        subprocess.run(words, cwd=repo_dir, env=os.environ | places, check=True)

    ratios = []
    for number in range(3):
        ours = seconds_of_git(take)
        folder = tmp_path / f"objects{number}"
        folder.mkdir()
        objects = objects_beside(repo_dir / ".git/objects", folder)
        ratios.append(ours / seconds_of_git(partial(add, objects)))
    assert min(ratios) < 2.5


def test_a_large_file_is_kept_in_less_memory_than_it_has(repo_dir, git, tmp_path):
    (repo_dir / "model.bin").write_bytes(random.Random(0).randbytes(160 * MEBIBYTE))
    words = [sys.executable, "-c", CAPTURE_IN_LITTLE_MEMORY, str(120 * MEBIBYTE)]
    pack = str(tmp_path / "code.pack")
    done = subprocess.run([*words, pack], cwd=repo_dir, check=True, capture_output=True, text=True)
    commit, *left_out = done.stdout.split()
    assert not left_out
    kept = git("rev-parse", f"{commit}:model.bin", cwd=repo_dir)
    assert kept == git("hash-object", "model.bin", cwd=repo_dir)
    git("fsck", "--full", cwd=repo_dir)
