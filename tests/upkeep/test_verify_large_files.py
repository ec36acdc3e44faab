"""Git LFS files of code: what a snapshot alone has must be here, of the rest a server knows."""

from __future__ import annotations

import os
import shutil

import pytest
from by_hand import checked, failures, lose_large_files, notes

import gitxp
from gitxp.storage.codecs.pointer import Pointer, encode_pointer

pytestmark = pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")


@pytest.fixture
def run(repo_dir, git, monkeypatch):
    """A run of code with a committed, an edited and a new Git LFS file."""
    monkeypatch.chdir(repo_dir)
    git("lfs", "install", "--local", cwd=repo_dir)
    (repo_dir / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    for name in ("same.bin", "edited.bin"):
        (repo_dir / name).write_bytes(name.encode() * 1000)
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=large", cwd=repo_dir)
    (repo_dir / "edited.bin").write_bytes(b"edited" * 1000)
    (repo_dir / "new.bin").write_bytes(b"new" * 1000)
    with gitxp.start_run("lr") as run:
        pass
    return run


def stored(git, repo_dir, run, name: str):
    """Return where the object of a file lies."""
    revision = f"refs/experiments/lr/{run.id}^2:{name}"
    digest = git("show", revision, cwd=repo_dir).partition("sha256:")[2].split()[0]
    return repo_dir / ".git/lfs/objects" / digest[:2] / digest[2:4] / digest


def test_what_differs_from_the_base_is_read_and_a_deep_look_reads_all(run):
    done = checked()
    assert (done.flaws, done.files, done.file_bytes) == ((), 2, 9000)
    done = checked(is_deep=True)
    assert (done.flaws, done.files, done.file_bytes) == ((), 3, 17000)


@pytest.mark.parametrize("name", ["edited.bin", "new.bin"])
def test_absent_object_of_a_snapshot_fails_only_at_home(run, repo_dir, git, name):
    path = stored(git, repo_dir, run, name)
    path.unlink()
    assert failures() == []  # the run itself keeps it for a while
    for kept in (repo_dir / ".git/gitxp").rglob(path.name):
        kept.unlink()
    (what,) = failures()
    assert what.startswith(f"{name!r} of its code (")
    assert what.endswith("is not here")
    done = checked(home="0" * 32)
    assert done.failures == ()
    assert [flaw.what for flaw in done.notes] == [what]
    assert done.notes[0].hint == "git lfs fetch --all"


@pytest.mark.parametrize("home", ["", "0" * 32])
def test_damaged_object_of_a_snapshot_fails_everywhere(run, repo_dir, git, home):
    path = stored(git, repo_dir, run, "edited.bin")
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"\0")
    (what,) = failures(home=home)
    assert what.startswith("'edited.bin' of its code: its Git LFS object ")
    assert what.endswith("has another SHA-256")
    os.truncate(path, 10)
    (what,) = failures()
    assert what.endswith("its Git LFS object has 10 bytes: expected 6000")


def test_object_of_the_base_is_looked_for_by_a_deep_look(run, repo_dir, git):
    path = stored(git, repo_dir, run, "same.bin")
    path.chmod(0o644)
    path.write_bytes(b"x" * 8000)
    assert failures() == []
    (what,) = failures(is_deep=True)
    assert what.startswith("a file of its code: its Git LFS object ")
    path.unlink()
    assert failures(is_deep=True) == []
    assert notes(is_deep=True) == ["Git LFS files of its code that are not here: 1"]


def test_file_that_only_looks_like_a_pointer_is_a_file(run, repo_dir):
    (repo_dir / "pointer.txt").write_bytes(encode_pointer(Pointer("1" * 64, 7)))
    with gitxp.start_run("lr", snapshot="each"):
        pass
    assert checked().flaws == ()


def test_pruned_object_of_a_clean_commit_is_the_servers(run, repo_dir, git):
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=all", cwd=repo_dir)
    with gitxp.start_run("other", snapshot="each"):
        pass
    lose_large_files(repo_dir)
    assert {flaw.ref.split("/")[2] for flaw in checked().failures} == {"lr"}


def test_object_that_was_not_here_from_the_start_is_said_by_the_record(run, repo_dir):
    (repo_dir / "pointer.bin").write_bytes(encode_pointer(Pointer("1" * 64, 7)))
    with gitxp.start_run("lr", snapshot="each") as other:
        pass
    assert [left.path for left in gitxp.get_run(other.id).code.left_out] == ["pointer.bin"]
    assert checked().flaws == ()
