"""`git daemon`: Git's own protocol, with no password and nothing between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.process import git_program, server_environment, serving
from servers.served import Served


@contextmanager
def serve_git_daemon(folder: Path, home: Path) -> Iterator[Served]:
    """Serve the repositories in a folder to whoever comes.

    Args:
        home: An empty folder for what is the server's own.
    """
    daemon = git_program("git-daemon")

    def command(port: int) -> list[str]:
        return [
            *(daemon, "--listen=127.0.0.1", f"--port={port}", f"--base-path={folder}"),
            *("--export-all", "--enable=receive-pack", "--reuseaddr", "--verbose"),
        ]

    with serving(command, home, server_environment(home)) as port:
        yield Served(folder, f"git://127.0.0.1:{port}")
