"""Servers on loopback, for all tests of sharing."""

from __future__ import annotations

from servers.fixtures import (  # noqa: F401
    forge,
    git_daemon,
    http_server,
    large_object_server,
    password_server,
    server_home,
    ssh_server,
)
