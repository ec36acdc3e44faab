"""Whatever is done with gitxp: no Git configuration is written, no hook runs, and none can veto."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kinds.made import commit
from kinds.settings import HOOKS, refusing, set_by_user

import gitxp
from gitxp.cli.table import ENTRIES
from gitxp.storage.layout import recorded_dir
from gitxp.storage.repository import open_repository
from gitxp.upkeep.tidy import tidy

XP = str(Path(sys.executable).with_name("git-xp"))
COMMANDS = {
    "gate": ("gate", "@", "--metric", "x", "--goal", "max", "--against", "@~1"),
    "run": ("run", "--experiment", "x", "--", "true"),
    "recover": ("recover",),
    "list": ("list",),
    "show": ("show", "@"),
    "diff": ("diff", "@"),
    "compare": ("compare", "@", "logged"),
    "metrics": ("metrics", "logged"),
    "convergence": ("convergence", "logged", "-m", "x", "--to", "1", "--goal", "max"),
    "groups": ("groups", "logged"),
    "plot": ("plot", "logged"),
    "log": ("log", "--graph"),
    "experiment": ("experiment", "describe", "x", "-m", "what"),
    "status": ("status",),
    "baseline": ("baseline", "set", "logged"),
    "tag": ("tag", "kind=x", "logged"),
    "note": ("note", "logged", "-m", "x"),
    "verdict": ("verdict", "refuted", "logged"),
    "keep": ("keep", "logged"),
    "rename": ("rename", "@", "other"),
    "artifact": ("artifact", "get", "logged", "--force"),
    "config": ("config", "list"),
    "remove": ("remove", "--yes", "@"),
    "undo": ("undo",),
    "push": ("push",),
    "fetch": ("fetch",),
    "pull": ("pull",),
    "verify": ("verify",),
    "doctor": ("doctor",),
    "export": ("export", "logged"),
    "init": ("init",),
}
# Has a repository of its own, where it commits as its reader would.
ELSEWHERE = {"demo"}
# More than so many loose refs are packed.
MANY = 101


def configurations(top: Path) -> dict[Path, bytes | None]:
    home = Path(os.environ["HOME"])
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "git"
    places = (
        *(top / ".git" / name for name in ("config", "config.worktree", "info/attributes")),
        *(home / name for name in (".gitconfig", ".gitattributes", ".git-credentials")),
        *(own / name for name in ("config", "attributes", "ignore")),
    )
    return {place: place.read_bytes() if place.exists() else None for place in places}


@pytest.fixture
def project(repo_dir, monkeypatch, git):
    """A repository with an edit, runs and a remote."""
    monkeypatch.chdir(repo_dir)
    git("clone", "--quiet", "--bare", str(repo_dir), "../remote.git", cwd=repo_dir)
    git("remote", "add", "origin", "../remote.git", cwd=repo_dir)
    git("fetch", "--quiet", "origin", cwd=repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    for _ in range(2):
        log_run()
    return repo_dir


def log_run(**options) -> str:
    with gitxp.start_run("x", "logged", **options) as run:
        run.log({"x": 1.0})
        run.log_text("x" * 2_000_000, "large.txt")
    return run.id


def do(*words: str) -> None:
    done = subprocess.run([XP, *words], capture_output=True, text=True, check=False)
    findings = words[0] == "doctor" and done.returncode == 1
    assert done.returncode == 0 or findings, (words, done.stdout, done.stderr)


def test_every_command_is_tried_here():
    assert {*COMMANDS, *ELSEWHERE} == {entry.name for entry in ENTRIES}


def test_no_command_writes_git_configuration(project):
    before = configurations(project)
    for name, words in COMMANDS.items():
        do(*words)
        assert configurations(project) == before, name
    log_run(snapshot="each")
    log_run(resume="@")
    tidy(open_repository())
    assert configurations(project) == before


def test_hooks_neither_run_nor_veto(project):
    hooks, mark = project.parent / "hooks", project.parent / "ran"
    refusing(*(hooks / name for name in HOOKS), mark=mark)
    set_by_user(project, {"core.hooksPath": str(hooks)})
    for _ in range(MANY):
        with gitxp.start_run("many", snapshot="off"):
            pass
    log_run()
    resumed = log_run(resume=log_run(snapshot="each"))
    for name, words in COMMANDS.items():
        if name != "push":  # whose hooks are asked, here and where it goes, as of Git's own
            do(*words)
    for folder in recorded_dir(open_repository().private_dir).iterdir():
        os.utime(folder, (1, 1))
    tidy(open_repository())
    assert not mark.exists(), mark.read_text()
    assert len(gitxp.get_run(resumed).sessions) == 2
    with pytest.raises(AssertionError):
        commit(project)
    assert mark.exists(), "these hooks would have left a mark"
