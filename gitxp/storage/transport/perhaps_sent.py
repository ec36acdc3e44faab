"""Which refs a push was about to send: whoever is killed amid it does not know what got there.

A file a remote, a line a ref. Such a run may have been there, and been removed since by somebody
who saw it there: nobody may take it for one that never left this clone.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from gitxp.storage.disk import locked, write_whole
from gitxp.storage.remote_layout import perhaps_sent_path, remotes_dir
from gitxp.storage.repository import Repository


def perhaps_sent(repository: Repository) -> set[str]:
    """Return the refs that may have got to any remote, of which it was never heard."""
    folder = remotes_dir(repository.private_dir)
    return {ref for path in folder.glob(perhaps_sent_path(Path(), "*").name) for ref in _read(path)}


def note_sending(repository: Repository, digest: str, refs: Collection[str]) -> None:
    """Remember that refs are about to be sent, until it is heard what became of them."""
    _change(_path(repository, digest), add=refs)


def note_heard(repository: Repository, digest: str, refs: Collection[str]) -> None:
    """Forget refs of which it is known now whether the remote has them."""
    path = _path(repository, digest)
    if path.exists():
        _change(path, drop=refs)


def _change(path: Path, *, add: Collection[str] = (), drop: Collection[str] = ()) -> None:
    with locked(path.with_suffix(".sending-lock")):
        left = sorted((_read(path) | {*add}).difference(drop))
        if left:
            write_whole(
                path, "".join(f"{ref}\n" for ref in left).encode("utf-8", "surrogateescape")
            )
        else:
            path.unlink(missing_ok=True)


def _path(repository: Repository, digest: str) -> Path:
    return perhaps_sent_path(repository.private_dir, digest)


def _read(path: Path) -> set[str]:
    with suppress(FileNotFoundError):
        return set(path.read_text("utf-8", "surrogateescape").splitlines())
    return set()
