"""What of a planned push may leave: by the routes of runs, and by the history that goes along."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from gitxp.errors import DamagedRecord
from gitxp.model.identity import ExperimentName
from gitxp.model.run import Run
from gitxp.policy.routes import may_go, route_of
from gitxp.policy.settings import Settings
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import ABOUT, about_ref, parse_about_ref, parse_run_ref
from gitxp.storage.repository import Repository
from gitxp.storage.transport.sending import RefToSend
from gitxp.sync.outgoing.found import Outgoing
from gitxp.sync.push import Plan


@dataclass(frozen=True, slots=True)
class Leaving:
    """A plan without what must stay here.

    Attributes:
        runs: Those that would go, by their refs.
        routed: Runs that may not go to this remote, by their refs.
        unread: Refs whose records cannot be read, and why: nobody knows where they may go.
    """

    plan: Plan
    runs: Mapping[str, Run]
    routed: Mapping[str, Run]
    unread: Mapping[str, str]


def routed_plan(
    repository: Repository, settings: Settings, plan: Plan, remote: str, *, reroute: bool
) -> Leaving:
    """Leave out of a plan what may not go to the remote of this name.

    A run goes where its record says, which was decided when it started; what the settings say now
    counts for the records of experiments alone.

    Args:
        reroute: Whether a person has said that it may go all the same.
    """
    reader = RecordReader(repository)
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

    def goes(one: RefToSend) -> bool:
        experiment = parse_about_ref(one.ref)
        if experiment is None:
            return one.tip is None or one.ref in runs
        route = route_of(settings, experiment)
        is_shared = experiment in sent or _has_run_of(experiment, plan.there)
        return reroute or (is_shared and may_go(route, remote))

    sends = tuple(one for one in plan.sends if goes(one))
    return Leaving(replace(plan, sends=sends), runs, routed, unread)


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
