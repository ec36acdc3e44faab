"""What is known of a remote without asking it."""

from __future__ import annotations

from gitxp.storage.configuration import read_configuration
from gitxp.storage.refs import SHARED, incoming_refs, parse_live_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.last_seen import read_last_seen


def waiting_tips(repository: Repository, remote: str) -> dict[str, str]:
    """Return what was fetched from a remote and is not merged, by the refs where it is shared."""
    found = _incoming(repository, remote)
    return {ref: tip for ref, tip in found.items() if parse_live_ref(ref) is None}


def live_tips(repository: Repository, remote: str) -> dict[str, str]:
    """Return the checkpoints that were fetched from a remote, which are never merged."""
    found = _incoming(repository, remote)
    return {ref: tip for ref, tip in found.items() if parse_live_ref(ref) is not None}


def _incoming(repository: Repository, remote: str) -> dict[str, str]:
    into = incoming_refs(remote)
    found = list_refs(repository, into)
    return {f"{SHARED}{ref.removeprefix(into)}": tip for ref, tip in found.items()}


def known_tips(repository: Repository, remote: str) -> dict[str, str]:
    """Return by ref what a remote had when it was last talked to, as far as it is here.

    What waits under `refs/gitxp/incoming/` was fetched last. What was merged is led to by this
    clone's own ref; what was removed here may be gone, and is left out.
    """
    url = read_configuration(repository).get(f"remote.{remote}.url")
    seen = read_last_seen(repository, url) if url is not None else None
    here = list_refs(repository, SHARED) if seen is not None else {}
    merged = {ref: tip for ref, tip in (seen.tips if seen else {}).items() if ref in here}
    return {**merged, **waiting_tips(repository, remote)}


def fetched_listing(repository: Repository, remote: str) -> bytes:
    """Return `known_tips` a line a ref, as `start_listing` spells them, in the order of names."""
    tips = known_tips(repository, remote)
    lines = "".join(f"{tips[ref]} {ref}\n" for ref in sorted(tips))
    return lines.encode("utf-8", "surrogateescape")
