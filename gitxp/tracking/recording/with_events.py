"""Records are written with what was said of their runs while those went on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from gitxp.errors import RefChanged
from gitxp.model.identity import RunId
from gitxp.storage.events.appending import events_after
from gitxp.storage.events.pending import drop_pending, pending_events
from gitxp.storage.events.saying import pack_for_now
from gitxp.storage.layout import EVENTS, event_ids
from gitxp.storage.operations import RefChange, changes_backwards
from gitxp.storage.reader import RecordReader
from gitxp.storage.records import NewRecord, write_record
from gitxp.storage.refs import run_ref
from gitxp.storage.refstore import change_refs, read_ref
from gitxp.storage.repository import Repository

# Whoever says something of the run at this moment is done within some 20 ms.
_TRIES = 20
_COMMAND = "record what was said of a run"


@dataclass(frozen=True, slots=True)
class Written:
    """A record that was written.

    Attributes:
        holds_events: Whether anything was said of its run.
    """

    tip: str
    holds_events: bool


def write_with_events(
    repository: Repository,
    record: NewRecord,
    *,
    pack_path: Path,
    command: str,
    is_durable: bool = False,
) -> Written:
    """Write a session's record with what was said of the run meanwhile; see `write_record`.

    Where more was said of the recorded run that goes on, it goes on from there.

    Raises:
        RefChanged: If the run's ref moved on in another way.
    """
    latest = _latest(repository, record)
    for attempt in range(1, _TRIES + 1):
        try:
            tip = write_record(
                repository, latest, pack_path=pack_path, command=command, is_durable=is_durable
            )
        except RefChanged as error:
            refused, latest = latest, _latest(repository, record)
            if latest.before == refused.before:
                raise _moved(repository, latest) or error from None
            if attempt == _TRIES:
                raise
        else:
            drop_pending(repository.private_dir, record.run.id, {one.id for one in latest.events})
            holds_events = bool(latest.events) or any(map(_is_event, latest.files))
            return Written(tip, holds_events)
    raise AssertionError("the last attempt returns or raises")


def record_events(repository: Repository, run: RunId, ref: str, tip: str) -> None:
    """Bring what waits into the record of a run that does not go on.

    Raises:
        RefChanged: If the run's ref is no longer at `tip`.
    """
    reader = RecordReader(repository)
    files = reader.entries(tip)
    held = event_ids(files)
    events = [one for one in pending_events(repository.private_dir, run) if one.id not in held]
    if events:
        objects = events_after(reader.recorded_run(tip), tip, files, events)
        with pack_for_now(repository, objects):
            change_refs(repository, [RefChange(ref, tip, objects[-1].oid)], command=_COMMAND)
    drop_pending(repository.private_dir, run, {*held, *(one.id for one in events)})


def _moved(repository: Repository, record: NewRecord) -> RefChanged | None:
    """Return what to say where a run's ref was moved while it went on; None where it was not."""
    ref = run_ref(record.run.experiment, record.run.id)
    tip = read_ref(repository, ref)
    if tip == record.before:  # it is locked, say
        return None
    changes = changes_backwards(repository.private_dir)
    last = next(((done, change) for done, change in changes if change.ref == ref), None)
    if last is not None and last[1].after == tip:
        by, way_back = f"by {last[0].command!r}", f"git xp undo {last[0].id}"
    else:
        by, way_back = "not by gitxp", f"git update-ref {_before(ref, record.before)}"
    run = record.run.id.short
    if tip is None:
        what = f"the record of run {run} was taken away"
    else:
        what = f"another record was put in the place of run {run}"
    return RefChanged(f"{what} while it went on, {by}", hint=f"{way_back}, then: git xp recover")


def _before(ref: str, before: str | None) -> str:
    return f"-d {ref}" if before is None else f"{ref} {before}"


def _latest(repository: Repository, record: NewRecord) -> NewRecord:
    """Return the record as it is to be written now: after all that was said of the run."""
    if record.before is not None:
        record = _after_events(repository, record, record.before)
    waiting = pending_events(repository.private_dir, record.run.id)
    held = event_ids(record.files)
    return replace(record, events=tuple(one for one in waiting if one.id not in held))


def _after_events(repository: Repository, record: NewRecord, before: str) -> NewRecord:
    """Return the record on top of what was said of the run since `before`."""
    tip = read_ref(repository, run_ref(record.run.experiment, record.run.id))
    if tip is None or tip == before:
        return record
    reader = RecordReader(repository)
    old, new = reader.entries(before), reader.entries(tip)
    said = {path: new[path] for path in new.keys() - old.keys() if _is_event(path)}
    if new != {**old, **said}:  # another session was recorded
        return record
    return replace(record, before=tip, files={**record.files, **said})


def _is_event(path: str) -> bool:
    return path.startswith(f"{EVENTS}/")
