"""How this clone stands to a remote, as far as is known without asking it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gitxp.storage.configuration import read_configuration, remote_names
from gitxp.storage.refs import SHARED, incoming_refs, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.last_seen import read_last_seen


@dataclass(frozen=True, slots=True)
class Standing:
    """The runs that differ between this clone and a remote.

    Attributes:
        remote: Its name.
        unpushed: Ids of runs that it did not have.
        edited: Ids of runs of which it had another record, and nothing of it waits here.
        waiting: Ids of runs that were fetched from it and are not merged.
    """

    remote: str
    unpushed: tuple[str, ...]
    edited: tuple[str, ...]
    waiting: tuple[str, ...]


def standings(repository: Repository) -> list[Standing]:
    """Return how this clone stands to each remote that it ever shared runs with."""
    settings = read_configuration(repository)
    here = list_refs(repository, SHARED)
    found = []
    for remote in remote_names(repository):
        url = settings[f"remote.{remote}.url"]
        pushed = read_last_seen(repository, settings.get(f"remote.{remote}.pushurl", url))
        seen = pushed or read_last_seen(repository, url)
        if seen is None:
            continue
        into = incoming_refs(remote)
        waiting = {f"{SHARED}{ref.removeprefix(into)}" for ref in list_refs(repository, into)}
        differs = [ref for ref, tip in here.items() if seen.tips.get(ref) != tip]
        found.append(
            Standing(
                remote,
                unpushed=_runs(ref for ref in differs if ref not in seen.tips),
                edited=_runs(ref for ref in differs if ref in seen.tips and ref not in waiting),
                waiting=_runs(sorted(waiting)),
            )
        )
    return found


def _runs(refs: Iterable[str]) -> tuple[str, ...]:
    places = (parse_run_ref(ref) for ref in refs)
    return tuple(str(place.run) for place in places if place is not None)
