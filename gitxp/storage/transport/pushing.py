"""Sending refs to a remote, each with a lease on what the remote had when it was last seen."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from gitxp.storage.repository import Repository
from gitxp.storage.transport.advertised import parse_advertised
from gitxp.storage.transport.carrier import Carrier, carrier
from gitxp.storage.transport.conversation import Conversation
from gitxp.storage.transport.failure import is_lasting, is_unreached, remote_failed, tries
from gitxp.storage.transport.helper_talk import HelperTalk, helper_command
from gitxp.storage.transport.http_helper import parse_answer
from gitxp.storage.transport.porcelain import parse_porcelain, push_arguments
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import RefToSend, Sent
from gitxp.storage.transport.talk import Heard, Said

# What is there already need not go again after a push that was interrupted.
_MOST_AT_ONCE = 10_000
# Git looks up each that is named among all that the remote has, and a command line holds so many.
_MOST_NAMED = 1000
_BUSY = re.compile(
    r"cannot lock ref|failed to update ref|unable to (?:create|lock)|File exists|"
    r"try again|unable to migrate objects",
    re.IGNORECASE,
)
# What is said of every push, or by this side of it.
_USUAL = re.compile(
    r"failed to push some refs to |Everything up-to-date|To |Total \d|Delta compression |"
    r"remote:\s*$"
)


@dataclass(frozen=True, slots=True)
class _Way:
    """How refs are sent; see `push_refs`.

    Attributes:
        given: A carrier for all tries; one a try where None.
        opened: What has listed already, for the first try.
    """

    given: Carrier | None
    opened: HelperTalk | None
    built_on: frozenset[str]
    heard: Heard | None


def push_refs(
    repository: Repository,
    remote: Remote,
    refs: Sequence[RefToSend],
    *,
    way: Carrier | None = None,
    talk: Conversation | None = None,
    built_on: frozenset[str] = frozenset(),
    heard: Heard | None = None,
) -> Iterator[Sent]:
    """Send refs, and yield what became of each; what is too busy now is tried again.

    Args:
        way: A carrier that holds what the repository itself does not; one for this push where None.
        talk: In which the remote was asked what it has; a push goes on with it if it can.
        built_on: Branches and tags of which nothing was looked over, since the remote has them. If
            it lets go of one and has to be asked again, nothing goes; only over HTTP it is asked.

    Raises:
        RemoteFailed: If the remote cannot be reached or refuses all; those that were yielded
            before are there.
    """
    for some in _slices(refs):
        opened = talk.take_helper() if talk else None
        yield from _push_some(repository, remote, some, _Way(way, opened, built_on, heard))


def _push_some(
    repository: Repository,
    remote: Remote,
    refs: Sequence[RefToSend],
    how: _Way,
) -> Iterator[Sent]:
    opened = how.opened
    waiting = {one.ref: one for one in refs}
    for is_last in tries():
        tips = {one.ref: one.tip for one in waiting.values() if one.tip is not None}
        held = opened.way if opened else how.given
        with nullcontext(held) if held else carrier(repository, {}) as way:
            way.hold(tips)
            said, told = _push(way, remote, list(waiting.values()), opened, how)
        # One that has waited for long may be gone, or its connection.
        may_pass, opened = opened is not None or is_unreached(said.words), None
        is_over = is_last or is_lasting(said.words)
        for ref in [ref for ref in waiting if ref in told]:
            found = told[ref]
            if found.is_there or is_over or found.is_stale or not _BUSY.search(found.reason):
                yield found if found.is_there else replace(found, said=_unusual(said.words))
                del waiting[ref]
        if not waiting:
            return
        if not any(ref in told for ref in waiting) and (is_over or not may_pass):
            raise remote_failed(remote.name, said.words)


def _push(
    way: Carrier,
    remote: Remote,
    refs: Collection[RefToSend],
    opened: HelperTalk | None,
    how: _Way,
) -> tuple[Said, Mapping[str, Sent]]:
    """Push once, and return what became of each ref of which anything was said."""
    helper = opened or _listed(way, remote, how.built_on)
    if isinstance(helper, Said):  # why nothing can be sent
        return helper, {}
    if helper is not None:
        said = helper.push(refs, heard=how.heard)
        return said, parse_answer(_text(said), refs)
    words = push_arguments(remote.name, refs)
    said = way.push(remote.name, words, heard=how.heard, patience=remote.patience)
    return said, parse_porcelain(_text(said))


def _listed(way: Carrier, remote: Remote, built_on: frozenset[str]) -> HelperTalk | Said | None:
    """Return a helper that has listed what the remote has; None where `git push` has to send."""
    if (command := helper_command(way, remote)) is None:
        return None
    talk = HelperTalk(way, command, remote.patience)
    said = talk.listing()
    if said.status:
        return said
    if built_on <= parse_advertised(_text(said)).commits:
        return talk
    talk.end()
    return Said(1, b"", "the branches there changed while this push went on: push again")


def _unusual(words: str) -> str:
    return "\n".join(line for line in words.split("\n") if not _USUAL.match(line))


def _text(said: Said) -> str:
    return said.output.decode("utf-8", "surrogateescape")


def _slices(refs: Iterable[RefToSend]) -> Iterator[list[RefToSend]]:
    """Yield as many as go at once."""
    some: list[RefToSend] = []
    named = 0
    for one in refs:
        is_named = one.lease is not None
        if len(some) == _MOST_AT_ONCE or named + is_named > _MOST_NAMED:
            yield some
            some, named = [], 0
        some.append(one)
        named += is_named
    if some:
        yield some
