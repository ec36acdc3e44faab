"""Pushing: what a remote does not have yet goes there, each ref with a lease on what it had."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gitxp.model.event import Removal
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.standing import fold_removals
from gitxp.storage.meanwhile import begin
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, about_ref, parse_about_ref, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.fetching import advertised_to_push
from gitxp.storage.transport.last_seen import LastSeen, read_last_seen, write_last_seen
from gitxp.storage.transport.published import published_commits
from gitxp.storage.transport.pushing import push_refs
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import RefToSend, Sent
from gitxp.storage.transport.talk import Heard
from gitxp.sync.record_history import RecordHistory


@dataclass(frozen=True, slots=True)
class Plan:
    """What a push would do.

    Attributes:
        there: What the remote has, by ref; not all of it need be here.
        published: Commits of this clone that it has, its branches among them.
        seen: What of it was here ever, and what it had before.
        sends: The refs that would go, those of experiments last.
        diverged: Refs that were edited on both sides, and do not go.
    """

    there: Mapping[str, str]
    published: frozenset[str]
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
    """Return what the remote does not have.

    It is asked each time: somebody may have taken away what it had, with `git push --mirror` say.

    Args:
        only: These runs, and the records of their experiments; all where None.

    Raises:
        RemoteFailed: If it does not answer.
    """
    asked = begin(lambda: advertised_to_push(repository, remote))
    refs = list_refs(repository)
    here = {ref: tip for ref, tip in refs.items() if ref.startswith(SHARED)}
    last_seen = read_last_seen(repository, remote.push_url) or LastSeen({})
    history = RecordHistory(repository)
    there, told = asked()
    published = published_commits(repository, told, frozenset(refs.values()))
    seen = _seen(last_seen, there, here)
    sends, diverged = [], []
    for ref in _differing(here, there, only):
        before = there.get(ref)
        if _is_known(history, ref, here, there, seen.gone):
            sends.append(RefToSend(ref, before, here[ref]))
        elif here[ref] not in (seen.tips.get(ref), seen.gone.get(ref)):
            diverged.append(ref)
    goes = _removed_since(repository, history, here, there, only)
    return Plan(there, published, seen, (*sends, *goes), tuple(diverged))


def push(
    repository: Repository, remote: Remote, plan: Plan, *, heard: Heard | None = None
) -> list[Sent]:
    """Send what was planned, and remember what the remote has then.

    Raises:
        RemoteFailed: If the remote cannot be reached or refuses all.
    """
    before = read_last_seen(repository, remote.push_url) or LastSeen({})
    seen = dict(before.tips)
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
        write_last_seen(repository, remote.push_url, before.followed_by(seen))
    return found


def _seen(before: LastSeen, there: Mapping[str, str], here: Mapping[str, str]) -> LastSeen:
    """Return what is to be remembered: nothing that never was here, or no fetch would bring it."""
    tips = {
        ref: tip if tip == here.get(ref) else before.tips.get(ref) for ref, tip in there.items()
    }
    return before.followed_by({ref: tip for ref, tip in tips.items() if tip is not None})


def _is_known(
    history: RecordHistory,
    ref: str,
    here: Mapping[str, str],
    there: Mapping[str, str],
    gone: Mapping[str, str],
) -> bool:
    """Whether this clone's record holds all that the remote has of it.

    Of a run that the remote let go of, the record of its experiment says whether it was removed.
    """
    place = parse_run_ref(ref)
    asked = about_ref(place.experiment) if place and ref in gone and ref not in there else ref
    tip = there.get(asked)
    return tip is None or (asked in here and history.leads_to(tip, here[asked]))


def _differing(
    here: Mapping[str, str], there: Mapping[str, str], only: Collection[RunId] | None
) -> list[str]:
    """Return the refs of which the remote has nothing or something else, those of runs first."""
    differing = [ref for ref, tip in here.items() if there.get(ref) != tip]
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
    there: Mapping[str, str],
    only: Collection[RunId] | None,
) -> list[RefToSend]:
    """Return the runs that were removed and of which the remote has nothing that was not known."""
    removed: dict[ExperimentName, Mapping[RunId, Removal]] = {}
    reader = RecordReader(repository)
    found = []
    for ref, tip in there.items():
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
