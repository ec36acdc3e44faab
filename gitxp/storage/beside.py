"""An index and objects of its own for Git: the repository's can be read and are never written."""

from __future__ import annotations

import os
from pathlib import Path

from gitxp.storage.repository import Repository


def git_beside(repository: Repository, folder: Path) -> dict[str, str]:
    """Return the variables under which Git writes into `folder`, and nowhere else.

    Args:
        folder: Is there and empty; its `index` does not exist yet.
    """
    links = folder / "objects" / "info" / "alternates"
    links.parent.mkdir(parents=True)
    # In a file, since the variable for it takes a colon in a path for a separator.
    links.write_bytes(_quoted(os.fsencode(repository.common_dir / "objects")) + b"\n")
    return {
        "GIT_INDEX_FILE": str(folder / "index"),
        "GIT_OBJECT_DIRECTORY": str(folder / "objects"),
    }


def _quoted(path: bytes) -> bytes:
    """Return a path as a line of an alternates file takes it."""
    if b"\n" not in path:
        return path
    for plain, spelled in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        path = path.replace(plain, spelled)
    return b'"' + path + b'"'
