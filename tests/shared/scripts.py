"""Scripts that make runs, and what is found of the runs afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gitxp
from gitxp.query.points import read_points
from gitxp.query.runs import find_runs
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace


def run_script(repo_dir: Path, code: str, *, status: int = 0) -> str:
    """Run Python code as a script to which warnings are errors, and return what it printed."""
    path = repo_dir.parent / "script.py"
    path.write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        cwd=repo_dir,
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == status, done.stderr
    return done.stdout


def runs(repo_dir: Path) -> list[gitxp.Run]:
    """Return all runs, none of which may be damaged."""
    found = find_runs(open_repository(repo_dir))
    assert not found.problems, found.problems
    return list(found.runs)


def points(repo_dir: Path, run: gitxp.Run) -> list[tuple[str, int, float]]:
    """Return metric, step and value of each point, sorted."""
    table = read_points(open_repository(repo_dir), run).to_pylist()
    return sorted((point["metric"], point["step"], point["value"]) for point in table)


def recover(repo_dir: Path) -> list[Recovery]:
    """Record the runs whose processes are dead, and return what came of each."""
    limits = Workspace.open(repo_dir, {}).limits
    return [one.outcome for one in recover_runs(open_repository(repo_dir), limits)]
