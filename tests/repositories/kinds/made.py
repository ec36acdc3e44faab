"""What the makers of repositories share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import gitxp

SCRIPT = """
import gitxp

with gitxp.start_run("kinds") as run:
    run.log({"x": 1.0}, step=0)
print(run.id)
"""


def git(*arguments: str | bytes | Path, cwd: Path, check: bool = True, **variables: str) -> bytes:
    done = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        check=False,
        capture_output=True,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", **variables},
    )
    assert not check or done.returncode == 0, done.stderr
    return done.stdout


def run_here() -> str:
    """Make a run in the working folder, and return its id."""
    with gitxp.start_run("kinds", snapshot="each") as run:
        run.log({"x": 1.0}, step=0)
    return run.id


def run_in(folder: Path, **variables: str) -> Callable[[], str]:
    """Return how a run is made by a process of its own, with these variables."""

    def start() -> str:
        command = [sys.executable, "-W", "error", "-c", SCRIPT]
        environment = {**os.environ, **variables}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    return start


@dataclass(frozen=True)
class Made:
    """A repository of one kind.

    Attributes:
        folder: Where the run is started.
        left_out: Paths that the snapshot may not hold.
        raw: Paths that it holds as they are on disk though Git would convert them, and says so.
        differs: Content of paths that a checkout gives otherwise than the working tree has them.
        has_diff: Whether there can be a `code.diff`.
        before_reading: What happens between the run and the check that nothing is harmed.
        to_read: What it takes to read the run after that.
        start: How the run is made.
    """

    folder: Path
    left_out: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()
    differs: dict[str, bytes] = field(default_factory=dict)
    has_diff: bool = True
    before_reading: Callable[[], object] = bool
    to_read: Callable[[], object] = bool
    start: Callable[[], str] = run_here


Make = Callable[[Path, pytest.FixtureRequest], Made]
SCENARIOS: dict[str, Make] = {}


def scenario(make: Make) -> Make:
    SCENARIOS[make.__name__.replace("_", "-")] = make
    return make


def edit(top: Path) -> None:
    (top / "train.py").write_text("edited\n")
    (top / "new.py").write_text("untracked\n")


def edited(top: Path, **fields: Any) -> Made:
    """Edit a repository, and return it with what else there is to say of it."""
    edit(top)
    return Made(top, **fields)


def cloned(top: Path, *options: str | Path, url: str | Path = "") -> Path:
    clone = top.parent / "clone"
    git("clone", "--quiet", *options, url or top, clone, cwd=top)
    return clone


def commit(top: Path, message: str = "more") -> None:
    git("add", "--all", cwd=top)
    git("commit", "--quiet", f"--message={message}", cwd=top)


def written(top: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(content)


def with_folders(top: Path) -> None:
    written(top, {"a/in.py": "a\n", "b/in.py": "b\n", "c/d/in.py": "d\n"})
    commit(top)


def with_history(top: Path) -> None:
    for number in range(3):
        written(top, {"train.py": f"version {number}\n", "old/data.txt": f"data {number}\n"})
        commit(top)
