"""What of a remote a push may replace: the record of a run that no pull takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from gitxp.errors import DamagedRecord, RefChanged
from gitxp.model.identity import RunId
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.storage.operations import RefChange
from gitxp.storage.reader import RecordReader
from gitxp.storage.record_commit import IDENTITY
from gitxp.storage.refs import incoming_ref, parse_run_ref
from gitxp.storage.refstore import change_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import waiting_tips
from gitxp.storage.transport.remotes import Remote
from gitxp.sync.arrival import Arrival, Outcome
from gitxp.sync.pull import judge_incoming
from gitxp.sync.record_history import RecordHistory
from gitxp.sync.way_out import merge_first

_ALL_THERE = "all that is here is there, too; only the clone that started the run sets it back"

_COMMAND = "letting go of what was replaced"


@dataclass(frozen=True, slots=True)
class InPlace:
    """A record of a remote in whose place that of this clone is to go.

    Attributes:
        tip: What was fetched last of it.
        author: Who wrote that, as commits spell it; empty where it is a merge.
        kept: Why it stays there; empty where no pull takes it.
    """

    tip: str
    author: str
    kept: str


def replaceable(
    repository: Repository,
    remote: Remote,
    runs: Collection[RunId],
    here: Mapping[str, str],
    *,
    home: str,
) -> dict[str, InPlace]:
    """Return what waits of some runs and the records here do not hold, by ref.

    It may be replaced where every pull refuses it, for what is lost by that no merge can keep.
    The record that led to it replaces it only from where the run was started, for there alone it
    is known whether that clone wrote what is there, and was restored from a copy since.

    Args:
        here: Tips of this clone by ref.
        home: The id of this clone.
    """
    places = {ref: parse_run_ref(ref) for ref in here}
    named = {ref for ref, place in places.items() if place is not None and place.run in runs}
    waiting = {
        ref: tip for ref, tip in waiting_tips(repository, remote.name).items() if ref in named
    }
    judged = judge_incoming(repository, remote, waiting, here, home=home)
    judging = _Judging(repository, remote.name, home)
    return {
        one.ref: InPlace(
            waiting[one.ref],
            judging.author(waiting[one.ref]),
            judging.objection(one, here[one.ref], waiting[one.ref]),
        )
        for one in judged
        if one.outcome is not Outcome.AHEAD
    }


def let_go_of_replaced(repository: Repository, remote: Remote, tips: Mapping[str, str]) -> None:
    """Let go of what was fetched of records that a remote has no more.

    Args:
        tips: Of these records, by the refs where they were shared.
    """
    waiting = waiting_tips(repository, remote.name)
    changes = [
        RefChange(incoming_ref(remote.name, ref), tip, None)
        for ref, tip in tips.items()
        if waiting.get(ref) == tip
    ]
    if changes:
        with suppress(RefChanged):  # a fetch has just brought what is there by now
            change_refs(repository, changes, command=_COMMAND)


class _Judging:
    def __init__(self, repository: Repository, remote: str, home: str) -> None:
        self._objects = ProvedObjects(repository)
        self._history = RecordHistory(repository)
        self._reader = RecordReader(repository)
        self._remote = remote
        self._home = home

    def objection(self, judged: Arrival, here: str, there: str) -> str:
        """Return why a record of the remote is not replaced; empty where it may be."""
        if judged.outcome is not Outcome.REFUSED:
            return f"a pull merges what is there; {merge_first(self._remote)}"
        try:
            self._history.best_common(here, here)  # or the refusal may be the fault of this clone
            is_home = self._reader.outline(here).home == self._home
        except DamagedRecord as error:
            return f"it cannot replace what is there: {error}"
        return _ALL_THERE if self._history.leads_to(here, there) and not is_home else ""

    def author(self, tip: str) -> str:
        try:
            author = self._objects.commit(tip).author
        except DamagedRecord:
            return ""
        return "" if author == IDENTITY else author
