"""Which large files a remote was not given, though it may have the records that name them.

A file beside what the remote had. A line a large file: digest, bytes, and why it is not there, with
tabs between; the last line counts the others, so that a file which was cut short tells so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.disk import write_whole
from gitxp.storage.remote_layout import not_uploaded_path
from gitxp.storage.repository import Repository
from gitxp.storage.transport.last_seen import remote_digest

_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})\t(?P<size>\d{1,19})\t(?P<reason>[^\t\n]*)")
_END = "end\t{}"
# Of a reason; what a server says may be long.
_MOST_WORDS = 500


@dataclass(frozen=True, slots=True)
class NotUploaded:
    """A large file that a remote was to have.

    Attributes:
        reason: Why it is not there; empty where it is not here, either.
    """

    pointer: Pointer
    reason: str


def read_not_uploaded(repository: Repository, url: str) -> tuple[NotUploaded, ...] | None:
    """Return what the remote at an address was not given; None where nobody knows any more."""
    try:
        content = not_uploaded_path(repository.private_dir, remote_digest(url)).read_bytes()
    except FileNotFoundError:
        return ()
    *lines, last = content.decode("utf-8", "replace").removesuffix("\n").split("\n")
    found = [match for line in lines if (match := _LINE.fullmatch(line)) is not None]
    if len(found) != len(lines) or last != _END.format(len(lines)):
        return None
    return tuple(
        NotUploaded(Pointer(line["digest"], int(line["size"])), line["reason"]) for line in found
    )


def write_not_uploaded(repository: Repository, url: str, found: Iterable[NotUploaded]) -> None:
    """Remember what the remote at an address was not given; the file is replaced whole.

    Raises:
        OSError: If that cannot be written.
    """
    path = not_uploaded_path(repository.private_dir, remote_digest(url))
    wanted = sorted(found, key=lambda one: one.pointer.digest)
    if not wanted:
        with suppress(FileNotFoundError):
            path.unlink()
        return
    lines = [
        f"{one.pointer.digest}\t{one.pointer.size}\t{_on_one_line(one.reason)}" for one in wanted
    ]
    content = "\n".join([*lines, _END.format(len(lines))])
    write_whole(path, f"{content}\n".encode(errors="replace"))


def _on_one_line(reason: str) -> str:
    return " ".join(reason.split())[:_MOST_WORDS]
