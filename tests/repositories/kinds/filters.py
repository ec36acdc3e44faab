"""Files that Git keeps otherwise than they lie on disk: filters, Git LFS, encodings, line ends."""

from __future__ import annotations

import os
import shutil

import pytest

from kinds.made import Made, commit, edited, git, run_in, scenario

# Filters.


@scenario
def clean_filter(top, request):
    git("config", "filter.shout.clean", "tr a-z A-Z", cwd=top)
    (top / ".gitattributes").write_text("*.txt filter=shout\n")
    (top / "loud.txt").write_text("first\n")
    commit(top)
    (top / "loud.txt").write_text("edited\n")
    return edited(top, differs={"loud.txt": b"EDITED\n"})


@scenario
def required_filter_missing(top, request):
    git("config", "filter.crypt.clean", "/nonexistent/program", cwd=top)
    git("config", "filter.crypt.required", "true", cwd=top)
    (top / ".gitattributes").write_text("*.py filter=crypt\n")

    def do_without():  # as a checkout must, too, where the program is not there
        git("config", "--unset", "filter.crypt.required", cwd=top)

    return edited(top, raw=("train.py", "new.py"), to_read=do_without)


def with_large_files(top):
    if shutil.which("git-lfs") is None:
        pytest.skip("Git LFS is not installed")
    git("lfs", "install", "--local", cwd=top)
    (top / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    for name in ("same.bin", "edited.bin"):
        (top / name).write_bytes(os.urandom(2000))
        os.utime(top / name, (1e9, 1e9))  # else Git has to look into it, and needs the program
    commit(top)
    for name in ("edited.bin", "new.bin"):
        (top / name).write_bytes(os.urandom(2000))


@scenario
def git_lfs(top, request):
    with_large_files(top)
    objects = top / ".git" / "lfs" / "objects"

    def objects_survive():
        # Once the run is recorded, Git LFS knows that a ref needs what the snapshot names.
        git("lfs", "prune", cwd=top)
        assert len([path for path in objects.rglob("*") if path.is_file()]) >= 3

    return edited(top, before_reading=objects_survive)


@scenario
def git_lfs_missing(top, request):
    with_large_files(top)
    programs = top.parent / "programs"
    programs.mkdir()
    for name in ("git", "sh"):
        (programs / name).symlink_to(shutil.which(name))
    raw = ("edited.bin", "new.bin")
    return edited(top, raw=raw, start=run_in(top, PATH=str(programs)))


# Line endings and encodings.


@scenario
def crlf(top, request):
    (top / "train.py").write_bytes(b"a\r\nb\r\nc\n")
    return Made(top)


@scenario
def autocrlf_true(top, request):
    git("config", "core.autocrlf", "true", cwd=top)
    (top / "train.py").write_bytes(b"a\r\nb\r\n")
    return Made(top, differs={"README.md": b"# project\r\n"})


@scenario
def autocrlf_input(top, request):
    git("config", "core.autocrlf", "input", cwd=top)
    (top / "train.py").write_bytes(b"a\r\nb\r\n")
    return Made(top, differs={"train.py": b"a\nb\n"})


@scenario
def utf_16(top, request):
    (top / ".gitattributes").write_text("*.txt text working-tree-encoding=UTF-16LE eol=lf\n")
    (top / "a.txt").write_bytes("grün\n".encode("utf-16-le"))
    commit(top)
    (top / "a.txt").write_bytes("grüner\n".encode("utf-16-le"))
    return Made(top)
