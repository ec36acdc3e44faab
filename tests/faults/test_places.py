"""Runs in every place where Git lets a working tree be, read back from the main checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

import gitxp
from gitxp.model.run import Status
from gitxp.storage.layout import live_dir
from gitxp.storage.repository import open_repository

SCRIPT = """
import gitxp

with gitxp.start_run("place", params={"a": 1}) as run:
    run.log({"x": 1.0}, step=0)
    run.log_text("a", "a.txt")
    print(run.id)
"""


def run_in(folder) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def read_back(main, run_id, git) -> gitxp.Run:
    project = gitxp.open(main)
    run = project.get_run(run_id)
    assert run.status is Status.FINISHED
    assert run.params == {"a": 1}
    assert project.history(run_id)["value"].tolist() == [1.0]
    assert [one.path for one in run.artifacts] == ["a.txt"]
    assert git("cat-file", "-t", run.code.commit, cwd=main).strip() == "commit"
    git("fsck", "--full", "--strict", cwd=main)
    return run


def test_unborn_head(tmp_path, git):
    top = tmp_path / "fresh"
    top.mkdir()
    git("init", "--quiet", cwd=top)
    (top / "train.py").write_text("new\n")
    run = read_back(top, run_in(top), git)
    assert (run.code.base, run.code.branch, run.code.dirty) == (None, "main", True)
    assert git("show", f"{run.code.commit}:train.py", cwd=top) == "new\n"
    assert git("status", "--porcelain", cwd=top) == "?? train.py\n"


def test_detached_head(repo_dir, git):
    git("checkout", "--quiet", "--detach", cwd=repo_dir)
    run = read_back(repo_dir, run_in(repo_dir), git)
    assert run.code.branch is None
    assert run.code.base == git("rev-parse", "HEAD", cwd=repo_dir).strip()


def test_linked_worktree_shares_the_journal_and_the_refs(repo_dir, git, monkeypatch):
    linked = repo_dir.parent / "linked"
    git("worktree", "add", "--quiet", "-b", "side", str(linked), cwd=repo_dir)
    (linked / "train.py").write_text("edited here\n")
    run = read_back(repo_dir, run_in(linked), git)
    assert (run.code.branch, run.code.dirty, run.sessions[0].folder) == ("side", True, ".")
    assert git("show", f"{run.code.commit}:train.py", cwd=repo_dir) == "edited here\n"
    assert git("status", "--porcelain", cwd=repo_dir) == ""
    monkeypatch.chdir(linked)
    with gitxp.start_run("place") as live:
        common = repo_dir / ".git" / "gitxp"
        assert live.writer.folder.parent == live_dir(common)
        assert gitxp.open(repo_dir).get_run(live.id).status is Status.RUNNING
    assert not (repo_dir / ".git" / "worktrees" / "linked" / "gitxp").exists()


def test_subfolder_is_told_relative_to_the_top(repo_dir, git):
    folder = repo_dir / "models" / "small"
    folder.mkdir(parents=True)
    run = read_back(repo_dir, run_in(folder), git)
    assert run.sessions[0].folder == "models/small"


def test_submodule_has_runs_of_its_own(repo_dir, tmp_path, git):
    library = tmp_path / "library"
    shutil.copytree(repo_dir, library)
    allow = ("-c", "protocol.file.allow=always")
    git(*allow, "submodule", "--quiet", "add", str(library), "library", cwd=repo_dir)
    git("commit", "--quiet", "--message=add library", cwd=repo_dir)
    inside = repo_dir / "library"
    (inside / "train.py").write_text("edited in the submodule\n")
    run = read_back(inside, run_in(inside), git)
    assert git("show", f"{run.code.commit}:train.py", cwd=inside) == "edited in the submodule\n"
    assert open_repository(inside).common_dir == repo_dir / ".git" / "modules" / "library"
    assert len(gitxp.open(repo_dir).runs()) == 0
    assert git("for-each-ref", "refs/experiments", "refs/gitxp", cwd=repo_dir) == ""


@pytest.mark.parametrize("how", ["worktree remove", "rm"])
def test_worktree_may_be_removed_while_a_run_runs_in_it(repo_dir, git, monkeypatch, how):
    linked = repo_dir.parent / "linked"
    git("worktree", "add", "--quiet", "-b", "side", str(linked), cwd=repo_dir)
    (linked / "train.py").write_text("edited here\n")
    (linked / "new.py").write_text("untracked\n")
    monkeypatch.chdir(linked)
    with gitxp.start_run("place", params={"a": 1}) as run:
        if how == "rm":
            shutil.rmtree(linked)
            git("worktree", "prune", cwd=repo_dir)
        else:
            git("worktree", "remove", "--force", str(linked), cwd=repo_dir)
        git("branch", "--quiet", "-D", "side", cwd=repo_dir)
        git("gc", "--quiet", "--prune=now", cwd=repo_dir)
        run.log({"x": 1.0}, step=0)
        run.log_text("a", "a.txt")
    monkeypatch.chdir(repo_dir)
    found = read_back(repo_dir, run.id, git)
    assert git("show", f"{found.code.commit}:new.py", cwd=repo_dir) == "untracked\n"
    assert "+edited here" in git("show", f"{found.tip}:code.diff", cwd=repo_dir)


@pytest.mark.parametrize("is_open", [True, False], ids=["while it runs", "afterwards"])
def test_rebase_and_deleted_branches_leave_runs_alone(repo_dir, git, monkeypatch, is_open):
    monkeypatch.chdir(repo_dir)
    git("checkout", "--quiet", "-b", "work", cwd=repo_dir)
    for number in range(3):
        (repo_dir / "train.py").write_text(f"version {number}\n")
        git("commit", "--quiet", "--all", f"--message=version {number}", cwd=repo_dir)
    base = git("rev-parse", "HEAD", cwd=repo_dir).strip()
    run = gitxp.start_run("place", params={"a": 1}, snapshot="each")
    run.log({"x": 1.0}, step=0)
    run.log_text("a", "a.txt")
    if not is_open:
        run.finish()
    for name in ("GIT_SEQUENCE_EDITOR", "GIT_EDITOR"):
        monkeypatch.setenv(name, "sed -i -e '2,$s/^pick/fixup/'")
    git("rebase", "--quiet", "--interactive", "--root", cwd=repo_dir)
    assert git("rev-list", "--count", "HEAD", cwd=repo_dir).strip() == "1"
    git("checkout", "--quiet", "--detach", cwd=repo_dir)
    git("branch", "--quiet", "-D", "work", "main", cwd=repo_dir)
    git("reflog", "expire", "--expire=now", "--all", cwd=repo_dir)
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    run.finish()
    found = read_back(repo_dir, run.id, git)
    assert found.code.commit == base
    again = repo_dir.parent / "again"
    git("worktree", "add", "--quiet", "--detach", str(again), f"{found.tip}^2", cwd=repo_dir)
    assert (again / "train.py").read_text() == "version 2\n"
