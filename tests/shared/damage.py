"""Records that are damaged as disks and hands damage them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import gitxp

Git = Callable[..., str]

POINTS = "metrics/0.parquet"


def lose(repo_dir: Path, git: Git, run: str, path: str) -> None:
    """Take a file of a run's record out of the object store."""
    _loose(repo_dir, git, run, path).unlink()


def scramble(repo_dir: Path, git: Git, run: str, path: str) -> None:
    """Overwrite a file of a run's record in the object store, where Git goes on to see it."""
    found = _loose(repo_dir, git, run, path)
    found.chmod(0o644)
    found.write_bytes(b"noise" * 10)


def _loose(repo_dir: Path, git: Git, run: str, path: str) -> Path:
    """Return where a file of a record lies, for now by itself and nowhere else."""
    gitxp.runs()  # its row is known
    oid = git("rev-parse", f"{gitxp.get_run(run).record.tip}:{path}", cwd=repo_dir).strip()
    for pack in (repo_dir / ".git" / "objects" / "pack").glob("*.pack"):
        content = pack.rename(repo_dir / "moved.pack").read_bytes()
        subprocess.run(["git", "unpack-objects", "-q"], cwd=repo_dir, input=content, check=True)
        (repo_dir / "moved.pack").unlink()
        pack.with_suffix(".idx").unlink()  # or libgit2 asks what it has open of the pack
    shutil.rmtree(repo_dir / ".git" / "gitxp" / "recorded", ignore_errors=True)
    return repo_dir / ".git" / "objects" / oid[:2] / oid[2:]


def spoil(repo_dir: Path, git: Git, run: str, path: str, content: bytes) -> None:
    """Give a run a record in which one file holds something else."""
    found = gitxp.get_run(run)
    index = {**os.environ, "GIT_INDEX_FILE": str(repo_dir / ".git" / "spoilt")}
    (repo_dir / ".git" / "spoilt.bytes").write_bytes(content)
    blob = git("hash-object", "-w", ".git/spoilt.bytes", cwd=repo_dir).strip()

    def staged(*words: str) -> str:
        command = ["git", *words]
        done = subprocess.run(command, cwd=repo_dir, env=index, capture_output=True, check=True)
        return done.stdout.decode().strip()

    staged("read-tree", found.record.tip)
    staged("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    commit = staged("commit-tree", "-m", "spoilt", "-p", found.record.tip, staged("write-tree"))
    git("update-ref", f"refs/experiments/{found.experiment}/{found.id}", commit, cwd=repo_dir)


def ruin_points(how: str, repo_dir: Path, git: Git, run: gitxp.ActiveRun) -> str:
    """Have the points of a run `lost` or `spoilt`, and return the ref of its record."""
    if how == "lost":
        lose(repo_dir, git, run.id, POINTS)
    else:
        spoil(repo_dir, git, run.id, POINTS, b"no Parquet")
    return f"refs/experiments/{run.experiment}/{run.id}"
