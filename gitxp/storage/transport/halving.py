"""Fetching what a remote sends only in part: halves, until what it lacks is told apart."""

from __future__ import annotations

import random
import re
import secrets
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from gitxp.errors import GitFailed, RemoteFailed
from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.refs import PRIVATE, SHARED
from gitxp.storage.repository import Repository
from gitxp.storage.transport.carrier import Carrier
from gitxp.storage.transport.failure import HUNG_UP, is_full_here, remote_failed
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
# So often in a row it may hang up until it is asked whether it answers at all; where it does not,
# it is the way that is broken.
_MOST_HANG_UPS: Final = 6
# So many that Git names are only taken out: the rest mostly comes together then.
_MOST_TAKEN_OUT: Final = 8


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
    halving = _Halving(remote.name, manner, answers, lambda: _answers(way, remote.name))
    halving.waiting += _halves(whole) if manner is Manner.IN_HALVES else filter(None, [whole])
    held = refs
    if manner in (Manner.IN_HALVES, Manner.AGAIN):
        way.hold(held := _beside_runs(refs))
    try:
        while halving.waiting:
            some = halving.waiting.popleft()
            before = way.packs()
            said = way.fetch(remote.name, some, heard=heard)
            if not said.status:
                came |= way.fetched()
                halving.hear()
                if halving.waiting:  # what came is negotiated by
                    way.hold({**held, **{f"{THERE}came/{oid}": oid for oid in came}})
                continue
            for pack in way.packs():
                if pack not in before:
                    way.drop(pack)
            if not halving.words:  # it would have stopped the first
                _check_here(repository, refs, said.words)
            halving.fail(some, said.words)
        halving.end()
    except RemoteFailed:
        if not came or is_full_here(halving.last):
            raise
        halving.give_up()
    return Came(
        frozenset(came), halving.lacks, frozenset(halving.unreached), "\n".join(halving.words)
    )


@dataclass
class _Halving:
    """What is left to fetch, and what failed.

    Attributes:
        answers: Whether the remote has sent something, or told what it lacks.
        asks: Asks whether it answers now; None where nobody can tell.
        last: All that was said where it failed last.
        silent: How often in a row it hung up.
        doubted: What it hung up over, in that row: the way may have broken.
        waiting: The first is fetched next.
        words: What was said of each that failed.
    """

    remote: str
    manner: Manner
    answers: bool
    asks: Callable[[], bool | None]
    last: str = ""
    silent: int = 0
    doubted: set[str] = field(default_factory=set)
    waiting: deque[list[str]] = field(default_factory=deque)
    lacks: dict[str, str] = field(default_factory=dict)
    unreached: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)

    def hear(self) -> None:
        """Take what the remote hung up over for damaged: the way is whole."""
        self.answers, self.silent = True, 0
        self.doubted.clear()

    def fail(self, some: list[str], words: str) -> None:
        """Halve what did not come, or give it up.

        Raises:
            RemoteFailed: If it is not for one of these that it did not come.
        """
        self.last, lines = words, words.splitlines()
        told = [line for line in lines if _LACKS.search(line)]
        if told:
            self.hear()
        elif not _NOT_LET_IN.search(words):
            told = [line for line in lines if HUNG_UP.search(line)]
            self.silent += 1
        if not told or is_full_here(words) or self._is_way_broken():
            self.unreached.update(some)
            raise remote_failed(self.remote, words, fetches=True)
        found = ((oid, line) for line in told for oid in _OID.findall(line) if oid in some)
        named, reason = next(found, ("", told[0]))
        self.words.append(reason)
        if len(some) == 1:
            self.lacks[some[0]] = reason
            self.doubted.update(some if self.silent else ())
        elif self._is_enough:
            self.unreached.update(some)
        elif named:
            self.lacks[named] = reason
            rest = [oid for oid in some if oid != named]
            self._try_next([rest] if len(self.words) <= _MOST_TAKEN_OUT else _halves(rest))
        elif self.answers:
            self._try_next(_halves(some))
        else:  # one that comes alone tells that the way is whole
            alone, rest = some[:_MOST_HANG_UPS], some[_MOST_HANG_UPS:]
            self._try_next([*([oid] for oid in alone), *_halves(rest)])

    def end(self) -> None:
        """Blame none of several where the remote only ever hung up: the way may be broken.

        Raises:
            RemoteFailed: If that is so.
        """
        if not self.doubted or self.manner is Manner.WHOLE:
            return
        self._ask()
        is_one = not self.answers and len(self.lacks) == 1
        if self.manner is Manner.AGAIN or is_one:
            doubted = {oid: f"{self.lacks[oid]} (or the connection broke)" for oid in self.doubted}
            self.lacks = {**self.lacks, **doubted}
        elif self.doubted:
            raise remote_failed(self.remote, self.last, fetches=True)

    def give_up(self) -> None:
        """Blame none of those for which it may have been the way."""
        self.unreached.update(self.doubted, *self.waiting)
        self.lacks = {oid: why for oid, why in self.lacks.items() if oid not in self.doubted}

    def _try_next(self, parts: list[list[str]]) -> None:
        """Fetch each part to its end before the others.

        So each fetch tells some apart, and brings what is beside them, however many others are
        damaged.
        """
        self.waiting.extendleft(reversed(parts))

    def _is_way_broken(self) -> bool:
        """Return whether it is no damage over which the remote hung up."""
        if not self.silent or self.manner in (Manner.WHOLE, Manner.AGAIN):
            return False
        if self.silent == (_MOST_HANG_UPS if self.answers else 1):
            self._ask()
        return self.silent >= _MOST_HANG_UPS

    def _ask(self) -> None:
        answer = self.asks()
        if answer or (answer is None and self.answers):
            self.hear()

    @property
    def _is_enough(self) -> bool:
        """Whether what fails now is told apart no further."""
        most = _MOST_FAILED_AGAIN if self.manner is Manner.AGAIN else _MOST_FAILED
        return self.manner is Manner.WHOLE or len(self.words) > most


def _answers(way: Carrier, remote: str) -> bool | None:
    """Ask for what no remote has, which costs nothing: who says so lives, and hangs up over more.

    Returns:
        None where Git does not ask it, for it knows from protocol 0 what may be asked for.
    """
    oid = secrets.token_hex(20)
    words = way.fetch(remote, [oid]).words
    told = any("remote error: " in line and oid in line for line in words.splitlines())
    return None if "unadvertised object" in words else told


def _beside_runs(refs: Mapping[str, str]) -> dict[str, str]:
    """Return the refs of code: of runs that this clone has, too, the remote may have lost some.

    It would hang up over each that it is told of.
    """
    return {ref: tip for ref, tip in refs.items() if not ref.startswith((SHARED, PRIVATE, THERE))}


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
