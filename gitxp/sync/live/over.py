"""Checkpoints at a remote of runs that are over: they are taken away."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from gitxp.errors import DamagedRecord
from gitxp.storage.journal.places import find_journal
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import LIVE, SHARED, live_ref, parse_live_ref, run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.fetching import advertised_tips
from gitxp.storage.transport.live_marks import LiveMark, free_marks
from gitxp.storage.transport.pushing import push_refs
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import RefToSend, Sent
from gitxp.storage.transport.watched import read_watched

_LIVE: Final = f"{SHARED}*/{LIVE}/*"


def checkpoints_there(repository: Repository, remote: Remote) -> dict[str, str]:
    """Return by ref the checkpoints that a remote has.

    Raises:
        RemoteFailed: If it does not answer.
    """
    return advertised_tips(repository, remote, _LIVE, to_push=True)


def take_away(repository: Repository, remote: Remote, refs: Iterable[str]) -> list[Sent]:
    """Delete checkpoints at a remote, whatever the last one was, and return those that stay.

    Raises:
        RemoteFailed: If the remote cannot be reached.
    """
    there = checkpoints_there(repository, remote)
    sends = [RefToSend(ref, there[ref], None) for ref in dict.fromkeys(refs) if ref in there]
    return [one for one in push_refs(repository, remote, sends) if not one.is_there]


def take_away_those_over(
    repository: Repository, remote: Remote, pushed: Iterable[str]
) -> list[Sent]:
    """Delete at a remote the checkpoints of runs that are over, as far as they are known here.

    Of this clone's runs they are marked. Those of others are known by the last fetch, and go with
    the records that say more.

    Args:
        pushed: The refs that were just sent there.

    Returns:
        Those that stay, since the remote refuses or another one has come; they are tried again.

    Raises:
        RemoteFailed: If the remote cannot be reached.
    """
    marks = list(free_marks(repository, remote.push_url))
    over = [mark for mark in marks if not _goes_on(repository, mark)]
    try:
        refs = [*(mark.ref for mark in over), *_superseded(repository, remote, set(pushed))]
        stay = take_away(repository, remote, refs) if refs else []
        refs_there = {one.ref for one in stay}
        for mark in over:
            if mark.ref not in refs_there:
                mark.delete()
        return stay
    finally:
        for mark in marks:
            mark.release()


def _goes_on(repository: Repository, mark: LiveMark) -> bool:
    place = parse_live_ref(mark.ref)
    return place is not None and find_journal(repository, place.run).is_dir()


def _superseded(repository: Repository, remote: Remote, pushed: Collection[str]) -> list[str]:
    """Return the checkpoints that were fetched, of runs whose record was pushed and tells more."""
    records = {
        one: run_ref(one.place.experiment, one.place.run)
        for one in read_watched(repository)
        if one.remote == remote.name
    }
    records = {one: record for one, record in records.items() if record in pushed}
    if not records:
        return []
    reader = RecordReader(repository)
    tips = list_refs(repository, *records.values())
    return [
        live_ref(one.place.experiment, one.place.run)
        for one, record in records.items()
        if record in tips and _holds(reader, tips[record], one.tip)
    ]


def _holds(reader: RecordReader, record: str, checkpoint: str) -> bool:
    """Whether the record of a run holds the session of a checkpoint."""
    try:
        sessions = reader.recorded_run(checkpoint).sessions
        return len(reader.recorded_run(record).sessions) >= len(sessions)
    except DamagedRecord:
        return False
