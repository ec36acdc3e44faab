"""The repository's Git LFS folder, where large artifacts lie as git-lfs itself would put them."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from gitxp.artifacts.files import copy_content
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.objects import read_pieces


def object_path(common_dir: Path, digest: str) -> Path:
    """Return where the object with this SHA-256 lies."""
    return common_dir / "lfs" / "objects" / digest[:2] / digest[2:4] / digest


def place_object(source: Path, common_dir: Path) -> Pointer:
    """Put a file into the LFS folder and return the pointer to it.

    An object that is there already with the right size is left alone.
    """
    digest = hashlib.sha256()
    for piece in read_pieces(source):
        digest.update(piece)
    pointer = Pointer(digest.hexdigest(), source.stat().st_size)
    target = object_path(common_dir, pointer.digest)
    if target.exists() and target.stat().st_size == pointer.size:
        return pointer
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        with source.open("rb") as reader, partial.open("xb") as writer:
            copy_content(reader, writer)
        partial.chmod(0o444)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return pointer
