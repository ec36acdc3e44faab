"""On a file system that shares blocks, an artifact takes no room beside the file that it is of."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

import gitxp
from gitxp.artifacts.lfs import object_path
from gitxp.storage.repository import open_repository

MEBIBYTE = 1 << 20
SIZE = 32 * MEBIBYTE


@pytest.fixture
def shared_dir(tmp_path, repo_dir):
    """The repository on a Btrfs of its own; tests that may not mount one are skipped."""
    image, mount = tmp_path / "image", tmp_path / "btrfs"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(256 * MEBIBYTE)
    if not shutil.which("mkfs.btrfs"):
        pytest.skip("needs btrfs-progs")
    subprocess.run(["mkfs.btrfs", "--quiet", image], check=True, capture_output=True)
    command = ["mount", "-o", "loop", image, mount]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting is refused")
    yield shutil.copytree(repo_dir, mount / "project")
    subprocess.run(["umount", "--lazy", mount], check=True)


def used(folder) -> int:
    subprocess.run(["sync", "--file-system", folder], check=True)
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def test_artifact_shares_its_blocks_and_keeps_what_it_was(shared_dir, monkeypatch):
    monkeypatch.chdir(shared_dir)
    source = shared_dir / "model.bin"
    content = os.urandom(SIZE)
    source.write_bytes(content)
    before = used(shared_dir)
    with gitxp.start_run("lr", snapshot="off") as run:
        run.log_artifact("model.bin")
    assert used(shared_dir) - before < SIZE / 4
    (artifact,) = gitxp.get_run(run.id).artifacts
    kept = object_path(open_repository().common_dir, artifact.oid)
    with source.open("r+b") as file:
        file.write(b"other")
    assert kept.read_bytes() == content


def test_copy_where_nothing_is_shared_takes_its_room(shared_dir):
    """Else the measure above would tell nothing."""
    source = shared_dir / "model.bin"
    source.write_bytes(os.urandom(SIZE))
    before = used(shared_dir)
    (shared_dir / "copy.bin").write_bytes(source.read_bytes())
    assert used(shared_dir) - before >= SIZE
