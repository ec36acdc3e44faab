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


def push(git, repo_dir) -> None:
    """Push what is committed to a server, without its large files."""
    server = str(repo_dir.parent / "server.git")
    git("init", "--quiet", "--bare", server, cwd=repo_dir)
    git("remote", "add", "origin", server, cwd=repo_dir)
    git("push", "--quiet", "--no-verify", "origin", "HEAD:main", cwd=repo_dir)


def test_object_of_the_base_is_looked_for_by_a_deep_look(run, repo_dir, git):
    path = stored(git, repo_dir, run, "same.bin")
    path.chmod(0o644)
    path.write_bytes(b"x" * 8000)
    assert failures() == []
    (flaw,) = checked(is_deep=True).failures
    assert flaw.what.startswith("a file of its code: its Git LFS object ")
    assert flaw.hint == f"rm {path} && git lfs fetch --all"
    push(git, repo_dir)
    path.unlink()
    assert failures(is_deep=True) == []
    assert notes(is_deep=True) == ["Git LFS files of its code that are not here: 1"]


@pytest.mark.parametrize("is_deep", [False, True])
@pytest.mark.parametrize("is_clean", [False, True])
def test_lost_object_of_code_that_no_remote_has_fails_at_home(
    run, repo_dir, git, is_deep, is_clean
):
    if is_clean:
        git("add", "--all", cwd=repo_dir)
        git("commit", "--quiet", "--message=all", cwd=repo_dir)
        with gitxp.start_run("clean", snapshot="each"):
            pass
    assert failures(is_deep=is_deep) == []
    lost = stored(git, repo_dir, run, "same.bin")
    for path in [*(repo_dir / ".git").rglob(lost.name)]:
        path.unlink()
    done = checked(is_deep=is_deep)
    assert [flaw.what for flaw in done.failures] == [
        f"'same.bin' of its code (8000 bytes, {lost.name}) is not here"
    ] * (1 + is_clean)
    assert done.notes == ()
    assert checked(is_deep=is_deep, home="0" * 32).failures == ()
    push(git, repo_dir)
    again = checked(is_deep=is_deep)
    # Of the newer commit the remote has all.
    assert again.failures == ()
    assert len(again.notes) == is_deep * (1 + is_clean)


def test_of_many_lost_objects_some_are_named(run, repo_dir, git):
    for number in range(9):
        (repo_dir / f"{number}.bin").write_bytes(b"%d" % number * 1000)
    git("add", "--all", cwd=repo_dir)
    git("commit", "--quiet", "--message=many", cwd=repo_dir)
    with gitxp.start_run("many", snapshot="each"):
        pass
    lose_large_files(repo_dir)
    told = [flaw for flaw in checked().failures if "/many/" in flaw.ref]
    assert len(told) == 4
    assert told[0].what.startswith("'0.bin' of its code (1000 bytes, ")
    assert told[-1].what == "Git LFS files of its code that are not here: 9 more"


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
    push(git, repo_dir)
    lose_large_files(repo_dir)
    assert {flaw.ref.split("/")[2] for flaw in checked().failures} == {"lr"}


def test_object_that_was_not_here_from_the_start_is_said_by_the_record(run, repo_dir):
    (repo_dir / "pointer.bin").write_bytes(encode_pointer(Pointer("1" * 64, 7)))
    with gitxp.start_run("lr", snapshot="each") as other:
        pass
    assert [left.path for left in gitxp.get_run(other.id).code.left_out] == ["pointer.bin"]
    assert checked().flaws == ()
