"""Variables, hooks, and the place where a repository lies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.workspace import Workspace
from kinds.made import SCENARIOS, SCRIPT, Made, edit, edited, git, run_in, scenario

# Variables and hooks.


@scenario
def git_dir_variables(top, request):
    elsewhere = top.parent / "elsewhere"
    elsewhere.mkdir()
    variables = {"GIT_DIR": str(top / ".git"), "GIT_WORK_TREE": str(top)}
    return edited(top, start=run_in(elsewhere, **variables))


@scenario
def git_dir_apart(top, request):
    apart = top.parent / "apart.git"
    (top / ".git").rename(apart)
    git("config", "core.bare", "false", cwd=apart)
    variables = {"GIT_DIR": str(apart), "GIT_WORK_TREE": str(top)}
    for name, value in variables.items():
        request.getfixturevalue("monkeypatch").setenv(name, value)
    return edited(top)


def by_hook(top: Path, hook: str, *command: str) -> Made:
    edit(top)
    script = top / ".git" / "script.py"
    script.write_text(SCRIPT)
    told = top / ".git" / "told"
    path = top / ".git" / "hooks" / hook
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n'{sys.executable}' -W error '{script}' >'{told}'\n")
    path.chmod(0o755)
    git(*command, cwd=top)
    path.unlink()
    # What is committed is what it would have been without the hook.
    assert git("diff", "--name-only", "HEAD~1", "HEAD", cwd=top) == b"train.py\n"
    assert git("status", "--porcelain", cwd=top) == b"?? new.py\n"
    return Made(top, start=lambda: told.read_text().strip())


@scenario
def post_commit_hook(top, request):
    return by_hook(top, "post-commit", "commit", "--quiet", "--all", "--message=hooked")


@scenario
def pre_commit_hook(top, request):
    return by_hook(top, "pre-commit", "commit", "--quiet", "--message=hooked", "--", "train.py")


# Where it lies.


def moved(top: Path, name: str | bytes) -> Made:
    place = top.parent / os.fsdecode(name)
    top.rename(place)
    edit(place)
    git("add", "new.py", cwd=place)  # so that a copy of the index is needed too
    return Made(place)


for _id, _name in {
    "path-with-spaces": " a  b ",
    "path-with-colon": "a:b",
    "path-with-quotes": "a'b\"c`$d",
    "path-with-newline": "a\nb\n",
    "path-not-utf8": b"caf\xe9\xff",
    "path-with-glob": "[a]*?\\",
}.items():
    SCENARIOS[_id] = lambda top, _, name=_name: moved(top, name)


@scenario
def read_only(top, request):
    disk = request.getfixturevalue("disk")
    place = disk.take(top)
    edit(place)
    disk.set_read_only(True)
    request.addfinalizer(lambda: os.chdir("/"))

    def recover():
        disk.set_read_only(False)
        recover_runs(open_repository(place), Workspace.open(place, {}).limits)

    return Made(place, before_reading=recover)
