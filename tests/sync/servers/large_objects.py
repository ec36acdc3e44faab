"""A server of Git LFS: giftless, an implementation of the batch API, in Flask's own web server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.process import server_environment, serving

# Giftless has every repository in one; so have the addresses that `git http-backend` is served at.
ORGANIZATION = "git"


@dataclass(frozen=True, slots=True)
class LargeObjectServer:
    """Where the large objects of repositories lie.

    Attributes:
        folder: Of the server, with a folder a repository.
        port: Where it listens on loopback.
    """

    folder: Path
    port: int

    def url(self, name: str) -> str:
        """Return what the setting `lfs.url` is to be."""
        return f"http://127.0.0.1:{self.port}/{ORGANIZATION}/{name}.git/info/lfs"

    def objects(self, name: str) -> Path:
        """Return the folder of a repository's objects, each a file named by its digest."""
        return self.folder / ORGANIZATION / name


@contextmanager
def serve_large_objects(home: Path) -> Iterator[LargeObjectServer]:
    """Serve large objects to whoever comes.

    Args:
        home: An empty folder for what is the server's own.
    """
    settings, folder = home / "giftless.yaml", home / "objects"
    wanted = {
        "LEGACY_ENDPOINTS": False,
        "AUTH_PROVIDERS": ["giftless.auth.allow_anon:read_write"],
        "PRE_AUTHORIZED_ACTION_PROVIDER": {"options": {"private_key": "known to tests" * 4}},
        "TRANSFER_ADAPTERS": {"basic": {"options": {"storage_options": {"path": str(folder)}}}},
    }
    settings.write_text(json.dumps(wanted))  # which is YAML
    variables = {**server_environment(home), "GIFTLESS_CONFIG_FILE": str(settings)}

    def command(port: int) -> list[str]:
        return [
            *(sys.executable, "-m", "flask", "--app=giftless.wsgi_entrypoint"),
            *("run", "--host=127.0.0.1", f"--port={port}"),
        ]

    with serving(command, home, variables) as port:
        yield LargeObjectServer(folder, port)
