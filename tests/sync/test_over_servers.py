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
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 runs\n"), done.stderr
    assert xp(bob, "fetch", "-q").returncode == 0
    assert run in xp(bob, "list", "-r", "origin", "--json").stdout
    done = xp(bob, "pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: 1 new\n"), done.stderr
    assert xp(bob, "tag", "seen", run).returncode == 0
    assert xp(bob, "push").returncode == 0
    assert xp(ada, "pull").stdout == "pulled from origin: 1 updated\n"
    assert xp(ada, "verify").returncode == 0


def test_old_protocol_will_do(pair, git):
    ada, bob, _ = pair
    for folder in (ada, bob):
        git("config", "protocol.version", "0", cwd=folder)
    assert xp(ada, "push").returncode == 0
    assert xp(bob, "pull").stdout == "pulled from origin: 1 new\n"


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
    assert xp(repo_dir, "push").stdout == "pushed to origin: 1 runs\n"
    os.chdir("/")
