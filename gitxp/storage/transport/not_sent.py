"""Which records a remote could not send, and why, so that the next fetch asks for them last.

A file a remote, a line a record: its tip, a tab, its ref, a tab, and what Git said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitxp.storage.disk import locked, write_whole
from gitxp.storage.remote_layout import not_sent_path
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder
from gitxp.storage.transport.last_seen import remote_digest

# What a remote says may be long, and of each record.
_MOST_SAID: Final = 500


@dataclass(frozen=True, slots=True)
class NotSent:
    """A record that a remote could not send.

    Attributes:
        tip: What it had there; another one may be whole.
        reason: In Git's own words.
    """

    tip: str
    reason: str


def read_not_sent(repository: Repository, url: str) -> dict[str, NotSent]:
    """Return by ref what the remote at an address could not send when it was last asked for it."""
    return _read(_path(repository, url))


def note_not_sent(
    repository: Repository,
    url: str,
    found: Mapping[str, NotSent],
    *,
    sent: Collection[str],
    there: Collection[str] | None = None,
) -> None:
    """Remember what a remote could not send, and forget the refs that it has sent or has no more.

    Args:
        there: Those that it has; None where nobody knows.
    """
    path = _path(repository, url)
    if not found and not path.exists():
        return
    make_folder(path.parent)
    with locked(path.with_suffix(".lacks-lock")):
        before = _read(path)
        kept = before if there is None else {ref: before[ref] for ref in before if ref in there}
        now = {ref: one for ref, one in {**kept, **found}.items() if ref not in sent}
        if not now:
            path.unlink(missing_ok=True)
        elif now != before:
            write_whole(path, _content(now))


def _path(repository: Repository, url: str) -> Path:
    return not_sent_path(repository.private_dir, remote_digest(url))


def _content(found: Mapping[str, NotSent]) -> bytes:
    lines = (
        f"{found[ref].tip}\t{ref}\t{found[ref].reason[:_MOST_SAID]}\n" for ref in sorted(found)
    )
    return "".join(lines).encode("utf-8", "surrogateescape")


def _read(path: Path) -> dict[str, NotSent]:
    with suppress(FileNotFoundError):
        lines = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
        told = (line.split("\t", 2) for line in lines)
        return {one[1]: NotSent(one[0], one[2]) for one in told if len(one) == 3}
    return {}
