"""Fetching what a remote sends only in part: halves, until what it lacks is told apart."""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from gitxp.errors import GitFailed
from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.refs import SHARED
from gitxp.storage.repository import Repository
from gitxp.storage.transport.carrier import Carrier
from gitxp.storage.transport.failure import is_full_here, remote_failed
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
    r"^object [0-9a-f]{40}: |fsck error in packed object|"
    r"pack has bad object|inflate returned|"
    r"did not send all necessary objects|repository corruption on the remote side",
    re.IGNORECASE | re.MULTILINE,
)
# What is heard where a remote dies over what is damaged there, and where the way to it breaks.
_HUNG_UP: Final = re.compile(
    r"^expected '|hung up unexpectedly|unexpected disconnect|"
    r"Connection reset|Broken pipe|HTTP 500",
    re.IGNORECASE,
)
# Before anything was asked for, or for good.
_NOT_LET_IN: Final = re.compile(
    r"initial contact|access rights|Permission denied|Host key|Authentication failed|askpass|"
    r"could not read (?:Username|Password)|terminal prompts|HTTP 4\d\d|error: 4\d\d|"
    r"could not resolve|refused|timed out",
    re.IGNORECASE,
)
_OID: Final = re.compile(r"\b[0-9a-f]{40}\b")
# Each costs a talk with the remote; so some dozens of damaged records are told apart in one fetch.
_MOST_FAILED: Final = 128
# Of what a remote could not send before, and only now and then will have been mended.
_MOST_FAILED_AGAIN: Final = 16
# Where nothing comes at all it is the way that is broken: halves and quarters are tried.
_MOST_HANG_UPS: Final = 6


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
        unreached: Those among which some are that it lacks, and nobody knows which.
        words: What Git said where some did not come; empty where nothing failed.
    """

    commits: frozenset[str]
    lacks: Mapping[str, str]
    unreached: frozenset[str]
    words: str

    @property
    def has_moved(self) -> bool:
        """Whether what was asked for is there no more, rather than damaged."""
        return bool(_MOVED.search(self.words))


class Manner(Enum):
    """In what portions commits are fetched."""

    WHOLE = "all, or none"
    IN_PIECES = "all, and where that fails halves, and halves of those"
    IN_HALVES = "halves from the start, for all together failed"
    AGAIN = "all, and where that fails a few pieces, for each of them failed before"


def fetch_commits(
    way: Carrier,
    repository: Repository,
    refs: Mapping[str, str],
    remote: Remote,
    commits: Collection[str],
    *,
    manner: Manner,
    answers: bool = False,
    heard: Heard | None,
) -> Came:
    """Fetch commits, in what manner is said.

    Args:
        refs: What the carrier holds.
        answers: Whether the remote has sent something before, in the same fetch.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
        BrokenHere: If it is a ref of this clone that stops them.
    """
    came: set[str] = set()
    # Put together anew each time: so in the end each is met that was mended there.
    whole = random.sample(sorted(set(commits)), len(set(commits)))
    halving = _Halving(remote.name, manner, answers)
    halving.waiting += _halves(whole) if manner is Manner.IN_HALVES else filter(None, [whole])
    while halving.waiting:
        some = halving.waiting.popleft()
        before = way.packs()
        said = way.fetch(remote.name, some, heard=heard)
        if not said.status:
            came |= way.fetched()
            halving.answers = True
            if halving.waiting:  # what came is negotiated by
                way.hold({**refs, **{f"{THERE}came/{oid}": oid for oid in came}})
            continue
        for pack in way.packs():
            if pack not in before:
                way.drop(pack)
        if not halving.words:  # it would have stopped the first
            _check_here(repository, refs, said.words)
        halving.fail(some, said.words)
    halving.end()
    return Came(
        frozenset(came), halving.lacks, frozenset(halving.unreached), "\n".join(halving.words)
    )


@dataclass
class _Halving:
    """What is left to fetch, and what failed.

    Attributes:
        answers: Whether the remote has sent something, or told what it lacks.
        last: All that was said where it failed last.
        waiting: The first is fetched next.
        words: What was said of each that failed.
    """

    remote: str
    manner: Manner
    answers: bool
    last: str = ""
    waiting: deque[list[str]] = field(default_factory=deque)
    lacks: dict[str, str] = field(default_factory=dict)
    unreached: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)

    def fail(self, some: list[str], words: str) -> None:
        """Halve what did not come, or give it up.

        Raises:
            RemoteFailed: If it is not for one of these that it did not come.
        """
        self.last, lines = words, words.splitlines()
        told = [line for line in lines if _LACKS.search(line)]
        self.answers = self.answers or bool(told)
        if not told and not _NOT_LET_IN.search(words):
            told = [line for line in lines if _HUNG_UP.search(line)]
        if not told or is_full_here(words) or self._is_way_broken:
            raise remote_failed(self.remote, words, fetches=True)
        found = ((oid, line) for line in told for oid in _OID.findall(line) if oid in some)
        named, reason = next(found, ("", told[0]))
        self.words.append(reason)
        if len(some) == 1:
            self.lacks[some[0]] = reason
        elif self._is_enough:
            self.unreached.update(some)
        elif named:
            self.lacks[named] = reason
            self.waiting.appendleft([oid for oid in some if oid != named])
        elif self.answers:
            # One half to its end before the other: so each fetch tells some apart, and what is
            # beside them comes, however many others are damaged.
            self.waiting.extendleft(reversed(_halves(some)))
        else:
            self.waiting += _halves(some)

    def end(self) -> None:
        """Blame none of several where the remote only ever hung up: the way may be broken.

        Raises:
            RemoteFailed: If that is so.
        """
        if self.answers or not self.words or self.manner is Manner.WHOLE:
            return
        if len(self.lacks) + len(self.unreached) > 1 and self.manner is not Manner.AGAIN:
            raise remote_failed(self.remote, self.last, fetches=True)
        self.lacks = {oid: f"{told} (or the connection broke)" for oid, told in self.lacks.items()}

    @property
    def _is_way_broken(self) -> bool:
        """Whether it is no damage over which the remote hung up."""
        is_new = self.manner is not Manner.AGAIN
        return is_new and not self.answers and len(self.words) >= _MOST_HANG_UPS - 1

    @property
    def _is_enough(self) -> bool:
        """Whether what fails now is told apart no further."""
        most = _MOST_FAILED_AGAIN if self.manner is Manner.AGAIN else _MOST_FAILED
        return self.manner is Manner.WHOLE or len(self.words) > most


def _halves(some: list[str]) -> list[list[str]]:
    middle = len(some) // 2
    return [half for half in (some[:middle], some[middle:]) if half]


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
