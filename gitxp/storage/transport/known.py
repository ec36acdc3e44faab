"""What is known of a remote without asking it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from gitxp.storage.configuration import read_configuration
from gitxp.storage.refs import INCOMING, SHARED, incoming_refs, is_record_ref, parse_live_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.fetching import advertised_tips
from gitxp.storage.transport.last_seen import (
    LastSeen,
    forget_of,
    forget_tips,
    read_last_seen,
)
from gitxp.storage.transport.remotes import Remote, all_remotes


@dataclass(frozen=True, slots=True)
class Incoming:
    """What was fetched from a remote, by the refs where it is shared there.

    Attributes:
        waiting: Records that are not merged.
        live: Checkpoints of runs that go on, which never are.
        others: Tips of what was fetched from others, by the refs that hold it here.
    """

    waiting: Mapping[str, str]
    live: Mapping[str, str]
    others: Mapping[str, str]

    def elsewhere(self, tips: Mapping[str, str]) -> dict[str, list[str]]:
        """Return which records wait under the names of other remotes, too, and by which refs.

        Those may be names that the same remote had before.

        Args:
            tips: By the refs where records are shared.
        """
        if not self.others:
            return {}
        by_tip: dict[str, list[str]] = {}
        for held, tip in self.others.items():
            by_tip.setdefault(tip, []).append(held)
        found = {
            ref: [held for held in by_tip[tip] if held.endswith(f"/{ref.removeprefix(SHARED)}")]
            for ref, tip in tips.items()
            if tip in by_tip and is_record_ref(ref)
        }
        return {ref: held for ref, held in found.items() if held}


def incoming_tips(repository: Repository, remote: str) -> Incoming:
    """Return what was fetched from a remote and is held under `refs/gitxp/incoming/`."""
    into = incoming_refs(remote)
    held = list_refs(repository, INCOMING)
    others = {ref: tip for ref, tip in held.items() if not ref.startswith(into)}
    found = {
        f"{SHARED}{ref.removeprefix(into)}": tip for ref, tip in held.items() if ref not in others
    }
    live = {ref: tip for ref, tip in found.items() if parse_live_ref(ref) is not None}
    waiting = {ref: tip for ref, tip in found.items() if ref not in live}
    return Incoming(waiting, live, others)


def waiting_tips(repository: Repository, remote: str) -> Mapping[str, str]:
    """Return what was fetched from a remote and is not merged, by the refs where it is shared."""
    return incoming_tips(repository, remote).waiting


def known_among(
    seen: LastSeen | None, here: Collection[str], waiting: Mapping[str, str]
) -> dict[str, str]:
    """Return by ref what a remote is known to have, and that is here.

    Args:
        seen: What it had when it was last talked to.
        here: This clone's own refs.
        waiting: What was fetched from it and is not merged.
    """
    merged = {ref: tip for ref, tip in (seen.tips if seen else {}).items() if ref in here}
    return {**merged, **waiting}


def known_tips(repository: Repository, remote: str) -> dict[str, str]:
    """Return by ref what a remote had when it was last talked to, as far as it is here.

    What waits under `refs/gitxp/incoming/` was fetched last. What was merged is led to by this
    clone's own ref; what was removed here may be gone, and is left out.
    """
    url = read_configuration(repository).get(f"remote.{remote}.url")
    seen = read_last_seen(repository, url) if url is not None else None
    here = list_refs(repository, SHARED) if seen is not None else {}
    return known_among(seen, here, waiting_tips(repository, remote))


def forget_fetched(repository: Repository, refs: Collection[str]) -> None:
    """Forget that remotes were seen to have what was fetched, so that the next fetch brings it.

    Args:
        refs: Under `refs/gitxp/incoming/`, where there is nothing any more.
    """
    for remote in all_remotes(repository) if refs else ():
        into = incoming_refs(remote.name)
        gone = {f"{SHARED}{ref.removeprefix(into)}" for ref in refs if ref.startswith(into)}
        if gone:
            forget_of(repository, remote.url, gone)


def forget_lost(repository: Repository, refs: Collection[str]) -> None:
    """Forget that remotes were seen to have what this clone has lost: the next fetch brings it.

    Args:
        refs: What led to it; of this clone, or to what was fetched and is not merged.
    """
    forget_fetched(repository, refs)
    forget_tips(repository, [ref for ref in refs if ref.startswith(SHARED)])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a remote has, beside what was known of it before it was asked.

    Attributes:
        seen: What it had when it was last talked to; None where it never was.
        there: Tips by ref.
    """

    seen: LastSeen | None
    incoming: Incoming
    there: Mapping[str, str]


def ask_remote(
    repository: Repository, remote: Remote, over: threading.Event | None = None
) -> Answer:
    """Ask a remote what it has; what is known is read first, since others may bring more meanwhile.

    Args:
        over: Set once nobody waits for the answer any more.

    Raises:
        RemoteFailed: If it does not answer; with Git's own words.
    """
    return replace(
        known_beside(repository, remote, {}), there=advertised_tips(repository, remote, over=over)
    )


def known_beside(repository: Repository, remote: Remote, there: Mapping[str, str]) -> Answer:
    """Return what a remote has, beside what is known of it by now."""
    seen = read_last_seen(repository, remote.url)
    return Answer(seen, incoming_tips(repository, remote.name), there)


def fetched_listing(repository: Repository, remote: str) -> bytes:
    """Return `known_tips` a line a ref, as `start_listing` spells them, in the order of names."""
    tips = known_tips(repository, remote)
    lines = "".join(f"{tips[ref]} {ref}\n" for ref in sorted(tips))
    return lines.encode("utf-8", "surrogateescape")
