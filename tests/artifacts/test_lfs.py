import os
import shutil
import subprocess

import pytest

from gitxp.artifacts.lfs import object_path, place_object
from gitxp.errors import InvalidValue
from gitxp.storage.codecs.pointer import decode_pointer, encode_pointer

needs_git_lfs = pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(os.urandom(2_500_000))
    return path


@needs_git_lfs
def test_pointer_is_the_one_that_git_lfs_writes(repo_dir, source, git):
    pointer = place_object(source, repo_dir / ".git")
    command = ["git", "lfs", "pointer", f"--file={source}"]
    written = subprocess.run(command, cwd=repo_dir, capture_output=True, check=True).stdout
    assert encode_pointer(pointer) == written
    assert decode_pointer(written) == pointer


@needs_git_lfs
@pytest.mark.parametrize("configured", ["", "big/files", "absolute"])
def test_object_is_where_git_lfs_puts_and_finds_it(repo_dir, source, git, tmp_path, configured):
    configured = str(tmp_path / "store") if configured == "absolute" else configured
    if configured:
        git("config", "lfs.storage", configured, cwd=repo_dir)
    common = repo_dir / ".git"
    pointer = place_object(source, common, configured)
    placed = object_path(common, pointer.digest, configured)
    assert placed.read_bytes() == source.read_bytes()

    with source.open("rb") as content:
        clean = ["git", "lfs", "clean"]
        written = subprocess.run(
            clean, cwd=repo_dir, stdin=content, capture_output=True, check=True
        ).stdout
    smudged = subprocess.run(
        ["git", "lfs", "smudge"], cwd=repo_dir, input=written, capture_output=True, check=True
    ).stdout
    assert smudged == source.read_bytes()
    objects = [path for path in placed.parents[2].rglob("*") if path.is_file()]
    assert objects == [placed]


@needs_git_lfs
def test_committed_pointer_passes_the_check_of_git_lfs(repo_dir, source, git):
    pointer = place_object(source, repo_dir / ".git")
    (repo_dir / ".gitattributes").write_text("*.pt filter=lfs diff=lfs merge=lfs -text\n")
    (repo_dir / "model.pt").write_bytes(encode_pointer(pointer))
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=model", cwd=repo_dir)
    assert "OK" in git("lfs", "fsck", cwd=repo_dir)
    object_path(repo_dir / ".git", pointer.digest).write_bytes(b"damaged")
    assert "OK" not in git("lfs", "fsck", "--dry-run", cwd=repo_dir, check=False)


@needs_git_lfs
def test_object_has_the_mode_that_git_lfs_gives(repo_dir, source, tmp_path):
    ours = place_object(source, tmp_path)
    with source.open("rb") as content:
        subprocess.run(
            ["git", "lfs", "clean"], cwd=repo_dir, stdin=content, capture_output=True, check=True
        )
    theirs = object_path(repo_dir / ".git", ours.digest)
    assert object_path(tmp_path, ours.digest).stat().st_mode == theirs.stat().st_mode


def test_object_that_is_there_already_is_left_alone(tmp_path, source):
    placed = object_path(tmp_path, place_object(source, tmp_path).digest)
    before = placed.stat()
    place_object(source, tmp_path)
    assert placed.stat().st_ino == before.st_ino
    assert not any((tmp_path / "lfs/tmp").iterdir())


def test_object_that_was_cut_short_is_written_again(tmp_path, source):
    placed = object_path(tmp_path, place_object(source, tmp_path).digest)
    placed.write_bytes(b"short")
    place_object(source, tmp_path)
    assert placed.read_bytes() == source.read_bytes()


def test_missing_file_leaves_nothing_behind(tmp_path):
    with pytest.raises(InvalidValue, match="does not exist"):
        place_object(tmp_path / "none", tmp_path)
    assert not any((tmp_path / "lfs/tmp").iterdir())


@pytest.mark.parametrize(
    ("oid", "size"),
    [("../" * 21 + "x", "1"), ("0" * 63, "1"), ("0" * 64 + "/..", "1"), ("A" * 64, "1"),
     ("0" * 64, "-1"), ("0" * 64, str(1 << 63)), ("0" * 64, "9" * 800), ("0" * 64, "1 http://evil")],
)  # fmt: skip
def test_what_is_no_digest_and_no_size_is_no_pointer(oid, size):
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n"
    assert decode_pointer(text.encode()) is None
