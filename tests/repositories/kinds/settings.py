"""Settings of the user, each alone and all at once: nothing of them changes a run, or runs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from kinds.made import Made, edited, git, run_here, scenario

HOOKS = [
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
]


def set_by_user(top: Path, settings: dict[str, str]) -> None:
    for key, value in settings.items():
        git("config", "--global", key, value, cwd=top)


def refusing(*places: Path, mark: Path, says: str = "") -> None:
    """Put programs there that leave a mark where they run, and fail."""
    for place in places:
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\necho \"$0 $@\" >>'{mark}'\n{says}\nexit 1\n")
        place.chmod(0o755)


def unmarked(top: Path, mark: Path) -> Made:
    """Edit a repository whose run must not leave the mark."""

    def start() -> str:
        mark.unlink(missing_ok=True)
        run = run_here()
        assert not mark.exists(), mark.read_text()
        return run

    return edited(top, start=start)


# Each alone.


def with_program(top: Path, keys: Iterable[str], **settings: str) -> Made:
    """Set these keys to a program that must not run."""
    program, mark = top.parent / "program", top.parent / "ran"
    refusing(program, mark=mark)
    set_by_user(top, dict.fromkeys(keys, str(program)) | settings)
    return unmarked(top, mark)


@scenario
def diff_external(top, request):
    return with_program(top, ["diff.external"])


@scenario
def diff_textconv(top, request):
    (top / ".git" / "info").mkdir(exist_ok=True)
    (top / ".git" / "info" / "attributes").write_text("*.py diff=own\n")
    return with_program(top, ["diff.own.textconv", "diff.own.command"])


@scenario
def commit_signing(top, request):
    signing = {f"{what}.gpgSign": "true" for what in ("commit", "tag", "push")}
    return with_program(top, ["gpg.program"], **signing, **{"user.signingKey": "nobody"})


@scenario
def color_always(top, request):
    kinds = ("ui", "diff", "status", "branch")
    set_by_user(top, {f"color.{kind}": "always" for kind in kinds})
    return edited(top)


@scenario
def hooks_path(top, request):
    hooks, mark = top.parent / "hooks", top.parent / "ran"
    refusing(*(hooks / name for name in HOOKS), mark=mark)
    set_by_user(top, {"core.hooksPath": str(hooks)})
    return unmarked(top, mark)


@scenario
def hooks_of_the_repository(top, request):
    mark = top.parent / "ran"
    refusing(*(top / ".git" / "hooks" / name for name in HOOKS), mark=mark)
    return unmarked(top, mark)


@scenario
def fsmonitor(top, request):
    """A monitor that says that nothing has changed since the token it gave."""
    monitor, mark = top.parent / "monitor", top.parent / "ran"
    refusing(monitor, mark=mark, says="printf 'token\\0'; exit 0")
    set_by_user(top, {"core.fsmonitor": str(monitor), "core.fsmonitorHookVersion": "2"})
    git("update-index", "--fsmonitor", cwd=top)
    git("status", cwd=top, GIT_OPTIONAL_LOCKS="1")
    assert mark.exists()
    return unmarked(top, mark)


@scenario
def fsmonitor_built_in(top, request):
    set_by_user(top, {"core.fsmonitor": "true"})
    return edited(top)


# All at once.


@scenario
def hostile_settings(top, request):
    with (Path(os.environ["HOME"]) / ".gitconfig").open("a") as file:
        file.write(HOSTILE.replace("SETTINGS", str(top.parent / "settings")))
    (top.parent / "settings").write_text("[core]\n\tabbrev = 4\n[log]\n\tdate = relative\n")
    (top / "grün.py").write_text("new\n")
    return edited(top)


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
