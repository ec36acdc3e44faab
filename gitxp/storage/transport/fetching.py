"""Asking a remote what runs it has, and bringing some of them here."""

from __future__ import annotations

import random
import re
import threading
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from gitxp.storage.odb.pack import brought_in
from gitxp.storage.refs import SHARED
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.advertised import (
    OF_INTEREST,
    Advertised,
    parse_advertised,
    parse_tips,
)
from gitxp.storage.transport.carrier import Carrier, carrier
from gitxp.storage.transport.failure import answer_of, remote_failed
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard, hear_out

# Where the carrier keeps what the remote is known to have.
_THERE: Final = "refs/there/"
# What is said where an object is not there, with its id: by protocol 0 nothing is sent but what a
# remote has at that moment.
_MOVED: Final = re.compile(r"not our ref|unadvertised object")
_LACKS: Final = re.compile(
    r"^(?=.*\b[0-9a-f]{40}\b).*(?:not our ref|unadvertised object|not valid|bad|missing|corrupt|"
    r"could not (?:read|parse)|unable to (?:read|parse|find)|cannot obtain)|"
    r"did not send all necessary objects|repository corruption on the remote side",
    re.IGNORECASE | re.MULTILINE,
)
# Each is a talk with the remote; so a few damaged records are found among thousands.
_MOST_FAILURES: Final = 64


def advertised_tips(
    repository: Repository,
    remote: Remote,
    pattern: str = f"{SHARED}*",
    *,
    to_push: bool = False,
    over: threading.Event | None = None,
) -> dict[str, str]:
    """Return by ref the tips of what a remote has under `refs/experiments/`.

    Args:
        pattern: Which of them.
        to_push: Whether what is pushed there is meant, where that is another place.
        over: Set once nobody waits for the answer any more.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
    """
    address = remote.push_address if to_push else remote.name
    return parse_tips(_advertised(repository, remote, address, pattern, over=over))


def advertised_to_push(
    repository: Repository, remote: Remote, over: threading.Event | None = None
) -> Advertised:
    """Return what the place has where runs are pushed; see `advertised_tips`.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
    """
    patterns = [f"{prefix}*" for prefix in OF_INTEREST]
    return parse_advertised(
        _advertised(repository, remote, remote.push_address, *patterns, over=over)
    )


def _advertised(
    repository: Repository,
    remote: Remote,
    address: str,
    *patterns: str,
    over: threading.Event | None,
) -> str:
    words = ("ls-remote", "--refs", "--quiet", "--", address, *patterns)
    patience = remote.patience
    return answer_of(
        remote.name, lambda: hear_out(repository.start_git(*words), patience=patience), over
    )


@dataclass(frozen=True, slots=True)
class Came:
    """What a remote sent.

    Attributes:
        commits: Those that came. Git leaves out what would make a whole clone a shallow one.
        lacks: Those that the remote has no more, or not whole, each with Git's own words.
    """

    commits: frozenset[str]
    lacks: Mapping[str, str]

    @property
    def has_moved(self) -> bool:
        """Whether what was asked for is there no more, rather than damaged."""
        return any(map(_MOVED.search, self.lacks.values()))


@contextmanager
def fetched_commits(
    repository: Repository,
    remote: Remote,
    commits: Collection[str],
    *,
    known: Mapping[str, str],
    in_pieces: bool = False,
    heard: Heard | None = None,
) -> Iterator[Came]:
    """Bring commits that a remote has here, and yield which of them came.

    No `git gc` takes the objects while the block makes refs lead to them; no ref changes here.

    Args:
        known: What is known to be there, and here, by ref.
        in_pieces: Whether the others are to come where it lacks some; else none does then.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
    """
    # Negotiating, and looking whether all came, Git stops at what refs lead to.
    here = list_refs(repository)
    there = {f"{_THERE}{ref.removeprefix(SHARED)}": tip for ref, tip in known.items()}
    refs = {**here, **there}
    with ExitStack() as stack:
        way = stack.enter_context(carrier(repository, refs))
        came = _fetch(way, refs, remote, commits, in_pieces=in_pieces, heard=heard)
        for pack in way.packs() if came.commits else ():
            stack.enter_context(brought_in(pack, repository.common_dir))
        yield came


def _fetch(
    way: Carrier,
    refs: Mapping[str, str],
    remote: Remote,
    commits: Collection[str],
    *,
    in_pieces: bool,
    heard: Heard | None,
) -> Came:
    """Fetch commits all at once, and where one stops all, halves of them.

    Args:
        refs: What the carrier holds.
    """
    came: set[str] = set()
    lacks: dict[str, str] = {}
    # Put together anew each time: among many damaged ones others come in the end.
    whole = random.sample(sorted(set(commits)), len(set(commits)))
    waiting, failures = deque([whole] if whole else []), 0
    while waiting:
        some = waiting.popleft()
        before = way.packs()
        said = way.fetch(remote.name, some, heard=heard)
        if not said.status:
            came |= way.fetched()
            if waiting:  # what came is negotiated by
                way.hold({**refs, **{f"{_THERE}came/{oid}": oid for oid in came}})
            continue
        for pack in way.packs():
            if pack not in before:
                way.drop(pack)
        lacking = next(filter(_LACKS.search, said.words.splitlines()), None)
        if lacking is None:
            raise remote_failed(remote.name, said.words)
        if in_pieces and len(some) > 1 and failures < _MOST_FAILURES:
            failures += 1
            waiting += [some[: len(some) // 2], some[len(some) // 2 :]]
        else:
            lacks |= dict.fromkeys(some, lacking)
    return Came(frozenset(came), lacks)
