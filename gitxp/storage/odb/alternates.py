"""Folders of objects beside the store, in which Git looks up there what they lack."""

from __future__ import annotations

import os
from pathlib import Path


def objects_beside(store: Path, folder: Path) -> Path:
    """Make an empty folder of objects in `folder` that borrows from `store`, and return it."""
    objects = folder / "objects"
    links = objects / "info" / "alternates"
    links.parent.mkdir(parents=True)
    # In a file, since the variable for it takes a colon in a path for a separator.
    links.write_bytes(_quoted(os.fsencode(store)) + b"\n")
    return objects


def _quoted(path: bytes) -> bytes:
    """Return a path as a line of an alternates file takes it."""
    if b"\n" not in path:
        return path
    for plain, spelled in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        path = path.replace(plain, spelled)
    return b'"' + path + b'"'
