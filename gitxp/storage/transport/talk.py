"""Waiting for a Git process that talks to a remote, and telling how far it has come."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from gitxp.storage.git import abandon_git, feed_git

# Called with a line such as `Receiving objects:  42% (420/1000)`.
Heard = Callable[[str], None]

_PROGRESS = re.compile(r"(?:remote: )?[A-Z][A-Za-z ]+: +(?:\d+% \(\d+/\d+\)|\d+(?:, done)?).*")
_SAID_BEFORE = re.compile(r"^(?:fatal|error): ")
# What a server sends instead of reasons is no longer than this.
_MOST_WORDS = 64 << 10


@dataclass(frozen=True, slots=True)
class Said:
    """What a Git process said until it ended.

    Attributes:
        status: 0 where all went well.
        words: What stood on standard error, without its progress.
    """

    status: int
    output: bytes
    words: str


def hear_out(
    process: subprocess.Popen[bytes],
    given: bytes = b"",
    *,
    heard: Heard | None = None,
    most: int = -1,
) -> Said:
    """Give Git its input and listen to both of its voices until it ends; it ends with us.

    Args:
        heard: Is told how far it has come.
        most: Bytes of output after which it is ended; any number where negative.
    """
    words: list[str] = []
    listening = threading.Thread(
        target=_listen, args=(process.stderr, words, heard or _ignore), daemon=True
    )
    listening.start()
    if process.stdin is not None:  # by another thread: it may answer before it has read all
        threading.Thread(target=feed_git, args=(process, given), daemon=True).start()
    try:
        assert process.stdout is not None
        output = process.stdout.read(most)
        if len(output) == most:
            process.kill()
            process.stdout.close()  # whoever it has started ends with that
        listening.join()
        status = process.wait()
    finally:
        abandon_git(process)
    return Said(status, output, "\n".join(words))


def _ignore(line: str) -> None:
    """Whoever has no terminal wants to know nothing of it."""


def _listen(stream: IO[bytes] | None, words: list[str], heard: Heard) -> None:
    assert stream is not None
    size = 0
    rest = b""
    while piece := stream.read1():  # type: ignore[attr-defined]  # a pipe's is buffered
        *lines, rest = re.split(rb"[\r\n]+", rest + piece)
        for line in lines:
            size += _take(line, words, heard, room=_MOST_WORDS - size)
        rest = rest[:_MOST_WORDS]
    _take(rest, words, heard, room=_MOST_WORDS - size)


def _take(line: bytes, words: list[str], heard: Heard, *, room: int) -> int:
    """Keep a line that is no progress, as far as there is room, and return its size."""
    told = line.decode(errors="replace").strip()
    if _PROGRESS.fullmatch(told):
        heard(told.removeprefix("remote: "))
        return 0
    if told and len(told) <= room:
        words.append(_SAID_BEFORE.sub("", told))
        return len(told)
    return 0
