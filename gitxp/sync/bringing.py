"""Bringing what a remote told of, which may have moved on since, or be damaged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from gitxp.errors import RemoteFailed
from gitxp.storage.refs import parse_live_ref
from gitxp.storage.repository import Repository
from gitxp.storage.transport.fetching import Fetch, advertised_tips, fetching
from gitxp.storage.transport.halving import Came, Manner
from gitxp.storage.transport.not_sent import NotSent, note_not_sent, read_not_sent
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard


@dataclass(frozen=True, slots=True)
class Brought:
    """What came.

    Attributes:
        tips: By the refs of the remote.
        missed: The refs of records that did not come, and why in Git's own words; empty where it
            did not say.
        unreached: Those of which some did not come, and nobody knows for which others did not.
        there: All refs that the remote has; None where it was not asked again.
    """

    tips: Mapping[str, str]
    missed: Mapping[str, str]
    unreached: tuple[str, ...]
    there: Collection[str] | None = None


def bring(
    stack: ExitStack,
    repository: Repository,
    remote: Remote,
    tips: Mapping[str, str],
    *,
    known: Mapping[str, str],
    lost: Collection[str] = (),
    heard: Heard | None = None,
) -> Brought:
    """Bring what a remote has under some refs, as far as it can send it.

    Where one of them has moved on since, or cannot be sent, the others come all the same; what
    could not be sent is remembered, and asked for last. Of checkpoints, which are replaced every
    few seconds, none may where one has moved on; the next fetch brings them.

    Args:
        stack: For as long as it is open, no `git gc` takes what came.
        known: What is known to be there, and here, by ref.
        lost: Refs of this clone whose objects are gone, so that Git would stop at them.

    Raises:
        RemoteFailed: If the remote does not answer; with Git's own words.
        BrokenHere: If a ref of this clone has lost its object, which stops each fetch.
    """
    come = stack.enter_context(fetching(repository, remote, known=known, lost=lost, heard=heard))
    before = read_not_sent(repository, remote.url)
    again = {ref: tip for ref, tip in tips.items() if ref in before and before[ref].tip == tip}
    new = {ref: tip for ref, tip in tips.items() if ref not in again}
    found = _bring_new(repository, remote, come, new)
    if again:  # apart from the others, which need not wait for what may never come
        told = _brought(again, _come_last(come, again, Manner.AGAIN, is_all=not new))
        left = (ref for ref in again if ref not in told.tips)
        missed = {ref: told.missed.get(ref) or before[ref].reason for ref in left}
        found = replace(found, tips={**found.tips, **told.tips}, missed={**found.missed, **missed})
    lacks = {ref: NotSent(tips[ref], why) for ref, why in found.missed.items() if why}
    note_not_sent(repository, remote.url, lacks, sent=found.tips, there=found.there)
    return found


def _bring_new(
    repository: Repository, remote: Remote, come: Fetch, tips: Mapping[str, str]
) -> Brought:
    """Bring what was not asked for before, or came then."""
    came = come(tips.values(), Manner.WHOLE)
    if not came.words:
        return _brought(tips, came)
    there = advertised_tips(repository, remote)
    now = {ref: there[ref] for ref in tips if ref in there}
    live = {ref: tip for ref, tip in now.items() if parse_live_ref(ref) is not None}
    records = {ref: tip for ref, tip in now.items() if ref not in live}
    manner = Manner.IN_PIECES if came.has_moved else Manner.IN_HALVES
    found = _brought(records, come(records.values(), manner))
    manner = Manner.WHOLE if came.has_moved else Manner.IN_PIECES
    checkpoints = _brought(live, _come_last(come, live, manner, is_all=not records))
    return replace(found, tips={**found.tips, **checkpoints.tips}, there=there.keys())


def _come_last(come: Fetch, tips: Mapping[str, str], manner: Manner, *, is_all: bool) -> Came:
    """Bring what others were asked for before: they are kept where the remote fails by now.

    Raises:
        RemoteFailed: If that is all that was asked for.
    """
    try:
        return come(tips.values(), manner)
    except RemoteFailed:
        if is_all:
            raise
        return Came(frozenset(), {}, frozenset(), "")


def _brought(tips: Mapping[str, str], came: Came) -> Brought:
    left = {ref: tip for ref, tip in tips.items() if tip not in came.commits}
    records = {ref: tip for ref, tip in left.items() if parse_live_ref(ref) is None}
    return Brought(
        {ref: tip for ref, tip in tips.items() if ref not in left},
        {ref: came.lacks.get(tip, "") for ref, tip in records.items() if tip not in came.unreached},
        tuple(ref for ref, tip in records.items() if tip in came.unreached),
    )
