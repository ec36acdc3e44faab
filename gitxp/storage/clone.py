"""Which clone this is: the home of the runs that are started in it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gitxp.storage.layout import clone_id_path


def clone_id(private_dir: Path) -> str:
    """Return the id of this clone, 32 hexadecimal digits; made at the first question."""
    path = clone_id_path(private_dir)
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return _make(path)


def _make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    partial.write_text(f"{secrets.token_hex(16)}\n")
    try:
        os.link(partial, path)  # unlike a replace, it does not overwrite a faster process
    except FileExistsError:
        partial.unlink()
        return path.read_text().strip()
    except OSError:  # a file system without hard links
        partial.replace(path)
        return path.read_text().strip()
    partial.unlink()
    return path.read_text().strip()


def known_clone_id(private_dir: Path) -> str:
    """Return the id of this clone; empty where none was made yet."""
    try:
        return clone_id_path(private_dir).read_text().strip()
    except FileNotFoundError:
        return ""
