"""Clones that have a part of the history or of the files, on either side of a push and a fetch."""

from __future__ import annotations

import os

import pytest

from gitxp.storage.clone import known_clone_id
from gitxp.upkeep.verify.verify import verify

SHALLOW = ("--depth=1",)
PARTIAL = ("--filter=blob:none",)
BORROWING = ("--shared",)


@pytest.fixture
def long(tmp_path, repo_dir, git):
    """A bare repository of several commits, with files that the newest one has no more."""
    for number in range(4):
        (repo_dir / "old.py").write_text(f"x = {number}\n")
        (repo_dir / f"part{number}").mkdir()
        (repo_dir / f"part{number}/more.py").write_text(f"y = {number}\n")
        git("add", "--all", cwd=repo_dir)
        git("commit", "--quiet", f"--message=commit {number}", cwd=repo_dir)
    git("rm", "--quiet", "old.py", cwd=repo_dir)
    git("commit", "--quiet", "--message=without", cwd=repo_dir)
    git("clone", "--quiet", "--bare", str(repo_dir), "long.git", cwd=tmp_path)
    for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        git("config", setting, "true", cwd=tmp_path / "long.git")
    return tmp_path / "long.git"


def commit(clone, git, name: str) -> None:
    (clone.top / name).write_text("z = 1\n")
    git("add", name, cwd=clone.top)
    git("commit", "--quiet", f"--message=add {name}", cwd=clone.top)


def check(clone, git) -> None:
    """The clone is sound, to Git and to gitxp, and Git can still tidy up in it."""
    git("fsck", "--full", cwd=clone.top)
    git("gc", "--quiet", "--prune=now", cwd=clone.top)
    git("fsck", "--full", cwd=clone.top)
    home = known_clone_id(clone.repository.private_dir) or ""
    assert verify(clone.repository, home=home).failures == ()
    assert git("status", "--porcelain", cwd=clone.top) == ""


def settings(clone, git) -> tuple[str, str]:
    """What makes the clone the kind that it is."""
    shallow = clone.top / ".git/shallow"
    kept = shallow.read_text() if shallow.exists() else ""
    return git("config", "--local", "--list", cwd=clone.top), kept


@pytest.mark.parametrize("options", [SHALLOW, PARTIAL, BORROWING], ids=" ".join)
def test_runs_of_a_part_clone_go_and_come(options, long, make_clone, git):
    ada = make_clone(f"file://{long}" if options != BORROWING else long, "ada", *options)
    bob = make_clone(long, "bob")
    before = settings(ada, git)
    run = ada.start(lr=0.1)
    # The branch goes on at the remote.
    commit(bob, git, "later.py")
    git("push", "--quiet", cwd=bob.top)
    done = ada.xp("push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr
    (bob.top / "later.py").write_text("edited\n")
    other = bob.start(lr=0.2)
    assert bob.xp("pull").stdout == "pulled from origin: 1 new\n"
    assert bob.xp("tag", "seen", run).returncode == 0
    assert bob.xp("push").stdout == "pushed to origin: 2 runs\n"
    git("checkout", "--quiet", "later.py", cwd=bob.top)
    done = ada.xp("pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 new, 1 updated\n")
    assert ada.refs() == bob.refs()
    assert git("show", f"refs/experiments/lr/{other}^2:later.py", cwd=ada.top) == "edited\n"
    assert settings(ada, git) == before
    for clone in (ada, bob):
        check(clone, git)
    git("fsck", "--full", cwd=long)


@pytest.mark.parametrize("options", [SHALLOW, PARTIAL], ids=" ".join)
def test_run_of_older_code_comes_to_a_part_clone(options, long, make_clone, git):
    ada, bob = make_clone(long, "ada"), make_clone(f"file://{long}", "bob", *options)
    before = settings(bob, git)
    git("checkout", "--quiet", "HEAD~3", cwd=ada.top)
    (ada.top / "part0/more.py").write_text("edited\n")
    run = ada.start(lr=0.1)
    os.chdir("/")
    assert ada.xp("push").returncode == 0
    done = bob.xp("pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 new\n"), done.stderr
    assert git("show", f"refs/experiments/lr/{run}^2:part0/more.py", cwd=bob.top) == "edited\n"
    assert settings(bob, git) == before
    check(bob, git)
    git("fetch", "--quiet", cwd=bob.top)
    assert bob.xp("push").stdout == "pushed to origin: nothing new\n"


def test_history_that_a_shallow_clone_lacks_is_told(long, make_clone, tmp_path, git):
    ada = make_clone(f"file://{long}", "ada", *SHALLOW)
    ada.start(lr=0.1)
    before = ada.refs()
    git("init", "--quiet", "--bare", "empty.git", cwd=tmp_path)
    git("remote", "add", "empty", str(tmp_path / "empty.git"), cwd=ada.top)
    (ada.top / ".gitxp.toml").write_text('[push]\nhistory = "allow"\n')
    done = ada.xp("push", "empty")
    assert done.returncode == 1
    assert "shallow update not allowed" in done.stderr
    assert "hint: bring the rest of the history here first: git fetch --unshallow" in done.stderr
    assert ada.refs() == before
    git("fsck", "--full", cwd=tmp_path / "empty.git")
    git("fetch", "--quiet", "--unshallow", cwd=ada.top)
    assert ada.xp("push", "empty").stdout == "pushed to empty: 1 run\n"
    git("fsck", "--full", cwd=tmp_path / "empty.git")


@pytest.mark.parametrize("options", [SHALLOW, PARTIAL, BORROWING], ids=" ".join)
def test_part_clone_is_a_remote(options, long, make_clone, tmp_path, git):
    words = ("--bare", "--quiet", *options)
    git(
        "clone",
        *words,
        f"file://{long}" if options != BORROWING else str(long),
        "part.git",
        cwd=tmp_path,
    )
    ada, bob = make_clone(long, "ada"), make_clone(long, "bob")
    for clone in (ada, bob):
        git("remote", "set-url", "origin", str(tmp_path / "part.git"), cwd=clone.top)
    run = ada.start(lr=0.1)
    done = ada.xp("push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr
    done = bob.xp("pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 new\n"), done.stderr
    assert run in str(bob.refs())
    check(bob, git)
    git("fsck", "--full", cwd=tmp_path / "part.git")


def test_clone_of_a_shallow_remote_shares_runs(long, make_clone, tmp_path, git):
    git("clone", "--bare", "--quiet", *SHALLOW, f"file://{long}", "part.git", cwd=tmp_path)
    ada, bob = (make_clone(tmp_path / "part.git", name) for name in ("ada", "bob"))
    ada.start(lr=0.1)
    assert ada.xp("push").returncode == 0
    assert bob.xp("pull").stdout == "pulled from origin: 1 new\n"
    for clone in (ada, bob):
        check(clone, git)


def test_run_that_would_make_a_whole_clone_shallow_is_told(
    long, repo_dir, make_clone, tmp_path, git
):
    git("clone", "--bare", "--quiet", *SHALLOW, f"file://{long}", "part.git", cwd=tmp_path)
    ada = make_clone(tmp_path / "part.git", "ada")
    run = ada.start(lr=0.1)
    assert ada.xp("push").returncode == 0
    git("push", "--quiet", "--force", str(long), "main~3:refs/heads/earlier", cwd=repo_dir)
    bob = make_clone(f"file://{long}", "bob", "--branch=earlier", "--single-branch")
    git("remote", "set-url", "origin", f"file://{tmp_path / 'part.git'}", cwd=bob.top)
    for command, status in (("fetch", 1), ("pull", 1), ("fetch", 1)):
        done = bob.xp(command)
        assert done.returncode == status
        assert (
            "warning: origin did not send 1 run (hint: where it is a shallow clone" in done.stderr
        )
    assert bob.refs() == {}
    git("fetch", "--quiet", "--unshallow", cwd=tmp_path / "part.git")
    assert bob.xp("pull").stdout == "pulled from origin: 1 new\n"
    assert run in str(bob.refs())
    check(bob, git)
