"""Repositories with files of Git LFS whose runs are some weeks old, so that a prune takes them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import gitxp
from gitxp.artifacts.lfs import object_path
from gitxp.storage.large_layout import large_paths
from gitxp.storage.layout import recorded_dir

# Of a ref that is no branch, `git lfs prune` keeps what is less than ten days old.
DAYS = 40
RUN = """
import os, sys
import gitxp

resumed = os.environ.get("RESUMED")
name = None if resumed else sys.argv[1]
with gitxp.start_run("old", name, resume=resumed, snapshot="each") as run:
    for content in sys.argv[2:]:
        run.log_text(content * 100_000, f"{content}.bin")
print(run.id)
"""


def digest_of(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


@dataclass
class Project:
    """A repository with files of Git LFS, some weeks ago until `today`."""

    top: Path
    git: object
    environment: dict[str, str]

    def run(self, name: str = "old", *artifacts: str) -> str:
        """Make a run at the project's time and return its id."""
        return self._run(name, *artifacts)

    def resume(self, run: str) -> None:
        """Give a run one more session, at the project's time."""
        self._run("old", RESUMED=run)

    def _run(self, *words: str, **variables: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", RUN, *words],
            cwd=self.top,
            env={**self.environment, **variables},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, content: str, *options: str) -> None:
        """Commit `data.bin` at the project's time."""
        (self.top / "data.bin").write_text(content)
        for words in (("add", "--all"), ("commit", "--quiet", "--message=data", *options)):
            subprocess.run(["git", *words], cwd=self.top, env=self.environment, check=True)

    def xp(self, *words: str) -> str:
        program = str(Path(sys.executable).with_name("git-xp"))
        command = [program, *words]
        done = subprocess.run(command, cwd=self.top, check=True, capture_output=True, text=True)
        return done.stdout

    def later(self) -> None:
        """Let minutes pass after the runs so far, and a command come by."""
        for folder in recorded_dir(self.top / ".git/gitxp").iterdir():
            os.utime(folder, (1, 1))
        self.xp("list")
        assert not list(recorded_dir(self.top / ".git/gitxp").iterdir())

    def stored(self, content: str) -> Path:
        return object_path(self.top / ".git", digest_of(content))

    def prune(self, *gone: str) -> None:
        """Let Git LFS prune, which must delete the objects with the contents `gone`."""
        before = [self.stored(content).exists() for content in gone]
        self.git("lfs", "prune", cwd=self.top)
        after = [self.stored(content).exists() for content in gone]
        assert (before, after) == ([True] * len(gone), [False] * len(gone))

    def held(self) -> set[str]:
        return {path.name for path in large_paths(self.top / ".git/gitxp")}


def aged_project(repo_dir: Path, git, clock: dict[str, str], monkeypatch) -> Project:
    """Make a project of a repository that so far has no file of Git LFS."""
    Path(clock["CLOCK_MOVED"]).write_text(str(-DAYS * 24 * 3600))
    git("lfs", "install", "--local", cwd=repo_dir)
    (repo_dir / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    monkeypatch.chdir(repo_dir)
    made = Project(repo_dir, git, clock)
    made.commit("committed")
    return made


def checked_out(project: Project, run: str) -> str:
    """Let plain Git check out the code of a run, and return what is in its large file."""
    return checked_out_at(project, f"{gitxp.get_run(run).tip}^2")


def checked_out_at(project: Project, revision: str) -> str:
    """Let plain Git check out a commit, and return what is in its large file."""
    place = project.top.parent / "again"
    words = ("worktree", "add", "--quiet", "--detach", str(place), revision)
    project.git(*words, cwd=project.top)
    content = (place / "data.bin").read_text()
    project.git("worktree", "remove", "--force", str(place), cwd=project.top)
    return content


def large(word: str) -> str:
    """Return the content of an artifact that is too large for a blob."""
    return word * 100_000
