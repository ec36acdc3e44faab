"""Variables, hooks, settings, and the place where a repository lies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from gitxp.storage.repository import open_repository
from gitxp.tracking.recover import recover_runs
from gitxp.tracking.workspace import Workspace
from kinds.made import (
    SCENARIOS,
    SCRIPT,
    Made,
    edit,
    git,
    scenario,
)

# Variables, hooks and settings.


def in_subprocess(folder: Path, **variables: str) -> Callable[[], str]:
    def start() -> str:
        command = [sys.executable, "-W", "error", "-c", SCRIPT]
        environment = {**os.environ, **variables}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    return start


@scenario
def git_dir_variables(top, request):
    edit(top)
    elsewhere = top.parent / "elsewhere"
    elsewhere.mkdir()
    variables = {"GIT_DIR": str(top / ".git"), "GIT_WORK_TREE": str(top)}
    return Made(top, start=in_subprocess(elsewhere, **variables))


@scenario
def git_dir_apart(top, request):
    apart = top.parent / "apart.git"
    (top / ".git").rename(apart)
    git("config", "core.bare", "false", cwd=apart)
    edit(top)
    variables = {"GIT_DIR": str(apart), "GIT_WORK_TREE": str(top)}
    for name, value in variables.items():
        request.getfixturevalue("monkeypatch").setenv(name, value)
    return Made(top)


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
    return Made(top, start=lambda: told.read_text().strip())


@scenario
def post_commit_hook(top, request):
    return by_hook(top, "post-commit", "commit", "--quiet", "--all", "--message=hooked")


@scenario
def pre_commit_hook(top, request):
    return by_hook(top, "pre-commit", "commit", "--quiet", "--message=hooked", "--", "train.py")


@scenario
def hostile_settings(top, request):
    with (Path(os.environ["HOME"]) / ".gitconfig").open("a") as file:
        file.write(HOSTILE.replace("SETTINGS", str(top.parent / "settings")))
    (top.parent / "settings").write_text("[core]\n\tabbrev = 4\n[log]\n\tdate = relative\n")
    edit(top)
    (top / "grün.py").write_text("new\n")
    return Made(top)


HOSTILE = """
[diff]
	external = /bin/false
	noprefix = true
	mnemonicPrefix = true
	algorithm = patience
	renames = copies
	context = 0
	interHunkContext = 5
	wordRegex = .
	ignoreSubmodules = all
	orderFile = /nonexistent
[color]
	ui = always
	diff = always
	status = always
[commit]
	gpgSign = true
	template = /nonexistent
[tag]
	gpgSign = true
[gpg]
	program = /bin/false
[user]
	signingKey = nobody
	useConfigOnly = true
[core]
	hooksPath = /nonexistent
	fsmonitor = true
	quotePath = true
	pager = /bin/false
	editor = /bin/false
	abbrev = 5
	attributesFile = /nonexistent
	compression = 0
	logAllRefUpdates = always
	untrackedCache = true
[pager]
	log = true
	diff = true
[i18n]
	commitEncoding = ISO-8859-1
	logOutputEncoding = ISO-8859-1
[log]
	showSignature = true
	decorate = full
	date = relative
	mailmap = true
	showRoot = false
	excludeDecoration = refs/*
[format]
	pretty = oneline
	signature = none
[status]
	short = true
	branch = false
	showUntrackedFiles = no
	relativePaths = true
	renames = copies
	submoduleSummary = true
[alias]
	status = !false
	ls-files = !false
	rev-parse = !false
	for-each-ref = !false
	hash-object = !false
	cat-file = !false
	config = !false
[index]
	version = 4
	threads = 1
[feature]
	manyFiles = true
[fetch]
	prune = true
[transfer]
	fsckObjects = true
[includeIf "gitdir:/**"]
	path = SETTINGS
"""


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
