"""Servers for one test each. All but that of large objects serve the test's `tmp_path`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from servers.git_daemon import serve_git_daemon
from servers.large_objects import LargeObjectServer, serve_large_objects
from servers.served import Served
from servers.smart_http import Login, serve_http
from servers.ssh import ServedBySsh, serve_ssh

LOGIN = Login("ada", "difference-engine")


@pytest.fixture
def server_home(tmp_path_factory) -> Path:
    """A folder for what is a server's own, out of what it serves."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture
def git_daemon(tmp_path, server_home) -> Iterator[Served]:
    """`git daemon`, which lets everybody push."""
    with serve_git_daemon(tmp_path, server_home) as served:
        yield served


@pytest.fixture
def http_server(tmp_path, server_home) -> Iterator[Served]:
    """Git over HTTP, to which everybody may push."""
    with serve_http(tmp_path, server_home) as served:
        yield served


@pytest.fixture
def password_server(tmp_path, server_home) -> Iterator[Served]:
    """Git over HTTP for `LOGIN` alone."""
    with serve_http(tmp_path, server_home, login=LOGIN) as served:
        yield served


@pytest.fixture
def ssh_server(tmp_path, server_home, monkeypatch) -> Iterator[ServedBySsh]:
    """Git over SSH; `GIT_SSH_COMMAND` has the key."""
    with serve_ssh(tmp_path, server_home) as served:
        monkeypatch.setenv("GIT_SSH_COMMAND", served.command())
        yield served


@pytest.fixture
def large_object_server(tmp_path_factory) -> Iterator[LargeObjectServer]:
    """A server of Git LFS, to which everybody may push."""
    with serve_large_objects(tmp_path_factory.mktemp("large")) as server:
        yield server


@pytest.fixture
def forge(tmp_path, server_home, large_object_server) -> Iterator[Served]:
    """Git and Git LFS at the same addresses, for `LOGIN` alone.

    The large objects lie where `large_object_server` has them.
    """
    with serve_http(
        tmp_path, server_home, login=LOGIN, large_objects=large_object_server
    ) as served:
        yield served


def remember(served, password: str = LOGIN.password) -> None:
    """Leave the password where Git's `credential.helper=store` finds it."""
    place = urlsplit(served.address).netloc
    (Path.home() / ".git-credentials").write_text(f"http://{LOGIN.user}:{password}@{place}\n")
