"""The repository's Git LFS folder, where large artifacts lie as git-lfs itself would put them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gitxp.artifacts.files import open_plain, share_blocks, written_whole
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.objects import read_pieces

_PIECE = 1 << 20


def lfs_dir(common_dir: Path, configured: str = "") -> Path:
    """Return the repository's Git LFS folder.

    Args:
        configured: The setting `lfs.storage`; a relative one starts at the common folder, and
            `~` has no meaning, as in git-lfs.
    """
    return common_dir / (configured or "lfs")


def object_path(common_dir: Path, digest: str, configured: str = "") -> Path:
    """Return where the object with this SHA-256 lies; `configured` as in `lfs_dir`."""
    folder = lfs_dir(common_dir, configured) / "objects"
    return folder / digest[:2] / digest[2:4] / digest


def place_object(source: Path, common_dir: Path, configured: str = "") -> Pointer:
    """Put a file into the LFS folder and return the pointer to it.

    An object that is there already with the right size is left alone. What is digested is the
    copy: a file that somebody writes to meanwhile still makes a sound object.

    Args:
        configured: As in `lfs_dir`.
    """
    # git-lfs's own place for what is not whole yet, which it sweeps.
    scratch = lfs_dir(common_dir, configured) / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with _Placed(scratch) as placed, open_plain(source) as reader:
        ...
    return Pointer(digest.hexdigest(), size)
