"""How this clone stands to its remotes, as far as is known without asking them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gitxp.model.identity import ExperimentName
from gitxp.policy.routes import may_go, route_of
from gitxp.policy.settings import Settings
from gitxp.query.watched import runs_elsewhere
from gitxp.storage.refs import SHARED, RunRef, parse_about_ref, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import waiting_tips
from gitxp.storage.transport.last_seen import LastSeen, read_last_seen
from gitxp.storage.transport.not_uploaded import NotUploaded, read_not_uploaded
from gitxp.storage.transport.remotes import all_remotes
from gitxp.sync.difference import BesideRemote, Difference, ToldByRecords

Routes = Mapping[str, tuple[str, ...]]
_TO_PUSH = (Difference.HERE_ONLY, Difference.CHANGED_HERE)


@dataclass(frozen=True, slots=True)
class Standing:
    """What differs between this clone and a remote, and which large files that lacks.

    Attributes:
        remote: Its name.
        is_known: Whether it was ever asked what it has.
        runs: By what they differ in, the ids of runs; each stands in one list.
        experiments: So the names of experiments, by their own records. One that goes along with
            no run that is there or may go there is in none.
        live: Ids of runs that go on in other clones, as it was last fetched.
        silent: Ids of runs that went on in other clones, and of which nothing was heard since.
        not_uploaded: Large files that it was not given; None where nobody knows any more.
    """

    remote: str
    is_known: bool
    runs: Mapping[Difference, tuple[str, ...]]
    experiments: Mapping[Difference, tuple[str, ...]]
    live: tuple[str, ...]
    silent: tuple[str, ...]
    not_uploaded: tuple[NotUploaded, ...] | None


def standings(repository: Repository, settings: Settings, routes: Routes) -> list[Standing]:
    """Return how this clone stands to each of its remotes, in Git's order.

    Args:
        routes: By id to which remotes runs may be pushed, of those that may not go to every one.
    """
    remotes = all_remotes(repository)
    if not remotes:
        return []
    here = list_refs(repository, SHARED)
    told = ToldByRecords(repository)
    found = []
    for remote in remotes:
        pushed = read_last_seen(repository, remote.push_url)
        seen = pushed or read_last_seen(repository, remote.url)
        elsewhere = runs_elsewhere(repository, remote.name)
        waiting = waiting_tips(repository, remote.name)
        beside = BesideRemote(told, here, seen or LastSeen({}), waiting)
        runs = _runs(beside, remote.name, routes)
        private = _private(beside, remote.name, settings, routes)
        found.append(
            Standing(
                remote.name,
                is_known=seen is not None,
                runs=_listed({str(place.run): one for place, one in runs.items()}),
                experiments=_listed(_experiments(beside, runs, private)),
                live=elsewhere.going_on,
                silent=elsewhere.silent,
                not_uploaded=read_not_uploaded(repository, remote.push_url),
            )
        )
    return found


def _runs(beside: BesideRemote, remote: str, routes: Routes) -> dict[RunRef, Difference]:
    """Return in what runs differ, of those that do."""
    found = {}
    for ref in beside.refs:
        place = parse_run_ref(ref)
        difference = None if place is None else beside.of_run(ref, place)
        if place is None or difference is None:
            continue
        if difference in _TO_PUSH and not may_go(routes.get(place.run, ()), remote):
            difference = Difference.ROUTED_ELSEWHERE
        found[place] = difference
    return found


def _private(
    beside: BesideRemote, remote: str, settings: Settings, routes: Routes
) -> set[ExperimentName]:
    """Return the experiments whose records may not go to a remote.

    They go where the settings of now let them, and each of their runs may go as well.
    """
    places = [place for ref in beside.here if (place := parse_run_ref(ref)) is not None]
    experiments = {name for ref in beside.refs if (name := parse_about_ref(ref)) is not None}
    return {
        *(one.experiment for one in places if not may_go(routes.get(one.run, ()), remote)),
        *(name for name in experiments if not may_go(route_of(settings, name), remote)),
    }


def _experiments(
    beside: BesideRemote,
    runs: Mapping[RunRef, Difference],
    private: Collection[ExperimentName],
) -> dict[str, Difference]:
    """Return in what the records of experiments differ, of those that do."""
    shared = {place.experiment for place, difference in runs.items() if difference in _TO_PUSH}
    shared |= _there(beside)
    found: dict[str, Difference] = {}
    for ref in beside.refs:
        name = parse_about_ref(ref)
        difference = None if name is None else beside.of(ref)
        if name is None or difference is None:
            continue
        if difference not in _TO_PUSH:
            found[name] = difference
        elif name in private:
            found[name] = Difference.ROUTED_ELSEWHERE
        elif name in shared:
            found[name] = difference
    return found


def _there(beside: BesideRemote) -> set[ExperimentName]:
    """Return the experiments of which the remote has runs."""
    places = (parse_run_ref(ref) for ref in beside.refs if beside.is_there(ref))
    return {place.experiment for place in places if place is not None}


def _listed(found: Mapping[str, Difference]) -> dict[Difference, tuple[str, ...]]:
    lists: dict[Difference, list[str]] = {one: [] for one in Difference}
    for name, difference in found.items():
        lists[difference].append(name)
    return {difference: tuple(names) for difference, names in lists.items()}
