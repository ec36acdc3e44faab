"""Which runs remotes had that go on in other clones, by the last fetch.

Refs under `refs/gitxp/incoming/` hold their checkpoints, and the records of those that ended since
and are not merged; a file a remote names both, so that
whoever lists runs need not ask Git. A line a checkpoint, as `git ls-remote` prints refs, and behind
another tab when this clone first saw it, in seconds since 1970: the checkpoint tells of a time,
too, but by another clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from gitxp.storage.disk import write_whole
from gitxp.storage.live_layout import watched_files, watched_path
from gitxp.storage.refs import SHARED, RunRef, parse_live_ref, parse_run_ref
from gitxp.storage.repository import Repository

_LINE = re.compile(
    rf"^([0-9a-f]{{40}})\t({re.escape(SHARED)}[^\t\n]+)\t(\d{{1,11}})$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A checkpoint that was fetched, or the record of a run of which one was.

    Attributes:
        remote: From which.
        tip: The commit.
        seen: When this clone first saw it, by its own clock.
        is_over: Whether it is the record of a run that ended.
    """

    remote: str
    place: RunRef
    tip: str
    seen: datetime
    is_over: bool


def read_watched(repository: Repository) -> list[Watched]:
    """Return every checkpoint that was fetched and is still on its remote, as far as is known."""
    return _named(repository, parse_live_ref, is_over=False)


def read_ended(repository: Repository) -> list[Watched]:
    """Return the records of watched runs that ended, as they were last fetched.

    Those that were merged since may be among them: they wait no more.
    """
    return _named(repository, parse_run_ref, is_over=True)


def write_watched(repository: Repository, remote: str, tips: Mapping[str, str]) -> None:
    """Remember which checkpoints a remote has, and since when; the file is replaced whole.

    Args:
        tips: By ref; also of the records of such runs that ended and are not merged.
    """
    path = watched_path(repository.private_dir, remote)
    if not tips:
        path.unlink(missing_ok=True)
        return
    before, now = _read(path), ceil(datetime.now(UTC).timestamp())
    lines = []
    for ref in sorted(tips):
        tip, seen = before.get(ref, ("", now))
        lines.append(f"{tips[ref]}\t{ref}\t{seen if tip == tips[ref] else now}\n")
    write_whole(path, "".join(lines).encode())


def _named(
    repository: Repository, parsed: Callable[[str], RunRef | None], *, is_over: bool
) -> list[Watched]:
    found = []
    for remote, path in watched_files(repository.private_dir):
        for ref, (tip, seen) in _read(path).items():
            place = parsed(ref)
            if place is not None:
                first = datetime.fromtimestamp(seen, UTC)
                found.append(Watched(remote, place, tip, first, is_over))
    return found


def _read(path: Path) -> dict[str, tuple[str, int]]:
    """Return tips by ref, each with when it was first seen."""
    try:
        content = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return {}
    return {ref: (tip, int(seen)) for tip, ref, seen in _LINE.findall(content)}
