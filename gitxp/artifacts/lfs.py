"""The repository's Git LFS folder, where large artifacts lie as git-lfs itself would put them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from gitxp.artifacts.files import open_source, share_blocks
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.odb.objects import read_pieces
from gitxp.storage.sharing import make_folder, share

_PIECE = 1 << 20


def lfs_dir(common_dir: Path, configured: str = "") -> Path:
    """Return the repository's Git LFS folder.

    Args:
        configured: The setting `lfs.storage`; a relative one starts at the common folder, and
            `~` has no meaning, as in git-lfs.
    """
    return common_dir / (configured or "lfs")


def cleans_files(common_dir: Path, settings: Mapping[str, str]) -> bool:
    """Return whether Git LFS takes files of code here, as Git's settings and its folder tell."""
    folder = lfs_dir(common_dir, settings.get("lfs.storage", ""))
    return "filter.lfs.clean" in settings and (folder / "objects").is_dir()


def object_path(common_dir: Path, digest: str, configured: str = "") -> Path:
    """Return where the object with this SHA-256 lies; `configured` as in `lfs_dir`."""
    return object_in(lfs_dir(common_dir, configured), digest)


def object_in(folder: Path, digest: str) -> Path:
    """Return where the object with this SHA-256 lies in a Git LFS folder."""
    return folder / "objects" / digest[:2] / digest[2:4] / digest


def bad_path(folder: Path, digest: str) -> Path:
    """Return where `git lfs fsck` puts an object whose bytes are not those that its name says."""
    return folder / "bad" / digest


def partial_object(folder: Path) -> Path:
    """Return a new path in git-lfs's own folder for what is not whole yet.

    It sweeps what a killed process left there.
    """
    return folder / "tmp" / f"gitxp-{secrets.token_hex(8)}"


def incomplete_object(folder: Path, digest: str) -> Path:
    """Return where in a Git LFS folder an object is gathered that comes from a server."""
    return folder / "incomplete" / f"{digest}.gitxp"


def is_sound(path: Path, digest: str, heard: Callable[[int], None] | None = None) -> bool:
    """Return whether an object, by whichever of its names, has this SHA-256.

    Args:
        heard: Called with the bytes that are read so far.

    Raises:
        OSError: If it cannot be read.
    """
    pieces = read_pieces(path)
    return pointer_to(pieces if heard is None else _counted(pieces, heard)).digest == digest


def place_object(source: Path, common_dir: Path, configured: str = "") -> Pointer:
    """Put a file into the LFS folder and return the pointer to it.

    An object that is there already with the right size is left alone. The copy is what is
    digested: a file that is written to meanwhile still makes a sound object.

    Args:
        configured: As in `lfs_dir`.

    Raises:
        InvalidValue: If `source` is no plain file.
        OSError: If the object cannot be written.
    """
    partial = partial_object(lfs_dir(common_dir, configured))
    make_folder(partial.parent)
    try:
        pointer = _copy_digesting(source, partial)
        target = object_path(common_dir, pointer.digest, configured)
        if not (target.is_file() and target.stat().st_size == pointer.size):
            make_folder(target.parent)
            share(partial)
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return pointer


def _copy_digesting(source: Path, target: Path) -> Pointer:
    with open_source(source) as reader, target.open("xb") as writer:
        if share_blocks(reader, writer):
            return pointer_to(read_pieces(target))
        return pointer_to(_copied(reader, writer))


def _copied(reader: BinaryIO, writer: BinaryIO) -> Iterator[bytes]:
    """Yield the content of `reader` while writing it."""
    while piece := reader.read(_PIECE):
        writer.write(piece)
        yield piece


def pointer_to(pieces: Iterator[bytes]) -> Pointer:
    """Return the pointer to a file, given its content."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return Pointer(digest.hexdigest(), size)


def _counted(pieces: Iterator[bytes], heard: Callable[[int], None]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        yield piece
        size += len(piece)
        heard(size)
