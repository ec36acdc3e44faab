"""Pushing: what a remote does not have yet goes there, each ref with a lease on what it had."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gitxp.model.event import Removal
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.standing import fold_removals
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, about_ref, parse_about_ref, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.fetching import advertised_tips
from gitxp.storage.transport.last_seen import LastSeen, read_last_seen, write_last_seen
from gitxp.storage.transport.pushing import push_refs
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import RefToSend, Sent
from gitxp.storage.transport.talk import Heard
from gitxp.sync.record_history import RecordHistory


@dataclass(frozen=True, slots=True)
class Plan:
    """What a push would do.

    Attributes:
        seen: What the remote had when it was last seen.
        sends: The refs that would go, those of experiments last.
        diverged: Refs that were edited on both sides, and do not go.
    """

    seen: LastSeen
    sends: tuple[RefToSend, ...]
    diverged: tuple[str, ...]

    @property
    def tips(self) -> list[str]:
        """The commits that would go."""
        return [one.tip for one in self.sends if one.tip is not None]


def plan_push(
    repository: Repository, remote: Remote, *, only: Collection[RunId] | None = None
) -> Plan:
    """Return what the remote does not have yet, as far as is known here.

    The remote itself is asked only where it never was.

    Args:
        only: These runs, and the records of their experiments; all where None.

    Raises:
        RemoteFailed: If it is asked, and does not answer.
    """
    seen = read_last_seen(repository, remote.push_url)
    if seen is None:
        seen = LastSeen(advertised_tips(repository, remote))
        write_last_seen(repository, remote.push_url, seen)
    here = list_refs(repository, SHARED)
    history = RecordHistory(repository)
    sends, diverged = [], []
    for ref in _differing(here, seen.tips, only):
        before = seen.tips.get(ref)
        if before is not None and not history.leads_to(before, here[ref]):
            diverged.append(ref)
        else:
            sends.append(RefToSend(ref, before, here[ref]))
    goes = _removed_since(repository, history, here, seen.tips, only)
    return Plan(seen, (*sends, *goes), tuple(diverged))


def push(
    repository: Repository, remote: Remote, plan: Plan, *, heard: Heard | None = None
) -> list[Sent]:
    """Send what was planned, and remember what the remote has then.

    Raises:
        RemoteFailed: If the remote cannot be reached or refuses all.
    """
    seen = dict(plan.seen.tips)
    tips = {one.ref: one.tip for one in plan.sends}
    found: list[Sent] = []
    try:
        for sent in push_refs(repository, remote, plan.sends, heard=heard):
            found.append(sent)
            if not sent.is_there:
                continue
            tip = tips[sent.ref]
            if tip is None:
                seen.pop(sent.ref, None)
            else:
                seen[sent.ref] = tip
    finally:  # what is there is there, whatever came after
        write_last_seen(repository, remote.push_url, plan.seen.followed_by(seen))
    return found


def _differing(
    here: Mapping[str, str], seen: Mapping[str, str], only: Collection[RunId] | None
) -> list[str]:
    """Return the refs of which the remote has nothing or something else, those of runs first."""
    differing = [ref for ref, tip in here.items() if seen.get(ref) != tip]
    if only is None:
        abouts = [ref for ref in differing if parse_about_ref(ref) is not None]
    else:
        places = [parse_run_ref(ref) for ref in here if ref.rpartition("/")[2] in only]
        chosen = {about_ref(place.experiment) for place in places if place is not None}
        abouts = [ref for ref in differing if ref in chosen]
    runs = {ref: place for ref in differing if (place := parse_run_ref(ref)) is not None}
    return [*(ref for ref, place in runs.items() if only is None or place.run in only), *abouts]


def _removed_since(
    repository: Repository,
    history: RecordHistory,
    here: Mapping[str, str],
    seen: Mapping[str, str],
    only: Collection[RunId] | None,
) -> list[RefToSend]:
    """Return the runs that were removed and of which the remote has nothing that was not known."""
    removed: dict[ExperimentName, Mapping[RunId, Removal]] = {}
    reader = RecordReader(repository)
    found = []
    for ref, tip in seen.items():
        place = None if ref in here else parse_run_ref(ref)
        if place is None or (only is not None and place.run not in only):
            continue
        about = here.get(about_ref(place.experiment))
        if about is None:
            continue
        if place.experiment not in removed:
            removed[place.experiment] = fold_removals(reader.events(about))
        removal = removed[place.experiment].get(place.run)
        if removal is not None and history.leads_to(tip, removal.tip):
            found.append(RefToSend(ref, tip, None))
    return found
