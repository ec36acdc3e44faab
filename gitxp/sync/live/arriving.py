"""Checkpoints that a remote has: those of other clones are brought here, looked at and replaced."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from gitxp.errors import DamagedRecord, GitxpError
from gitxp.model.run import Run, Status
from gitxp.storage.bounds import LARGEST_DOCUMENT, LARGEST_SEGMENT, MOST_POINTS
from gitxp.storage.clone import known_clone_id
from gitxp.storage.journal.places import find_journal
from gitxp.storage.operations import RefChange
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import LIVE, RunRef, incoming_ref, parse_live_ref, run_ref
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import waiting_tips
from gitxp.storage.transport.watched import read_ended, read_watched
from gitxp.upkeep.verify.points import SegmentSum, compare_points, sum_segments


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


def new_checkpoints(
    repository: Repository, there: Mapping[str, str], held: Mapping[str, str]
) -> list[str]:
    """Return the checkpoints that a remote has and that are not held here, but for this clone's."""
    return [
        ref
        for ref, tip in there.items()
        if f"/{LIVE}/" in ref and held.get(ref) != tip and _goes_on_elsewhere(repository, ref)
    ]


def arriving_checkpoints(
    repository: Repository, remote: str, there: Mapping[str, str], held: Mapping[str, str]
) -> Arriving:
    """Return what is to become of the checkpoints that a remote has, and of those held here.

    This clone's own are passed over: its journals tell more.

    Args:
        there: Tips of all refs that the fetch is about; their objects are here.
        held: Those fetched before that this fetch is about.
    """
    home = known_clone_id(repository.private_dir)
    new = new_checkpoints(repository, there, held)
    reader = RecordReader(repository) if new else None
    watched = {ref: tip for ref, tip in held.items() if there.get(ref) == tip}
    refused: dict[str, str] = {}
    for ref in new:
        place = parse_live_ref(ref)
        assert reader is not None
        assert place is not None
        try:
            if _home(reader, place, there[ref]) != home:
                watched[ref] = there[ref]
        except GitxpError as error:
            refused[ref] = str(error)
    changes = [
        RefChange(incoming_ref(remote, ref), held.get(ref), watched.get(ref))
        for ref in (*watched, *(ref for ref in held if ref not in watched))
        if held.get(ref) != watched.get(ref)
    ]
    return Arriving(tuple(changes), watched, refused)


def records_of_watched(
    repository: Repository, remote: str, watched: Mapping[str, str]
) -> dict[str, str]:
    """Return by ref the records that wait here of runs that were seen to go on there.

    They are shown until they are merged, since those runs were. One that breaks the rules is named
    when it is to be merged.

    Args:
        watched: The checkpoints that are held.
    """
    ended = read_ended(repository)
    shown = (*read_watched(repository), *ended)
    places = {one.place for one in shown if one.remote == remote}
    places |= {place for ref in watched if (place := parse_live_ref(ref)) is not None}
    waiting = waiting_tips(repository, remote) if places else {}
    refs = {run_ref(place.experiment, place.run): place for place in places}
    proved = {one.tip for one in ended}
    reader = RecordReader(repository) if refs.keys() & waiting.keys() else None
    found: dict[str, str] = {}
    for ref in refs.keys() & waiting.keys():
        assert reader is not None
        with suppress(GitxpError):
            if waiting[ref] not in proved:
                _prove_points(reader, reader.run_at(refs[ref], waiting[ref]), waiting[ref])
            found[ref] = waiting[ref]
    return found


def _goes_on_elsewhere(repository: Repository, ref: str) -> bool:
    place = parse_live_ref(ref)
    return place is not None and not find_journal(repository, place.run).is_dir()


def _home(reader: RecordReader, place: RunRef, tip: str) -> str:
    """Return the home of a run, if its checkpoint is that of a run that goes on.

    Raises:
        DamagedRecord: If it is not, or cannot be read.
    """
    run = reader.run_at(place, tip)
    reader.checkpoint(tip)
    if run.status not in (Status.RUNNING, Status.UNKNOWN):
        raise DamagedRecord(f"its status is {run.status}: expected one that goes on")
    _prove_points(reader, run, tip)
    return run.home


def _prove_points(reader: RecordReader, run: Run, tip: str) -> None:
    """Refuse points that are not those of which the documents beside them tell.

    How much is read is decided by what they tell, and of that only some is held at a time.
    """
    latest = len(run.sessions) - 1
    told = min(run.points, MOST_POINTS)
    # As many bytes a point as the format allows, and the names once more.
    most = min(LARGEST_SEGMENT, told * (LARGEST_SEGMENT // MOST_POINTS) + 2 * LARGEST_DOCUMENT)
    sums: dict[int, SegmentSum] = {}
    # The latest session of a checkpoint has several.
    segments = groupby(reader.segments(tip, most=most), key=lambda one: min(one[0], latest))
    for session, some in segments:
        left = told - sum(sum(one.points.values()) for one in sums.values())
        sums[session] = sum_segments((content for _, content in some), most=left)
    for flaw in compare_points(run, run.metrics, sums):
        raise DamagedRecord(flaw.what)
