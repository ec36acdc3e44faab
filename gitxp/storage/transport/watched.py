"""Which runs remotes had that go on in other clones, by the last fetch.

Refs under `refs/gitxp/incoming/` hold their checkpoints; a file a remote names them, so that
whoever lists runs need not ask Git. A line a checkpoint, as `git ls-remote` prints refs.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from gitxp.storage.live_layout import watched_files, watched_path
from gitxp.storage.refs import RunRef, parse_live_ref
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder, share
from gitxp.storage.transport.last_seen import parse_tips


@dataclass(frozen=True, slots=True)
class Watched:
    """A checkpoint that was fetched.

    Attributes:
        remote: From which.
        tip: The commit.
    """

    remote: str
    place: RunRef
    tip: str


def read_watched(repository: Repository) -> list[Watched]:
    """Return every checkpoint that was fetched and is still on its remote, as far as is known."""
    found = []
    for remote, path in watched_files(repository.private_dir):
        tips = parse_tips(path.read_bytes().decode("utf-8", "replace"))
        places = ((parse_live_ref(ref), tip) for ref, tip in tips.items())
        found += [Watched(remote, place, tip) for place, tip in places if place is not None]
    return found


def write_watched(repository: Repository, remote: str, tips: Mapping[str, str]) -> None:
    """Remember which checkpoints a remote has; the file is replaced whole."""
    path = watched_path(repository.private_dir, remote)
    if not tips:
        path.unlink(missing_ok=True)
        return
    make_folder(path.parent)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        partial.write_text("".join(f"{tips[ref]}\t{ref}\n" for ref in sorted(tips)), "utf-8")
        share(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
