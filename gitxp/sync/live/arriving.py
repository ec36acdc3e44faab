"""Checkpoints that a remote has: those of other clones are brought here, looked at and replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitxp.errors import DamagedRecord, GitxpError
from gitxp.model.run import Status
from gitxp.storage.clone import known_clone_id
from gitxp.storage.journal.places import find_journal
from gitxp.storage.operations import RefChange
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import RunRef, incoming_ref, parse_live_ref
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class Arriving:
    """What is to become of checkpoints.

    Attributes:
        changes: Of the refs that hold them here.
        watched: All that are held then, by the refs of the remote.
        refused: Those that break the rules of the format, and why.
    """

    changes: tuple[RefChange, ...]
    watched: Mapping[str, str]
    refused: Mapping[str, str]


def arriving_checkpoints(
    repository: Repository, remote: str, there: Mapping[str, str], held: Mapping[str, str]
) -> Arriving:
    """Return what is to become of the checkpoints that a remote has, and of those held here.

    This clone's own are passed over: its journals tell more.

    Args:
        there: Tips by ref; their objects are here.
        held: Those fetched before that this fetch is about.
    """
    home = known_clone_id(repository.private_dir)
    reader = RecordReader(repository) if there else None
    watched: dict[str, str] = {}
    refused: dict[str, str] = {}
    for ref, tip in there.items():
        place = parse_live_ref(ref)
        if place is None or find_journal(repository, place.run).is_dir():
            continue
        if held.get(ref) == tip:
            watched[ref] = tip
            continue
        assert reader is not None
        try:
            if _home(reader, place, tip) != home:
                watched[ref] = tip
        except GitxpError as error:
            refused[ref] = str(error)
    changes = [
        RefChange(incoming_ref(remote, ref), held.get(ref), watched.get(ref))
        for ref in (*watched, *(ref for ref in held if ref not in watched))
        if held.get(ref) != watched.get(ref)
    ]
    return Arriving(tuple(changes), watched, refused)


def _home(reader: RecordReader, place: RunRef, tip: str) -> str:
    """Return the home of a run, if its checkpoint is that of a run that goes on.

    Raises:
        DamagedRecord: If it is not, or cannot be read.
    """
    run = reader.run_at(place, tip)
    reader.checkpoint(tip)
    reader.points(tip)
    if run.status not in (Status.RUNNING, Status.UNKNOWN):
        raise DamagedRecord(f"its status is {run.status}: expected one that goes on")
    return run.home
