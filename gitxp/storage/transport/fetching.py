"""Asking a remote what runs it has, and bringing some of them here."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
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
# What is said where a commit that was asked for, or what it leads to, is not there: by protocol 0
# nothing is sent but what a remote has at that moment.
_LACKS: Final = re.compile(
    r"not our ref|unadvertised object|want [0-9a-f]+ not valid|all necessary objects|"
    r"(?:bad|missing|corrupt\w*) (?:tree|blob|commit|object|loose object)|"
    r"unable to (?:read|parse)|[Cc]ould not (?:read|parse)|possible repository corruption",
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
    with ExitStack() as stack:
        way = stack.enter_context(carrier(repository, {**here, **there}))
        came = _fetch(way, remote, sorted(set(commits)), in_pieces=in_pieces, heard=heard)
        for pack in way.packs():
            stack.enter_context(brought_in(pack, repository.common_dir))
        yield came


def _fetch(
    way: Carrier,
    remote: Remote,
    commits: Sequence[str],
    *,
    in_pieces: bool,
    heard: Heard | None,
) -> Came:
    """Fetch commits all at once, and where one stops all, halves of them."""
    came: set[str] = set()
    lacks: dict[str, str] = {}
    waiting, failures = [commits] if commits else [], 0
    while waiting:
        some = waiting.pop()
        said = way.fetch(remote.name, some, heard=heard)
        if not said.status:
            came |= way.fetched()
        elif not _LACKS.search(said.words):
            raise remote_failed(remote.name, said.words)
        elif in_pieces and len(some) > 1 and failures < _MOST_FAILURES:
            failures += 1
            waiting += [some[len(some) // 2 :], some[: len(some) // 2]]
        else:
            words = next(filter(_LACKS.search, said.words.splitlines()))
            lacks |= dict.fromkeys(some, words)
    return Came(frozenset(came), lacks)
