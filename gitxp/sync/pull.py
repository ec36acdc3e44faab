"""Merging what was fetched: by union, so that no edit conflicts with another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from gitxp.storage.events.saying import pack_for_now
from gitxp.storage.journal.places import all_journals
from gitxp.storage.refs import SHARED
from gitxp.storage.refstore import change_refs, list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import waiting_tips
from gitxp.storage.transport.last_seen import LastSeen, read_last_seen
from gitxp.storage.transport.remotes import Remote
from gitxp.sync.arrival import Arrival
from gitxp.sync.mending import TellMended, let_go_of_lost, untold
from gitxp.sync.merging import Merging
from gitxp.sync.waiting import Watch, refs_of
from gitxp.upkeep.gather import gather_refs


def merge_incoming(
    repository: Repository,
    remote: Remote,
    *,
    home: str,
    command: str,
    restored: Collection[str] | None = None,
    replacing: Collection[str] = (),
    watch: Watch | None = None,
    tell_mended: TellMended = untold,
) -> list[Arrival]:
    """Merge every record that was fetched from a remote and still waits.

    A record that breaks the rules of the format is refused, and goes on waiting where
    `git xp list --remote` shows it; the others are merged all the same.

    Args:
        home: The id of this clone.
        command: What the user did, for the operation log.
        restored: The runs, by how their ids begin, that may come back to this clone with files
            which only it can have written: after a restore from a copy it does not know that it
            did. All where there is none among them, none where None.
        replacing: The runs, by how their ids begin, whose records come in place of those here where
            no merge holds both; what stood here goes to the trash.
        tell_mended: Called with each ref whose objects are gone here: what is there comes instead.

    Raises:
        AmbiguousRun: If several runs may be meant by one that is named.
        UnknownRun: If nothing waits of one that is named.
        RefChanged: If a run was changed meanwhile; nothing is merged then.
    """
    waiting = waiting_tips(repository, remote.name)
    back = refs_of(waiting, restored, remote.name)
    instead = refs_of(waiting, replacing or None, remote.name)
    if not waiting:
        return []
    worked_out = partial(
        _worked_out, repository, remote, waiting, home=home, back=back, instead=instead, watch=watch
    )
    merging = worked_out()
    if let_go_of_lost(repository, home, merging.unread, waiting, tell_mended):
        merging = worked_out()
    with pack_for_now(repository, merging.objects):
        changes = merging.changes()
        if changes:
            change_refs(repository, changes, command=command)
    gather_refs(repository)
    return merging.arrivals


def _worked_out(
    repository: Repository,
    remote: Remote,
    waiting: Mapping[str, str],
    *,
    home: str,
    back: frozenset[str],
    instead: frozenset[str],
    watch: Watch | None,
) -> Merging:
    """Return what is to become of all that waits."""
    seen = read_last_seen(repository, remote.url) or LastSeen({})
    here = list_refs(repository, SHARED)
    running = frozenset(run for run, _ in all_journals(repository))
    merging = Merging(
        repository,
        remote.name,
        home,
        waiting=waiting,
        here=here,
        gone=seen.gone,
        running=running,
        restored=back,
        replacing=instead,
    )
    merging.merge_all(watch)
    merging.heed_removals()
    return merging


def judge_incoming(
    repository: Repository,
    remote: Remote,
    waiting: Mapping[str, str],
    here: Mapping[str, str],
    *,
    home: str,
) -> list[Arrival]:
    """Return what a pull would make of some of the records that wait, and merge nothing.

    Of runs that go on here it is what a pull would make of it once they have ended.

    Args:
        waiting: Their tips, by the refs where they are shared.
        here: Tips of this clone by ref; its own record of each is among them.
        home: The id of this clone.
    """
    merging = Merging(repository, remote.name, home, waiting=waiting, here=here)
    merging.merge_all()
    return merging.arrivals
