"""Packs: how the objects of one run enter the store, all of them or none.

A run's objects travel in one pack that is written in the run's own folder, then linked into
the store with a `.keep` file beside it until a ref holds them. So no `git gc` or
`git repack -ad`, however timed, can take one of them (`docs/decisions/0002-one-pack-a-run.md`).

Source of the formats: `gitformat-pack(5)`, pack version 2 and index version 2.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from gitxp.errors import DamagedRecord
from gitxp.storage.disk import sync
from gitxp.storage.odb.objects import KINDS, FileBlob, GitObject
from gitxp.storage.sharing import make_folder, share

_KIND_NUMBERS = {kind: number for number, kind in KINDS.items()}
_INDEX_MAGIC = b"\xfftOc"
_LARGE_OFFSET = 1 << 31
# Magic, version, and 256 counts of 4 bytes, the last of which is that of all objects.
_FANOUT_END = 8 + 256 * 4
# What our own `.keep` files say, since others' are none of our business.
_KEEP = b"gitxp\n"
# Beside a pack of a partial clone: what its objects name may be missing, for the remote has it.
_PROMISED = ".promisor"
# One below zlib's own choice, by a thousandth larger: from there on malloc asks the kernel for the
# memory of each object anew, and a small one takes 48 µs, not 3.
_MEMORY_LEVEL = 7


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack and its index outside of the store, which can be brought in any number of times."""

    path: Path

    @property
    def index_path(self) -> Path:
        """The file that tells where in the pack each object lies."""
        return self.path.with_suffix(".idx")


def write_pack(path: Path, objects: Iterable[GitObject | FileBlob]) -> Pack:
    """Write `objects` as the pack `path` with its index; duplicates are written once.

    The same objects in the same order give the same bytes.
    """
    by_id = {written.oid: written for written in objects}
    pack = Pack(path)
    # A pack of that name may be linked into the store: it must not be written over.
    for former in (pack.path, pack.index_path):
        former.unlink(missing_ok=True)
    try:
        pack.index_path.write_bytes(_index(*_write_objects(path, by_id)))
    except BaseException:  # on a full disk, what is left of it would take the room of the journal
        path.unlink(missing_ok=True)
        pack.index_path.unlink(missing_ok=True)
        raise
    return pack


def _write_objects(
    path: Path, by_id: dict[str, GitObject | FileBlob]
) -> tuple[dict[str, _Place], bytes]:
    """Write the pack, and return the places of its objects and its digest."""
    places: dict[str, _Place] = {}
    with path.open("wb") as file:
        output = _Output(file)
        output.put(b"PACK" + (2).to_bytes(4) + len(by_id).to_bytes(4))
        for oid, written in by_id.items():
            places[oid] = _put_object(output, written)
        digest = output.digest.digest()
        file.write(digest)
    return places, digest


def pack_oids(pack: Pack) -> list[str]:
    """Return the ids of the objects in a pack, by its index.

    Raises:
        DamagedRecord: If the index is not of version 2, or is cut.
        FileNotFoundError: If there is none.
    """
    index = pack.index_path.read_bytes()
    count = int.from_bytes(index[_FANOUT_END - 4 : _FANOUT_END])
    names = index[_FANOUT_END : _FANOUT_END + 20 * count]
    if index[:8] != _INDEX_MAGIC + (2).to_bytes(4) or len(names) != 20 * count:
        raise DamagedRecord(f"pack index {str(pack.index_path)!r} cannot be read")
    return [names[start : start + 20].hex() for start in range(0, len(names), 20)]


def drop_stale_keeps(common_dir: Path, *, before: float) -> None:
    """Delete the `.keep` files that processes left which were killed amid `brought_in`.

    Args:
        before: Seconds since 1970; what is younger may be in use.
    """
    for keep in (common_dir / "objects" / "pack").glob("*.keep"):
        with suppress(FileNotFoundError):
            if keep.stat().st_mtime < before and keep.read_bytes() == _KEEP:
                keep.unlink()


@contextmanager
def left_alone(packs: Iterable[Path]) -> Iterator[None]:
    """Keep every `git repack` from these packs of the store for as long as the block lasts."""
    made: list[Path] = []
    try:
        for pack in packs:
            keep = pack.with_suffix(".keep")
            with suppress(FileExistsError), keep.open("xb") as file:
                made.append(keep)
                file.write(_KEEP)
                share(keep)
        yield
    finally:
        for keep in made:
            keep.unlink(missing_ok=True)


@contextmanager
def brought_in(pack: Pack, common_dir: Path, *, is_durable: bool = False) -> Iterator[None]:
    """Bring `pack` into the store and keep it there while the block makes a ref hold its objects.

    The `.keep` file comes first and goes last: a `git repack` that lists packs before, within or
    after the block leaves this one alone or sees the ref.

    Args:
        is_durable: Whether the objects must outlast a loss of power when the block begins.
    """
    if is_durable:
        sync(pack.path, pack.index_path)
    store = common_dir / "objects" / "pack"
    make_folder(store)
    # A name nobody has had: a repack under way may be about to delete a pack with the same bytes.
    name = store / f"pack-{secrets.token_hex(20)}"
    keep = name.with_suffix(".keep")
    keep.write_bytes(_KEEP)
    share(keep)
    try:
        # Git looks for the index: it must come when the pack is already there.
        _bring(pack.path, name.with_suffix(".pack"))
        promise = pack.path.with_suffix(_PROMISED)
        if promise.exists():
            _bring(promise, name.with_suffix(_PROMISED))
        _bring(pack.index_path, name.with_suffix(".idx"))
        if is_durable:
            sync(store)
        yield
    finally:
        keep.unlink(missing_ok=True)


def _bring(source: Path, target: Path) -> None:
    _make_read_only(source)
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links, or another one than the store's
        partial = target.with_name(f"tmp_{target.name}")
        shutil.copyfile(source, partial)
        _make_read_only(partial)
        partial.replace(target)


def _make_read_only(path: Path) -> None:
    with suppress(PermissionError):  # somebody else's, whose run is recovered
        mode = path.stat().st_mode
        if mode & 0o222:
            path.chmod(mode & 0o444)
            share(path)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an object lies in a pack, and the checksum of its packed bytes."""

    offset: int
    checksum: int


class _Output:
    """A file whose written bytes are counted and summed up."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha1(usedforsecurity=False)
        self.offset = 0

    def put(self, piece: bytes) -> None:
        self._file.write(piece)
        self.digest.update(piece)
        self.offset += len(piece)


def _put_object(output: _Output, written: GitObject | FileBlob) -> _Place:
    offset = output.offset
    compressor = zlib.compressobj(1, memLevel=_MEMORY_LEVEL)
    first = _entry_header(written)
    checksum = zlib.crc32(first)
    output.put(first)
    for piece in _compressed(compressor, written.pieces()):
        checksum = zlib.crc32(piece, checksum)
        output.put(piece)
    return _Place(offset, checksum)


def _compressed(compressor: zlib._Compress, pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield compressor.compress(piece)
    yield compressor.flush()


def _entry_header(written: GitObject | FileBlob) -> bytes:
    size = written.size
    first = (_KIND_NUMBERS[written.kind] << 4) | (size & 15)
    size >>= 4
    header = bytearray()
    while size:
        header.append(first | 0x80)
        first = size & 0x7F
        size >>= 7
    header.append(first)
    return bytes(header)


def _index(places: dict[str, _Place], pack_digest: bytes) -> bytes:
    oids = sorted(places)
    fanout = [0] * 256
    for oid in oids:
        fanout[int(oid[:2], 16)] += 1
    large: list[int] = []
    offsets = []
    for oid in oids:
        offset = places[oid].offset
        if offset >= _LARGE_OFFSET:
            large.append(offset)
            offset = _LARGE_OFFSET | (len(large) - 1)
        offsets.append(offset.to_bytes(4))
    body = b"".join(
        [
            _INDEX_MAGIC,
            (2).to_bytes(4),
            struct.pack(">256I", *accumulate(fanout)),
            *(bytes.fromhex(oid) for oid in oids),
            *(places[oid].checksum.to_bytes(4) for oid in oids),
            *offsets,
            *(offset.to_bytes(8) for offset in large),
            pack_digest,
        ]
    )
    return body + hashlib.sha1(body, usedforsecurity=False).digest()
