"""Runs go through every kind of server that Git speaks to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from servers.fixtures import remember

import gitxp


def xp(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command that has no terminal for its questions."""
    return subprocess.run(
        [sys.executable, "-m", "gitxp", *words],
        cwd=folder,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0", **variables},
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )


@pytest.fixture
def pair(any_server, bare, tmp_path, git):
    """Two clones through a server; the first has a run."""
    for name in ("ada", "bob"):
        git("clone", "--quiet", any_server.url("bare"), name, cwd=tmp_path)
    os.chdir(tmp_path / "ada")
    with gitxp.start_run("lr", params={"lr": 0.1}) as run:
        run.log({"loss": 1.0}, step=0)
    yield tmp_path / "ada", tmp_path / "bob", str(run.id)
    os.chdir("/")


def test_runs_go_there_and_back(pair):
    ada, bob, run = pair
    done = xp(ada, "push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr
    assert xp(bob, "fetch", "-q").returncode == 0
    assert run in xp(bob, "list", "-r", "origin", "--json").stdout
    done = xp(bob, "pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 new\n"), done.stderr
    assert xp(bob, "tag", "seen", run).returncode == 0
    assert xp(bob, "push").returncode == 0
    assert xp(ada, "pull").stdout == "pulled from origin: 1 updated\n"
    assert xp(ada, "verify").returncode == 0
    assert xp(ada, "remove", "--yes", run).returncode == 0
    assert xp(ada, "push").stdout == "pushed to origin: 1 experiment record, 1 removed there\n"
    assert xp(bob, "pull").stdout.endswith("1 removed, 1 experiment record\n")


def test_old_protocol_will_do(pair, git):
    ada, bob, _ = pair
    for folder in (ada, bob):
        git("config", "protocol.version", "0", cwd=folder)
    assert xp(ada, "push").returncode == 0
    assert xp(bob, "pull").stdout == "pulled from origin: 1 new\n"


def test_what_git_push_alone_would_heed_is_heeded(pair, git):
    ada, _, _ = pair
    for scheme in ("http", "file", "ssh", "git"):
        git("config", f"protocol.{scheme}.allow", "never", cwd=ada)
    done = xp(ada, "push")
    assert done.returncode == 128
    assert "not allowed" in done.stderr


def edit_on_both_sides(ada, bob, run):
    xp(ada, "push")
    xp(bob, "pull")
    for folder in (ada, bob):
        assert xp(folder, "tag", f"by={folder.name}", run).returncode == 0


def test_refs_are_told_apart_where_some_are_refused(pair, git):
    """The first run goes, the second is refused: it is there with another record."""
    ada, bob, _ = pair
    edit_on_both_sides(*pair)
    with gitxp.start_run("lr"):
        pass
    assert xp(bob, "push").returncode == 0
    done = xp(ada, "push")
    assert done.returncode == 1
    assert done.stdout == "pushed to origin: 1 run\n"
    assert "edited on both sides; git xp pull first" in done.stderr
    assert xp(ada, "pull").returncode == 0
    assert xp(ada, "push").returncode == 0


def test_record_goes_in_place_of_the_one_that_was_fetched_last(pair, git, tmp_path):
    """Two copies of a clone both resumed a run: no pull merges that."""
    ada, _, run = pair
    xp(ada, "push")
    copy = tmp_path / "copy"
    shutil.copytree(ada, copy, symlinks=True)
    for folder in (ada, copy):
        os.chdir(folder)
        with gitxp.start_run(resume=run) as resumed:
            resumed.log({"loss": 2.0}, step=1)
    assert xp(ada, "push").returncode == 0
    name = f"refs/experiments/lr/{run}"
    before = git("rev-parse", name, cwd=ada).strip()
    assert xp(copy, "push", "--replace", "origin", run).returncode == 1  # nobody has looked at it
    assert xp(copy, "fetch", "-q").returncode == 0
    done = xp(copy, "push", "--replace", "origin", run)
    assert done.returncode == 0, done.stderr
    replaced, pushed = done.stdout.splitlines()
    assert replaced.startswith(f"replaced there: {run[:7]} lr lr=0.1: {before[:7]} by ")
    assert pushed == "pushed to origin: 1 run"
    there = git("ls-remote", "origin", name, cwd=copy).split()[0]
    assert there == git("rev-parse", name, cwd=copy).strip() != before
    assert xp(copy, "pull").stdout == "pulled from origin: nothing new\n"


def test_run_that_came_another_way_is_not_overwritten(pair, git, tmp_path):
    """To this clone the remote's record is new: there is no lease on it."""
    ada, bob, run = pair
    xp(ada, "push")
    xp(bob, "pull")
    git("clone", "--quiet", "--mirror", str(bob), "other.git", cwd=tmp_path)
    for folder in (ada, bob):
        assert xp(folder, "tag", f"by={folder.name}", run).returncode == 0
    git("push", "--quiet", str(tmp_path / "other.git"), f"+refs/experiments/lr/{run}", cwd=bob)
    git("remote", "add", "other", str(tmp_path / "other.git"), cwd=ada)
    shutil.rmtree(ada / ".git/gitxp/remotes")
    before = git("ls-remote", "other", "refs/experiments/*", cwd=ada)
    assert xp(ada, "fetch", "other", "-q").returncode == 0
    assert xp(ada, "push", "other").returncode == 1
    assert git("ls-remote", "other", "refs/experiments/*", cwd=ada) == before


def test_wrong_password_is_told_and_the_next_try_carries_on(
    password_server, tmp_path, git, repo_dir
):
    shutil.copytree(repo_dir / ".git", password_server.repository("bare"))
    git("config", "--global", "credential.helper", "store", cwd=tmp_path)
    os.chdir(repo_dir)
    git("remote", "add", "origin", password_server.url("bare"), cwd=repo_dir)
    with gitxp.start_run("lr"):
        pass
    remember(password_server, "wrong")
    done = xp(repo_dir, "push")
    assert done.returncode == 128
    assert "uthentication failed" in done.stderr or "could not read" in done.stderr
    remember(password_server)
    git("fetch", "--quiet", cwd=repo_dir)
    assert xp(repo_dir, "push").stdout == "pushed to origin: 1 run\n"
    os.chdir("/")
