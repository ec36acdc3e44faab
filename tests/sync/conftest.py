"""Clones of a team, which share runs through a bare repository; and servers on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers.fixtures import (  # noqa: F401
    forge,
    git_daemon,
    http_server,
    large_object_server,
    password_server,
    remember,
    server_home,
    ssh_server,
)

import gitxp
from gitxp.storage.clone import clone_id
from gitxp.storage.refs import SHARED
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository, open_repository
from gitxp.storage.transport.git_lfs import has_git_lfs
from gitxp.storage.transport.remotes import Remote, find_remote
from gitxp.sync.arrival import Arrival
from gitxp.sync.fetch import fetch
from gitxp.sync.pull import merge_incoming
from gitxp.sync.push import plan_push, push


@dataclass(frozen=True)
class Clone:
    """One clone, and what its user does."""

    top: Path

    @property
    def repository(self) -> Repository:
        return open_repository(self.top)

    @property
    def remote(self) -> Remote:
        return find_remote(self.repository, None)

    def start(self, **params) -> str:
        """Record a run, and return its id."""
        os.chdir(self.top)
        with gitxp.start_run("lr", params=params, snapshot="each") as run:
            run.log({"loss": 1.0})
        return str(run.id)

    def xp(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command that has no terminal, and hangs no test."""
        return subprocess.run(
            [sys.executable, "-m", "gitxp", *words],
            cwd=self.top,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            timeout=300,
            check=False,
        )

    def push(self, to: str | None = None) -> dict[str, str]:
        """Push all, and return by ref why it did not go."""
        remote = find_remote(self.repository, to, to_push=True)
        plan = plan_push(self.repository, remote)
        sent = push(self.repository, remote, plan)
        refused = {one.ref: one.reason for one in sent if not one.is_there}
        return {**dict.fromkeys(plan.diverged, "edited on both sides"), **refused}

    def fetch(self, name: str | None = None):
        return fetch(self.repository, find_remote(self.repository, name), command="git xp fetch")

    def pull(self, name: str | None = None) -> list[Arrival]:
        self.fetch(name)
        return self.merge(name)

    def merge(self, name: str | None = None) -> list[Arrival]:
        remote = find_remote(self.repository, name)
        home = clone_id(self.repository)
        return merge_incoming(self.repository, remote, home=home, command="git xp pull")

    def remote_refs(self, folder: str = "server.git") -> dict[str, str]:
        return list_refs(open_repository(self.top.parent / folder), SHARED)

    def refs(self) -> dict[str, str]:
        return list_refs(self.repository, SHARED)


@pytest.fixture
def server(tmp_path, repo_dir, git) -> Path:
    """A bare repository with the code of `repo_dir`."""
    git("clone", "--quiet", "--bare", str(repo_dir), str(tmp_path / "server.git"), cwd=tmp_path)
    return tmp_path / "server.git"


@pytest.fixture
def make_clone(tmp_path, git) -> Callable[..., Clone]:
    """Clone a remote into a folder of this name."""

    def make(address: object, name: str, *options: str) -> Clone:
        git("clone", "--quiet", *options, str(address), name, cwd=tmp_path)
        return Clone(tmp_path / name)

    yield make
    os.chdir("/")


@pytest.fixture
def clones(tmp_path, server, git) -> list[Clone]:
    """Three clones of it."""
    found = []
    for name in ("ada", "bob", "eve"):
        git("clone", "--quiet", str(server), name, cwd=tmp_path)
        found.append(Clone(tmp_path / name))
    yield found
    os.chdir("/")


@pytest.fixture
def without_git_lfs(tmp_path_factory, monkeypatch) -> None:
    """A machine on which git-lfs is not installed."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("git", "sh", "ssh"):
        if (found := shutil.which(name)) is not None:
            (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    assert not has_git_lfs()


_GIT_SERVERS = ("git_daemon", "http_server", "password_server", "ssh_server", "forge")


@pytest.fixture
def bare(tmp_path, repo_dir, git):
    """A bare repository with the code of `repo_dir`, that every server serves as `bare`."""
    git("clone", "--quiet", "--bare", str(repo_dir), "bare.git", cwd=tmp_path)
    return tmp_path / "bare.git"


@pytest.fixture(params=_GIT_SERVERS)
def any_server(request, git, tmp_path):
    """Each server in turn, with all that a client needs to know."""
    served = request.getfixturevalue(request.param)
    git("config", "--global", "credential.helper", "store", cwd=tmp_path)
    remember(served)
    return served
