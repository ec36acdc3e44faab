"""What a test knows of a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Served:
    """Bare repositories in a folder, and where clients find them.

    Attributes:
        folder: Here the repository `NAME.git` is the remote `url(NAME)`, whenever it was made.
        address: What all remotes begin with.
    """

    folder: Path
    address: str

    def url(self, name: str) -> str:
        """Return the address of a remote."""
        return f"{self.address}/{name}.git"

    def repository(self, name: str) -> Path:
        """Return the bare repository behind a remote."""
        return self.folder / f"{name}.git"
