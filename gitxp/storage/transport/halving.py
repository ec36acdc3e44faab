"""Fetching what a remote sends only in part: halves, until what it lacks is told apart."""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from gitxp.errors import GitFailed
from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.refs import SHARED
from gitxp.storage.repository import Repository
from gitxp.storage.transport.carrier import Carrier
from gitxp.storage.transport.failure import remote_failed
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard

# Where the carrier keeps what the remote is known to have.
THERE: Final = "refs/there/"
# What is said where an object is not there, with its id: by protocol 0 nothing is sent but what a
# remote has at that moment. What is damaged here Git neither reads nor replaces.
_MOVED: Final = re.compile(r"not our ref|unadvertised object")
_LACKS: Final = re.compile(
    r"^(?=.*\b[0-9a-f]{40}\b).*(?:not our ref|unadvertised object|not valid|bad|missing|corrupt|"
    r"could not (?:read|parse)|unable to (?:read|parse|find)|cannot (?:obtain|read existing))|"
    r"did not send all necessary objects|repository corruption on the remote side",
    re.IGNORECASE | re.MULTILINE,
)
# Each is a talk with the remote; so a few damaged records are found among thousands.
_MOST_FAILURES: Final = 64


class BrokenHere(GitFailed):
    """Refs of this clone have lost their objects, which stops each fetch.

    Attributes:
        refs: Their names.
    """

    def __init__(self, words: str, refs: Collection[str]) -> None:
        super().__init__(words, hint="it is this clone that is damaged: git fsck")
        self.refs = refs


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


def fetch_commits(
    way: Carrier,
    repository: Repository,
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
        in_pieces: Whether the others are to come where it lacks some; else none does then.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
        BrokenHere: If it is a ref of this clone that stops them.
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
                way.hold({**refs, **{f"{THERE}came/{oid}": oid for oid in came}})
            continue
        for pack in way.packs():
            if pack not in before:
                way.drop(pack)
        _check_here(repository, refs, said.words)
        lacking = next(filter(_LACKS.search, said.words.splitlines()), None)
        if lacking is None:
            raise remote_failed(remote.name, said.words)
        if in_pieces and len(some) > 1 and failures < _MOST_FAILURES:
            failures += 1
            waiting += [some[: len(some) // 2], some[len(some) // 2 :]]
        else:
            lacks |= dict.fromkeys(some, lacking)
    return Came(frozenset(came), lacks)


def _check_here(repository: Repository, refs: Mapping[str, str], words: str) -> None:
    """Refuse to blame a remote for what a ref of this clone has lost.

    Git goes on to say that the remote "did not send all necessary objects".

    Raises:
        BrokenHere: If Git speaks of such a ref, or of its object.
    """
    gone = missing_objects(repository, refs.values())
    broken = {ref: tip for ref, tip in refs.items() if tip in gone}
    names = {*broken, *broken.values()}
    told = [line for line in words.splitlines() if any(name in line for name in names)]
    if told:
        ours = {ref.replace(THERE, SHARED, 1) for ref in broken}
        raise BrokenHere("\n".join(told).replace(THERE, SHARED), ours)
