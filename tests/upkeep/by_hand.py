"""Records that are written anew by hand, as somebody might who means harm, and what is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gitxp.storage.clone import known_clone_id
from gitxp.storage.repository import open_repository
from gitxp.upkeep.verify.flaw import Verified
from gitxp.upkeep.verify.verify import verify


def checked(**options) -> Verified:
    repository = open_repository()
    home = options.pop("home", known_clone_id(repository.private_dir))
    return verify(repository, home=home, **options)


def failures(**options) -> list[str]:
    return [flaw.what for flaw in checked(**options).failures]


def notes(**options) -> list[str]:
    return [flaw.what for flaw in checked(**options).notes]


def lose_large_files(repo_dir: Path) -> None:
    """Delete every Git LFS object, by each of its names."""
    shutil.rmtree(repo_dir / ".git/lfs/objects")
    for kept in (repo_dir / ".git/gitxp").glob("recorded/*/lfs"):
        shutil.rmtree(kept)


def xp(*words: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("git-xp"))
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def ref(run) -> str:
    return f"refs/experiments/lr/{run.id}"


def rewrite(git, repo_dir, run, files, *, parents=None, name=None, message=None, mode="100644"):
    """Replace files of a record by others (None: leave it out), and move a ref to what comes."""
    index = {**os.environ, "GIT_INDEX_FILE": str(repo_dir.parent / "index")}

    def plumb(*words, given=b""):
        done = subprocess.run(
            ["git", *words], cwd=repo_dir, env=index, input=given, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    plumb("read-tree", ref(run))
    for path, content in files.items():
        if content is None:
            plumb("update-index", "--force-remove", path)
        else:
            blob = plumb("hash-object", "-w", "--stdin", given=content)
            plumb("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
    tree = plumb("write-tree")
    if parents is None:
        parents = git("log", "-1", "--format=%P", ref(run), cwd=repo_dir).split()
    if message is None:
        message = git("log", "-1", "--format=%B", ref(run), cwd=repo_dir).rstrip("\n") + "\n"
    index |= {"GIT_AUTHOR_DATE": "@1767323045 +0000", "GIT_COMMITTER_DATE": "@1767323045 +0000"}
    words = [word for parent in parents for word in ("-p", parent)]
    commit = plumb("commit-tree", tree, *words, given=message.encode())
    git("update-ref", name or ref(run), commit, cwd=repo_dir)
    return commit


def document(git, repo_dir, run, path):
    return tomllib.loads(git("show", f"{ref(run)}:{path}", cwd=repo_dir))


@dataclass(frozen=True)
class GitLog:
    """What Git was started for, as a program of that name writes it down before Git begins."""

    path: Path

    def of(self, action: Callable[[], object]) -> list[str]:
        self.path.write_text("")
        action()
        return self.path.read_text().splitlines()


def log_git(monkeypatch, folder: Path) -> GitLog:
    log = GitLog(folder / "started")
    program = folder / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {log.path}\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return log
