"""`kill -9` in each step of a capture: nothing of the user's is changed, and the next run is whole.

`GITXP_TEST_KILLS=1` tries every step, in place of every third one.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from dying import Dying

import gitxp
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import recover_runs
from gitxp.tracking.workspace import Workspace
from gitxp.upkeep.tidy import tidy

STRIDE = int(os.environ.get("GITXP_TEST_KILLS", "3"))
LOCKS = (".lock", ".keep")
DIES_AT = """
import shutil
import gitxp

def before():
    # As for code that was never captured.
    shutil.rmtree(".git/refs/gitxp/live")

def work(begin):
    begin()
    gitxp.start_run("killed", snapshot="each")

def after(number):
    with gitxp.start_run("after", snapshot="each") as run:
        pass
    return run.id

with gitxp.start_run("warm", snapshot="each"):  # so that all modules are there
    pass
"""


def plain(top: Path, git) -> None:
    (top / "train.py").write_text("edited\n")
    (top / "new.py").write_text("untracked\n")
    (top / "README.md").unlink()


def by_the_index(top: Path, git) -> None:
    git("config", "filter.shout.clean", "tr a-z A-Z", cwd=top)
    (top / ".gitattributes").write_text("*.txt filter=shout\n")
    (top / "loud.txt").write_text("loud\n")
    (top / "staged.py").write_text("staged\n")
    git("add", "staged.py", cwd=top)
    (top / "stashed.py").write_text("stashed\n")
    git("stash", "push", "--quiet", "--include-untracked", "stashed.py", cwd=top)
    plain(top, git)


def with_submodules(top: Path, git) -> None:
    git("config", "--global", "protocol.file.allow", "always", cwd=top)
    for name, inside in (("inner", None), ("lib", "inner")):
        work, server = top.parent / name, top.parent / f"{name}.git"
        git("clone", "--quiet", str(top), str(work), cwd=top)
        if inside:
            git("submodule", "--quiet", "add", str(top.parent / f"{inside}.git"), inside, cwd=work)
            git("commit", "--quiet", "--message=inside", cwd=work)
        git("clone", "--quiet", "--bare", str(work), str(server), cwd=top)
    git("submodule", "--quiet", "add", str(top.parent / "lib.git"), "lib", cwd=top)
    git("submodule", "--quiet", "update", "--init", "--recursive", cwd=top)
    git("commit", "--quiet", "--message=lib", cwd=top)
    git("commit", "--quiet", "--allow-empty", "--message=unpushed", cwd=top / "lib")
    for folder in (top, top / "lib", top / "lib" / "inner"):
        plain(folder, git)


def with_large_files(top: Path, git) -> None:
    if subprocess.run(["git", "lfs", "version"], check=False, capture_output=True).returncode:
        pytest.skip("Git LFS is not installed")
    git("lfs", "install", "--local", cwd=top)
    (top / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (top / "data.bin").write_text("large\n")
    git("add", "--all", cwd=top)
    git("commit", "--quiet", "--message=large", cwd=top)
    (top / "data.bin").write_text("large, edited\n")
    plain(top, git)


def age(git_dir: Path) -> None:
    """Let some hours pass for all that was left behind."""
    left = [path for path in git_dir.rglob("*") if path.suffix in LOCKS]
    for path in [*left, *(git_dir / "gitxp").glob("*/*")]:
        os.utime(path, (1, 1))


def state(top: Path, git) -> Iterator[object]:
    """Yield all that is the user's: Git's private files, the working tree, and what Git says."""
    own = ("gitxp", "objects", "refs/gitxp", "refs/experiments", "lfs")
    for path in sorted(top.rglob("*")):
        name = str(path.relative_to(top))
        if path.is_file() and not name.startswith(tuple(f".git/{one}" for one in own)):
            yield name, path.stat().st_mode, path.read_bytes()
    yield git("status", "--porcelain=v2", "--branch", cwd=top)
    yield git("stash", "list", cwd=top)


@pytest.mark.parametrize(
    "make", [plain, by_the_index, with_submodules, with_large_files], ids=lambda make: make.__name__
)
def test_kill_in_each_step_changes_nothing_and_the_next_run_is_whole(
    repo_dir, git, monkeypatch, make
):
    make(repo_dir, git)
    git("status", cwd=repo_dir)
    before = list(state(repo_dir, git))
    monkeypatch.chdir(repo_dir)
    codes = set()
    dying = Dying(repo_dir, DIES_AT)
    steps, has_died = 0, True
    try:
        while has_died:
            has_died, run = dying.dies_at(steps)
            steps += STRIDE
            assert list(state(repo_dir, git)) == before
            code = gitxp.get_run(run).code
            assert (code.failure, code.left_out) == ("", ()), steps
            codes.add(code.commit)
    finally:
        dying.end()
    assert steps > 20
    (commit,) = codes
    recover_runs(open_repository(), Workspace.open(None, {}).limits)
    age(repo_dir / ".git")
    tidy(open_repository())
    assert not [path for path in (repo_dir / ".git").rglob("*") if path.suffix in LOCKS]
    for name in ("live", "scratch"):
        assert not list((repo_dir / ".git/gitxp" / name).glob("*"))
    git("fsck", "--full", "--strict", cwd=repo_dir)
    git("log", "--all", "--oneline", cwd=repo_dir)
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    assert git("show", f"{commit}:new.py", cwd=repo_dir) == "untracked\n"
