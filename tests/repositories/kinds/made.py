"""What the makers of repositories share."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

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


@dataclass(frozen=True)
class Made:
    """A repository of one kind.

    Attributes:
        folder: Where the run is started.
        left_out: Paths that the snapshot may not hold.
        differs: Content of paths that a checkout gives otherwise than the working tree has them.
        has_diff: Whether there can be a `code.diff`.
        before_reading: What happens between the run and the check.
        start: How the run is made; in this process where None.
    """

    folder: Path
    left_out: tuple[str, ...] = ()
    differs: dict[str, bytes] = field(default_factory=dict)
    has_diff: bool = True
    before_reading: Callable[[], object] = bool
    start: Callable[[], str] | None = None


Make = Callable[[Path, pytest.FixtureRequest], Made]
SCENARIOS: dict[str, Make] = {}


def scenario(make: Make) -> Make:
    SCENARIOS[make.__name__.replace("_", "-")] = make
    return make


def edit(top: Path) -> None:
    (top / "train.py").write_text("edited\n")
    (top / "new.py").write_text("untracked\n")


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
