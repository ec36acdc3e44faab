"""Waiting for a Git process that talks to a remote, and telling how far it has come."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitxp.errors import RemoteFailed
from gitxp.storage.git import abandon_git, feed_git

if TYPE_CHECKING:
    import psutil

# Called with a line such as `Receiving objects:  42% (420/1000)`.
Heard = Callable[[str], None]

_PROGRESS = re.compile(r"(?:remote: )?[A-Z][A-Za-z ]+: +(?:\d+% \(\d+/\d+\).*|\d+(?:,.*)?)")
# So a server ends its progress.
_COUNTED = re.compile(r"(?:remote: )?Total \d+ \(delta .*")
_SAID_BEFORE = re.compile(r"^(?:fatal|error): ")
# What a server sends instead of reasons is no longer than this.
_MOST_WORDS = 64 << 10
_PIECE = 64 << 10
# To end by itself, in seconds.
_GRACE = 0.5
_BETWEEN_LOOKS = 0.01


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
    patience: float | None = None,
    most: int | None = None,
) -> Said:
    """Give Git its input and listen to both of its voices until it ends; it ends with us.

    Args:
        patience: After so many seconds without a word from it, it is ended with all that it has
            started, as one that failed; it may be silent for as long as it likes where None.
        most: Bytes of its output; as many as it likes where None.

    Raises:
        RemoteFailed: If it says more than that; then it is ended, too.
    """
    words, output = _Words(heard or _ignore), _Output(most)
    if process.stdin is not None:  # by another thread: it may answer before it has read all
        threading.Thread(target=feed_git, args=(process, given), daemon=True).start()
    try:
        is_silent = not _listen(process, output.take, words.take, patience)
    finally:
        end_talk(process)
    if is_silent and process.returncode:
        return _silent(process, patience)
    return Said(process.returncode, output.all(), words.all())


def hear_progress(process: subprocess.Popen[bytes], heard: Heard) -> Said:
    """Listen to a process that tells by either voice how far it has come; it ends with us.

    Nothing else of its output is kept.
    """
    output, words = _Words(heard), _Words(heard)
    try:
        _listen(process, output.take, words.take, None)
    finally:
        end_talk(process)
    return Said(process.returncode, b"", words.all())


def hear_answer(
    process: subprocess.Popen[bytes], question: bytes, end: bytes, *, patience: float | None = None
) -> Said:
    """Ask Git something and listen until its answer ends; then it waits for more to be said.

    Its status is 0 where the whole answer came. Otherwise Git has ended, as in `hear_out`.

    Args:
        end: What stands at the end of each answer, and nowhere in it.
    """
    words, output = _Words(_ignore), _Output(None)
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it ended early; its status tells why
        process.stdin.write(question)
        process.stdin.flush()
    is_whole = is_silent = False
    try:
        is_silent = not _listen(process, output.take, words.take, patience, output.ends(end))
        is_whole = output.all().endswith(end)
    finally:
        if not is_whole:
            end_talk(process)
    if is_whole:
        return Said(0, output.all(), words.all())
    if is_silent:
        return _silent(process, patience)
    return Said(process.returncode or 1, output.all(), words.all())


def _silent(process: subprocess.Popen[bytes], patience: float | None) -> Said:
    return Said(process.returncode or 1, b"", f"the remote has said nothing for {patience:g} s")


def end_talk(process: subprocess.Popen[bytes]) -> None:
    """End a process, with all of its own, if it has not ended; nobody waits for what it says."""
    if process.poll() is None:
        _end_with_children(process.pid)
    abandon_git(process)


def end_talks() -> None:
    """End every process that this one has started, with all of theirs: nobody waits for them."""
    _end_with_children(None)


def _end_with_children(pid: int | None) -> None:
    """End what a process has started: SSH, say, goes on without the Git that it served.

    Args:
        pid: Ended as well; this process, which is not, where None.
    """
    import psutil  # for the one talk that does not end by itself

    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        children = parent.children(recursive=True)
        ended = children if pid is None else [parent, *children]
        # First asked: Git that waits for a password gives the terminal its echo back.
        for one in ended:
            with suppress(psutil.Error):
                one.terminate()
        end = time.monotonic() + _GRACE
        while time.monotonic() < end and any(map(_goes_on, ended)):
            time.sleep(_BETWEEN_LOOKS)
        for one in filter(_goes_on, ended):
            with suppress(psutil.Error):
                one.kill()


def _goes_on(process: psutil.Process) -> bool:
    """Whether a process has not ended; what became of one of ours is left to `subprocess`."""
    import psutil

    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _ignore(line: str) -> None:
    """Whoever has no terminal wants to know nothing of it."""


def _listen(
    process: subprocess.Popen[bytes],
    take_output: Callable[[bytes], object],
    take_words: Callable[[bytes], object],
    patience: float | None,
    is_enough: Callable[[], bool] | None = None,
) -> bool:
    """Take in all that a process says until it ends; return False where patience ran out.

    Args:
        is_enough: Asked after each piece; once it is, the process need not end.
    """
    with selectors.DefaultSelector() as voices:
        assert process.stdout is not None
        assert process.stderr is not None
        voices.register(process.stdout, selectors.EVENT_READ, take_output)
        voices.register(process.stderr, selectors.EVENT_READ, take_words)
        while voices.get_map():
            ready = voices.select(patience)
            if not ready:
                return False
            for key, _ in ready:
                piece = os.read(key.fd, _PIECE)
                key.data(piece)
                if not piece:
                    voices.unregister(key.fileobj)
            if is_enough is not None and is_enough():
                return True
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        return False
    return True


class _Output:
    """What comes on standard output, piece by piece."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._pieces: list[bytes] = []
        self._size = 0

    def take(self, piece: bytes) -> None:
        """Take in a piece."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._most is not None and self._size > self._most:
            raise RemoteFailed(f"the remote's answer is larger than {self._most:,} bytes")

    def all(self) -> bytes:
        """Return all that came."""
        return b"".join(self._pieces)

    def ends(self, end: bytes) -> Callable[[], bool]:
        """Return what tells whether that which came so far ends so."""
        return lambda: b"".join(self._pieces[-len(end) :]).endswith(end)


class _Words:
    """What is said to people, piece by piece: its progress is told, the rest kept."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._kept: list[str] = []
        self._size = 0
        self._rest = b""

    def take(self, piece: bytes) -> None:
        """Take in a piece; an empty one is the end."""
        *lines, rest = re.split(rb"[\r\n]+", self._rest + piece)
        for line in lines if piece else [rest]:
            self._take_line(line)
        self._rest = rest[:_MOST_WORDS]

    def all(self) -> str:
        """Return what was kept."""
        return "\n".join(self._kept)

    def _take_line(self, line: bytes) -> None:
        told = line.decode(errors="replace").strip()
        if _PROGRESS.fullmatch(told):
            self._heard(told.removeprefix("remote: "))
        elif told and not _COUNTED.fullmatch(told) and len(told) <= _MOST_WORDS - self._size:
            self._kept.append(_SAID_BEFORE.sub("", told))
            self._size += len(told)
