"""How this clone stands to a remote, as far as is known without asking it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gitxp.query.watched import runs_elsewhere
from gitxp.storage.layout import remotes_dir
from gitxp.storage.refs import SHARED, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import waiting_tips
from gitxp.storage.transport.last_seen import read_last_seen
from gitxp.storage.transport.not_uploaded import NotUploaded, read_not_uploaded
from gitxp.storage.transport.remotes import all_remotes


@dataclass(frozen=True, slots=True)
class Standing:
    """The runs that differ between this clone and a remote, and large files that it lacks.

    Attributes:
        remote: Its name.
        unpushed: Ids of runs that it did not have.
        edited: Ids of runs of which it had another record, and nothing of it waits here.
        waiting: Ids of runs that were fetched from it and are not merged.
        live: Ids of runs that go on in other clones, as it was last fetched.
        silent: Ids of runs that went on in other clones, and of which nothing was heard since.
        not_uploaded: Large files that it was not given; None where nobody knows any more.
    """

    remote: str
    unpushed: tuple[str, ...]
    edited: tuple[str, ...]
    waiting: tuple[str, ...]
    live: tuple[str, ...]
    silent: tuple[str, ...]
    not_uploaded: tuple[NotUploaded, ...] | None


def standings(repository: Repository) -> list[Standing]:
    """Return how this clone stands to each remote that it ever shared runs with."""
    if not remotes_dir(repository.private_dir).is_dir():  # Git need not be asked
        return []
    here = list_refs(repository, SHARED)
    found = []
    for remote in all_remotes(repository):
        pushed = read_last_seen(repository, remote.push_url)
        seen = pushed or read_last_seen(repository, remote.url)
        if seen is None:
            continue
        elsewhere = runs_elsewhere(repository, remote.name)
        waiting = waiting_tips(repository, remote.name)
        differs = [ref for ref, tip in here.items() if seen.tips.get(ref) != tip]
        found.append(
            Standing(
                remote.name,
                unpushed=_runs(ref for ref in differs if ref not in seen.tips),
                edited=_runs(ref for ref in differs if ref in seen.tips and ref not in waiting),
                waiting=_runs(sorted(waiting)),
                live=elsewhere.going_on,
                silent=elsewhere.silent,
                not_uploaded=read_not_uploaded(repository, remote.push_url),
            )
        )
    return found


def _runs(refs: Iterable[str]) -> tuple[str, ...]:
    places = (parse_run_ref(ref) for ref in refs)
    return tuple(str(place.run) for place in places if place is not None)
