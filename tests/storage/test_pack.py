"""Packs that are made again, as when recording is tried a second time."""

from __future__ import annotations

from gitxp.storage.odb.objects import GitObject
from gitxp.storage.odb.pack import brought_in, write_pack
from gitxp.storage.repository import open_repository


def test_pack_written_again_leaves_the_one_in_the_store_whole(repo_dir, git, tmp_path):
    common_dir = open_repository(repo_dir).common_dir
    blobs = [GitObject("blob", f"{number}\n".encode() * 50) for number in range(5)]
    for blob in blobs:
        with brought_in(write_pack(tmp_path / "record.pack", [blob]), common_dir):
            pass
    for blob in blobs:
        assert git("cat-file", "blob", blob.oid, cwd=repo_dir) == blob.content.decode()
    git("fsck", "--full", "--strict", cwd=repo_dir)
