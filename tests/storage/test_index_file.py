"""An index of the usual form is read as Git reads it; any other is left to Git."""

from __future__ import annotations

import re
import struct
import subprocess

import pytest

from gitxp.storage.index_file import read_index


def told_by_git(git, folder) -> list[tuple]:
    """Return path, mode, id, stage and flags of every entry, as `git ls-files` has them."""
    answer = git("ls-files", "-v", "--stage", "-z", cwd=folder)
    found = re.findall(r"([a-zA-Z]) (\d+) ([0-9a-f]+) (\d)\t([^\0]+)\0", answer)
    return [
        (path.encode(), int(mode, 8), oid, int(stage), tag.islower(), tag in "Ss")
        for tag, mode, oid, stage, path in found
    ]


def read(folder):
    entries = read_index(folder / ".git/index")
    return entries if entries is None else [tuple(entry) for entry in entries]


def many(top, git):
    for number in range(300):
        (top / f"file{'x' * (number % 9)}{number}").write_text("content")
    git("add", "--all", cwd=top)


def flags(top, git):
    many(top, git)
    git("update-index", "--assume-unchanged", "train.py", cwd=top)
    git("update-index", "--skip-worktree", "README.md", "file0", cwd=top)
    git("update-index", "--assume-unchanged", "file0", cwd=top)
    (top / "intent").write_text("later")
    git("add", "--intent-to-add", "intent", cwd=top)


def submodule(top, git):
    head = git("rev-parse", "HEAD", cwd=top).strip()
    git("update-index", "--add", "--cacheinfo", f"160000,{head},lib", cwd=top)


def conflict(top, git):
    git("checkout", "--quiet", "-b", "other", cwd=top)
    for branch in ("other", "main"):
        git("checkout", "--quiet", branch, cwd=top)
        (top / "train.py").write_text(branch)
        git("commit", "--quiet", "--all", f"--message={branch}", cwd=top)
    git("merge", "--quiet", "other", cwd=top, check=False)


def long_names(top, git):
    oid = git("rev-parse", "HEAD:train.py", cwd=top).strip()
    for length in (0xFFE, 0xFFF, 0x1000, 0x1007):
        git("update-index", "--add", "--cacheinfo", f"100755,{oid},{'n' * length}", cwd=top)


def empty(top, git):
    git("rm", "--quiet", "--cached", "-r", ".", cwd=top)


@pytest.mark.parametrize("make", [many, flags, submodule, conflict, long_names, empty])
def test_every_entry_is_as_git_tells_it(repo_dir, git, make):
    make(repo_dir, git)
    assert read(repo_dir) == told_by_git(git, repo_dir)
    assert (read(repo_dir) == []) == (make is empty)


def split(top, git):
    git("update-index", "--split-index", cwd=top)
    (top / "new.py").write_text("new")
    git("add", "new.py", cwd=top)


def sparse(top, git):
    (top / "folder").mkdir()
    (top / "folder/a.py").write_text("a")
    git("add", "--all", cwd=top)
    git("commit", "--quiet", "--message=folder", cwd=top)
    git("sparse-checkout", "set", "--cone", "--sparse-index", cwd=top)


def version_4(top, git):
    git("update-index", "--index-version=4", cwd=top)


def large(top, git):
    oid = git("rev-parse", "HEAD:train.py", cwd=top).strip()
    lines = "".join(f"100644 {oid}\tfile{number}\n" for number in range(5000))
    command = ["git", "update-index", "--index-info"]
    subprocess.run(command, cwd=top, input=lines, text=True, check=True)


def missing(top, git):
    (top / ".git/index").unlink()


def noise(top, git):
    (top / ".git/index").write_bytes(b"DIRC" + struct.pack(">II", 2, 9) + b"\1" * 100)


@pytest.mark.parametrize("make", [split, sparse, version_4, large, missing, noise])
def test_index_of_another_form_is_left_to_git(repo_dir, git, make):
    make(repo_dir, git)
    assert read_index(repo_dir / ".git/index") is None


def test_index_that_is_cut_short_is_left_to_git(repo_dir, git):
    many(repo_dir, git)
    whole = (repo_dir / ".git/index").read_bytes()
    cut = repo_dir / "cut"
    for length in (0, 3, 11, 12, 40, 73, 75, 100, 5000):
        cut.write_bytes(whole[:length])
        assert read_index(cut) is None
