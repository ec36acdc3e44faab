"""Sending refs to a remote, each with a lease on what the remote had when it was last seen."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice

from gitxp.errors import RemoteFailed
from gitxp.storage.refs import SHARED
from gitxp.storage.repository import Repository
from gitxp.storage.transport.carrier import Carrier, carrier
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard, Said

# Over HTTP a push costs refs times refs.
_MOST_AT_ONCE = 1000
_TRIES = 6
_PAUSE = 0.2
_BUSY = re.compile(
    r"cannot lock ref|failed to update ref|unable to (?:create|lock)|File exists|"
    r"fetch first|try again|unable to migrate objects",
    re.IGNORECASE,
)
_UNREACHED = re.compile(
    r"HTTP (?:429|500|502|503|504)|error: (?:429|5\d\d)|Connection (?:reset|timed out)|"
    r"early EOF|unexpected disconnect|hung up unexpectedly|closed by remote host",
    re.IGNORECASE,
)
_STALE = "stale info"
_TOLD = re.compile(r"(?P<flag>[ +\-*=!t])\t(?P<source>[^:\t]*):(?P<target>[^\t]+)\t(?P<told>.*)")


@dataclass(frozen=True, slots=True)
class RefToSend:
    """What a ref of the remote is to become.

    Attributes:
        seen: What it was there when it was last seen; None where it was not there.
        tip: What it is to be; None where it is to go.
    """

    ref: str
    seen: str | None
    tip: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one ref.

    Attributes:
        is_there: Whether the remote has now what it was to have.
        is_stale: Whether the remote had something else than was last seen.
        reason: Why the remote refused, in its own words; empty where it did not.
    """

    ref: str
    is_there: bool
    is_stale: bool = False
    reason: str = ""


def push_refs(
    repository: Repository,
    remote: Remote,
    refs: Sequence[RefToSend],
    *,
    way: Carrier | None = None,
    heard: Heard | None = None,
) -> Iterator[Sent]:
    """Send refs, and yield what became of each; what is too busy now is tried again.

    Args:
        way: A carrier that holds what the repository itself does not; one for this push where None.

    Raises:
        RemoteFailed: If the remote cannot be reached or refuses all; those that were yielded
            before are there.
    """
    waiting = iter(refs)
    while some := list(islice(waiting, _MOST_AT_ONCE)):
        yield from _push_some(repository, remote, some, way, heard)


def _push_some(
    repository: Repository,
    remote: Remote,
    refs: Sequence[RefToSend],
    given: Carrier | None,
    heard: Heard | None,
) -> Iterator[Sent]:
    waiting = {one.ref: one for one in refs}
    for attempt in range(1, _TRIES + 1):
        tips = {one.ref: one.tip for one in waiting.values() if one.tip is not None}
        with nullcontext(given) if given else carrier(repository, {}) as way:
            way.hold(tips)
            said = _push(way, remote, list(waiting.values()), heard)
        told = _parse(said.output.decode("utf-8", "surrogateescape"))
        is_last = attempt == _TRIES
        for ref in [ref for ref in waiting if ref in told]:
            found = told[ref]
            if found.is_there or is_last or found.is_stale or not _BUSY.search(found.reason):
                yield found
                del waiting[ref]
        if not waiting:
            return
        if not any(ref in told for ref in waiting) and (
            is_last or not _UNREACHED.search(said.words)
        ):
            raise RemoteFailed(said.words or f"remote {remote.name!r} refuses")
        time.sleep(random.uniform(0, _PAUSE * 2**attempt))


def _push(way: Carrier, remote: Remote, refs: Collection[RefToSend], heard: Heard | None) -> Said:
    leases = [f"--force-with-lease={one.ref}:{one.seen or ''}" for one in refs]
    # The carrier holds nothing but what goes there: Git looks each name up among all of the
    # remote's, and a pattern at once.
    specs = [f"{SHARED}*:{SHARED}*"] if any(one.tip for one in refs) else []
    specs += [f":{one.ref}" for one in refs if one.tip is None]
    return way.push(remote.name, [*leases, remote.name, *specs], heard=heard)


def _parse(output: str) -> Mapping[str, Sent]:
    """Return what `git push --porcelain` said of each ref."""
    found: dict[str, Sent] = {}
    for line in filter(None, map(_TOLD.fullmatch, output.split("\n"))):
        reason = line["told"] if line["flag"] == "!" else ""
        found[line["target"]] = Sent(
            line["target"], not reason, is_stale=_STALE in reason, reason=_reason(reason)
        )
    return found


def _reason(told: str) -> str:
    inner = re.search(r"\((.*)\)\s*$", told)
    return inner[1] if inner else told
