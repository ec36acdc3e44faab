"""What Git says where a remote fails: whether to try again, and what the user can do."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterator
from typing import Final

from gitxp.errors import RemoteFailed
from gitxp.storage.transport.talk import Said

_TRIES: Final = 6
_PAUSE: Final = 0.2
_UNREACHED: Final = re.compile(
    r"HTTP (?:429|500|502|503|504)|error: (?:429|5\d\d)|Connection (?:reset|timed out)|"
    r"early EOF|unexpected disconnect|hung up unexpectedly|closed by remote host",
    re.IGNORECASE,
)
# What is heard where a remote dies over what is damaged there, and where the way to it breaks.
HUNG_UP: Final = re.compile(
    r"^expected '|hung up unexpectedly|unexpected disconnect|"
    r"Connection reset|Broken pipe|HTTP 500",
    re.IGNORECASE | re.MULTILINE,
)
_FULL: Final = re.compile(
    r"No space left|Disk quota|Read-only file system|unable to create temporary object"
)
# What stays as it is however often one tries, though Git goes on to say that the remote hung up.
_LASTING: Final = re.compile(
    rf"{_FULL.pattern}|Permission denied|"
    r"does not appear to be a git repository|Host key verification failed",
    re.IGNORECASE,
)
_HINTS: Final = (
    (
        r"Host key verification failed",
        "connect once by hand, and compare the key: ssh -T HOST",
    ),
    (
        r"could not read (?:Username|Password)|terminal prompts disabled|"
        r"unable to read askpass|Authentication failed|HTTP 40[13]|error: 40[13]",
        "git fetch {remote}, in a terminal; so that nobody is asked: git config credential.helper",
    ),
    (
        r"Permission denied \(|Too many authentication failures",
        "let the remote know your SSH key; one with a passphrase needs an ssh-agent",
    ),
    (
        r"Could not resolve host|Name or service not known|nodename nor servname|"
        r"Temporary failure in name resolution",
        "is the network there, and the address right? git remote get-url {remote}",
    ),
    (
        r"hidden ref",
        "whoever keeps the remote must let refs/experiments through: receive.hideRefs there",
    ),
    (
        r"shallow update not allowed",
        "bring the rest of the history here first: git fetch --unshallow",
    ),
    (
        _FULL.pattern,
        "it is the remote that cannot be written, or has no room",
    ),
    (
        r"does not appear to be a git repository|[Rr]epository .*not found|not found: did you run",
        "is it still there? git remote get-url {remote}",
    ),
)


def tries(over: threading.Event | None = None) -> Iterator[bool]:
    """Yield for each time that something is tried whether it is the last; wait in between.

    Args:
        over: Once it is set, nothing is tried again, and nobody waits.
    """
    over = over or threading.Event()
    for attempt in range(1, _TRIES + 1):
        yield attempt == _TRIES
        if over.wait(random.uniform(0, _PAUSE * 2**attempt)):
            return


def answer_of(remote: str, ask: Callable[[], Said], over: threading.Event | None = None) -> str:
    """Ask a remote something, again where it was too busy, and return its answer.

    Args:
        over: See `tries`.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
    """
    words = ""
    for is_last in tries(over):
        said = ask()
        if not said.status:
            return said.output.decode("utf-8", "surrogateescape")
        words = said.words
        if is_last or not is_unreached(words):
            break
    raise remote_failed(remote, words)


def is_unreached(words: str) -> bool:
    """Return whether a remote was too busy to answer, so that it may soon."""
    return bool(_UNREACHED.search(words)) and not is_lasting(words)


def is_lasting(words: str) -> bool:
    """Return whether to try again is of no use."""
    return bool(_LASTING.search(words))


def is_full_here(words: str) -> bool:
    """Return whether a fetch failed for what it could not write: what servers say begins so."""
    lines = words.splitlines()
    return any(_FULL.search(line) for line in lines if not line.startswith("remote:"))


def hint_for(remote: str, words: str, *, fetches: bool = False) -> str:
    """Return what to do about what Git said; empty where nobody knows.

    Args:
        fetches: Whether it is this clone that writes, rather than the remote.

    Example:
        >>> hint_for("origin", "deny updating a hidden ref")
        'whoever keeps the remote must let refs/experiments through: receive.hideRefs there'
    """
    if fetches and is_full_here(words):
        return "it is the disk of this clone that cannot be written, or has no room: df -h ."
    found = (hint for pattern, hint in _HINTS if re.search(pattern, words))
    known = next(found, "").format(remote=remote)
    if not known and fetches and HUNG_UP.search(words):
        return "the connection broke, or the remote died over what is damaged: git fsck, there"
    return known


def remote_failed(remote: str, words: str, *, fetches: bool = False) -> RemoteFailed:
    """Return the error that a remote failed, in Git's own words; see `hint_for`."""
    told = words or f"remote {remote!r} does not answer"
    return RemoteFailed(told, hint=hint_for(remote, words, fetches=fetches))
