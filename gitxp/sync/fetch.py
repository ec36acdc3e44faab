"""Fetching: what a remote has that this clone has not seen is brought here, and nothing changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gitxp.storage.refs import SHARED, incoming_refs, parse_about_ref, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.fetching import advertised_tips, fetch_refs
from gitxp.storage.transport.last_seen import LastSeen, read_last_seen, write_last_seen
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch.

    Attributes:
        there: How many runs the remote has.
        new: The refs, as the remote calls them, that were brought here.
        strange: Names under `refs/experiments/` that no run has; nothing is read of them.
    """

    there: int
    new: tuple[str, ...]
    strange: tuple[str, ...]


def fetch(
    repository: Repository,
    remote: Remote,
    *,
    only: Collection[str] | None = None,
    heard: Heard | None = None,
) -> Fetched:
    """Bring what the remote has under `refs/gitxp/incoming/`, until it is merged.

    Args:
        only: The runs whose ids begin so, and the records of their experiments; all where None.

    Raises:
        RemoteFailed: If the remote does not answer; with Git's own words.
    """
    advertised = advertised_tips(repository, remote)
    tips = {ref: tip for ref, tip in advertised.items() if _is_shared(ref)}
    before = read_last_seen(repository, remote.url) or LastSeen({})
    wanted = _wanted(repository, remote, tips, before, only)
    into = incoming_refs(remote.name)
    if wanted:
        targets = {ref: f"{into}{ref.removeprefix(SHARED)}" for ref in wanted}
        fetch_refs(repository, remote, targets, heard=heard)
    seen = tips if only is None else _seen_of_some(before, tips, wanted)
    write_last_seen(repository, remote.url, before.followed_by(seen))
    return Fetched(
        there=sum(parse_run_ref(ref) is not None for ref in tips),
        new=tuple(wanted),
        strange=tuple(sorted(advertised.keys() - tips.keys())),
    )


def _is_shared(ref: str) -> bool:
    return parse_run_ref(ref) is not None or parse_about_ref(ref) is not None


def _wanted(
    repository: Repository,
    remote: Remote,
    tips: Mapping[str, str],
    before: LastSeen,
    only: Collection[str] | None,
) -> list[str]:
    """Return the refs whose tips are neither here nor were ever merged."""
    here = list_refs(repository, SHARED)
    into = incoming_refs(remote.name)
    waiting = {
        f"{SHARED}{ref.removeprefix(into)}": tip for ref, tip in list_refs(repository, into).items()
    }
    new = [ref for ref, tip in tips.items() if tip not in (here.get(ref), waiting.get(ref))]
    # What was seen before and waits no more was merged, or refused for good: a removal, say.
    new = [ref for ref in new if before.tips.get(ref) != tips[ref] or (only and ref not in here)]
    return new if only is None else _chosen(new, only)


def _chosen(refs: Collection[str], only: Collection[str]) -> list[str]:
    places = {ref: parse_run_ref(ref) for ref in refs}
    runs = [
        ref
        for ref, place in places.items()
        if place is not None and place.run.startswith(tuple(only))
    ]
    experiments = {place.experiment for ref in runs if (place := places[ref]) is not None}
    return [*runs, *(ref for ref in refs if parse_about_ref(ref) in experiments)]


def _seen_of_some(
    before: LastSeen, tips: Mapping[str, str], fetched: Collection[str]
) -> dict[str, str]:
    """Return what is known of the remote: of what was not asked for, what was known before."""
    kept = {ref: tip for ref, tip in before.tips.items() if ref in tips}
    return {**kept, **{ref: tips[ref] for ref in fetched}}
