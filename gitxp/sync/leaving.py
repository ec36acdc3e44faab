"""What of a planned push may leave: by the routes of runs, and by the history that goes along."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from gitxp.errors import DamagedRecord
from gitxp.model.identity import ExperimentName
from gitxp.model.run import Run
from gitxp.policy.routes import may_go, route_of
from gitxp.policy.settings import Settings
from gitxp.query.found import FoundRows, find_rows
from gitxp.storage.few_records import reader_of
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import ABOUT, about_ref, parse_about_ref, parse_run_ref
from gitxp.storage.repository import Repository
from gitxp.storage.transport.sending import RefToSend
from gitxp.sync.outgoing.found import Outgoing
from gitxp.sync.push import Plan, about_of


@dataclass(frozen=True, slots=True)
class Leaving:
    """A plan without what must stay here.

    Attributes:
        runs: Those that would go, by their refs.
        routed: Runs that may not go to this remote, by their refs.
        unread: Refs whose records cannot be read, and why: nobody knows where they may go.
        unsaid: Refs of removed runs that stay there, since the record that tells of their removal
            may not go, and the next push of a colleague would bring them back.
    """

    plan: Plan
    runs: Mapping[str, Run]
    routed: Mapping[str, Run]
    unread: Mapping[str, str]
    unsaid: tuple[str, ...]


def routed_plan(
    repository: Repository, settings: Settings, plan: Plan, remote: str, *, reroute: bool
) -> Leaving:
    """Leave out of a plan what may not go to the remote of this name.

    A run goes where its record says, which was decided when it started. The record of an experiment
    goes where the settings of now let it, and each of its runs that is here may go as well.

    Args:
        reroute: Whether a person has said that it may go all the same.
    """
    with reader_of(repository, len(plan.sends)) as reader:
        return _routed(repository, reader, settings, plan, remote, reroute=reroute)


def _routed(
    repository: Repository,
    reader: RecordReader,
    settings: Settings,
    plan: Plan,
    remote: str,
    *,
    reroute: bool,
) -> Leaving:
    runs: dict[str, Run] = {}
    routed: dict[str, Run] = {}
    unread: dict[str, str] = {}
    for one in plan.sends:
        if one.tip is None or parse_run_ref(one.ref) is None:
            continue
        try:
            run = reader.outline(one.tip)
        except DamagedRecord as error:
            unread[one.ref] = str(error)
            continue
        (runs if reroute or may_go(run.route, remote) else routed)[one.ref] = run
    sent = {run.experiment for run in runs.values()}

    def may_tell(experiment: ExperimentName) -> bool:
        is_shared = experiment in sent or _has_run_of(experiment, plan.there)
        return is_shared and may_go(route_of(settings, experiment), remote)

    abouts = [found for one in plan.sends if (found := parse_about_ref(one.ref))]
    told = abouts if reroute else [one for one in abouts if may_tell(one)]
    if told and not reroute:
        told = sorted(set(told) - experiments_kept(find_rows(repository), remote))
    kept = {about_ref(one) for one in abouts if one not in told}
    unsaid = tuple(
        one.ref
        for one in plan.sends
        if one.tip is None and about_of(one.ref) in kept and _may_return(reader, one, remote)
    )
    stays = {*kept, *unsaid, *routed, *unread}
    sends = tuple(one for one in plan.sends if one.ref not in stays)
    return Leaving(replace(plan, sends=sends), runs, routed, unread, unsaid)


def experiments_kept(found: FoundRows, remote: str) -> set[str]:
    """Return the experiments of runs that may not go to a remote, or of which nobody knows."""
    experiments = dict(zip(found.rows.values("run"), found.rows.values("experiment"), strict=True))
    routes = found.rows.routes.items()
    places = (parse_run_ref(one.ref) for one in found.problems)
    return {
        *(experiments[run] for run, route in routes if not may_go(route, remote)),
        *(place.experiment for place in places if place is not None),
    }


def _may_return(reader: RecordReader, removed: RefToSend, remote: str) -> bool:
    """Whether a colleague's push may bring a run back; where its route forbids it, none does."""
    assert removed.seen is not None
    try:
        return may_go(reader.outline(removed.seen).route, remote)
    except DamagedRecord:  # purged
        return True


def _has_run_of(experiment: ExperimentName, refs: Iterable[str]) -> bool:
    begin = about_ref(experiment).removesuffix(ABOUT)
    places = (parse_run_ref(ref) for ref in refs if ref.startswith(begin))
    return any(place is not None and place.experiment == experiment for place in places)


def needing_history(runs: Mapping[str, Run], outgoing: Outgoing) -> set[str]:
    """Return the refs of runs whose code builds on commits that the remote does not have.

    What is below a commit that it has, it has, too.
    """
    own = {one.commit for one in outgoing.unpublished}
    return {
        ref
        for ref, run in runs.items()
        if any(not own.isdisjoint((one.code.base, one.code.commit)) for one in run.sessions)
    }


def without(leaving: Leaving, refs: Collection[str]) -> Leaving:
    """Return what leaves if these runs stay."""
    sends = tuple(one for one in leaving.plan.sends if one.ref not in refs)
    runs = {ref: run for ref, run in leaving.runs.items() if ref not in refs}
    return replace(leaving, plan=replace(leaving.plan, sends=sends), runs=runs)
