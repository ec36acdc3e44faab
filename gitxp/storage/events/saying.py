"""Saying something of runs and experiments, together with the refs that change by it."""

from __future__ import annotations

import random
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitxp.errors import RefChanged, UnknownRun
from gitxp.model.event import Event, Removal, Retraction, Return
from gitxp.model.identity import RunId
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.events.appending import (
    NewEvent,
    check_events_size,
    clocks_of,
    event_of_experiment,
    event_of_run,
)
from gitxp.storage.events.pending import keep_pending, pending_events
from gitxp.storage.journal.fold import fold_journal
from gitxp.storage.journal.places import find_journal
from gitxp.storage.journal.reader import Journal, read_journal
from gitxp.storage.layout import recorded_dir, said_folder_name, said_pack_path, scratch_dir
from gitxp.storage.odb.objects import GitObject
from gitxp.storage.odb.pack import brought_in, write_pack
from gitxp.storage.operations import Operation, RefChange, SaidEvent
from gitxp.storage.reader import RecordReader
from gitxp.storage.record_commit import EMPTY_ROOT
from gitxp.storage.refs import PRIVATE, SHARED
from gitxp.storage.refstore import change_refs, list_refs, read_ref
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder

# Of ten processes that say something of one experiment at once each needs about three tries, of
# twenty-four about six.
_TRIES = 20
# A try takes some 20 ms: the more have failed, the wider the processes spread.
_PAUSE = 0.03
# So many refs are asked for by name; of more, all are listed, which takes no longer.
_FEW = 20


@dataclass(frozen=True, slots=True)
class Appended:
    """An event that a record in the store holds, and the change of its ref that makes it stand."""

    new: NewEvent
    event: Event
    change: RefChange


def change_refs_and_say(
    repository: Repository,
    changes: Sequence[RefChange],
    events: Sequence[NewEvent],
    *,
    command: str,
    undoes: str | None = None,
) -> Operation:
    """Change refs and append events to the records of runs and experiments, all or nothing.

    What is said of a run that goes on waits beside its journal until it is recorded. Where
    somebody else said something at the same time, it is tried again after that.

    Args:
        events: At most one of each run, and of each experiment.
        command: What the user did, for the operation log.
        undoes: Id of the operation that this one takes back.

    Raises:
        RefChanged: If one of `changes` no longer starts from the value last seen.
        UnknownRun: If one of the runs has been removed.
        InvalidValue: If more is said of one than a reader would take.
        DamagedRecord: If the record of one of them cannot be read.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            return _tried(repository, changes, events, command=command, undoes=undoes)
        except RefChanged:
            _check_unchanged(repository, changes)
            if attempt == _TRIES:
                raise
        time.sleep(random.uniform(0, _PAUSE * attempt))
    raise AssertionError("the last attempt returns or raises")


def _tried(
    repository: Repository,
    changes: Sequence[RefChange],
    events: Sequence[NewEvent],
    *,
    command: str,
    undoes: str | None,
) -> Operation:
    journals = {new.run: _journal(repository, new.run) for new in events if new.run is not None}
    waiting = [
        (new, _waiting(repository, new, journal))
        for new in events
        if new.run is not None and (journal := journals[new.run]) is not None
    ]
    recorded = [new for new in events if new.run is None or journals[new.run] is None]
    with appended(repository, recorded) as made:
        said = [*((one.new, one.event) for one in made), *waiting]
        operation = change_refs(
            repository,
            [*changes, *(one.change for one in made)],
            command=command,
            undoes=undoes,
            said=[SaidEvent(new.ref, event.id) for new, event in said if _can_go(new)],
        )
    # Only now: what no operation tells of could not be taken back.
    for new, event in waiting:
        assert new.run is not None
        keep_pending(repository.private_dir, new.run, event)
    return operation


@contextmanager
def appended(repository: Repository, events: Sequence[NewEvent]) -> Iterator[list[Appended]]:
    """Bring records with `events` into the store, and yield the changes that make them stand.

    No `git gc` takes the objects while the block changes the refs.

    Raises:
        UnknownRun: If one of the runs has no record.
        DamagedRecord: If the record of one of them cannot be read.
    """
    if not events:
        yield []
        return
    objects: list[GitObject] = [EMPTY_ROOT, GitObject("tree", b"")]
    made = []
    for one, of_record in _appended(repository, events):
        made.append(one)
        objects += of_record
    with pack_for_now(repository, objects):
        yield made


@contextmanager
def pack_for_now(repository: Repository, objects: Sequence[GitObject]) -> Iterator[None]:
    """Bring objects into the store for the block that makes refs hold them.

    The pack waits aside until `tidy` has seen that no `git gc` beside it took what was written.
    """
    name = said_folder_name(secrets.token_hex(8))
    folder = scratch_dir(repository.private_dir) / name
    make_folder(folder)
    try:
        with brought_in(write_pack(said_pack_path(folder), objects), repository.common_dir):
            yield
        _put_aside(folder, recorded_dir(repository.private_dir) / name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _appended(
    repository: Repository, events: Sequence[NewEvent]
) -> Iterator[tuple[Appended, list[GitObject]]]:
    names = [new.ref for new in events] if len(events) <= _FEW else [SHARED]
    tips = list_refs(repository, *names)
    reader = RecordReader(repository)
    for new in events:
        before = tips.get(new.ref)
        if new.run is None:
            event, objects = event_of_experiment(reader, before, new)
        elif before is None:
            raise UnknownRun(f"run {new.run.short} is not here any more", hint="git xp undo --list")
        else:
            event, objects = event_of_run(reader, before, new)
        yield Appended(new, event, RefChange(new.ref, before, objects[-1].oid)), objects


def _journal(repository: Repository, run: RunId) -> Journal | None:
    """Return the journal of a run that goes on; None of one that is recorded."""
    try:
        return read_journal(run, find_journal(repository, run))
    except FileNotFoundError:  # recorded this moment
        return None


def _waiting(repository: Repository, new: NewEvent, journal: Journal) -> Event:
    """Return the event of a run that goes on: after all that was said of it so far."""
    try:
        run = fold_journal(journal).run
    except FileNotFoundError as error:
        raise RefChanged(f"run {journal.run.short} was recorded meanwhile") from error
    earlier = pending_events(repository.private_dir, run.id)
    seen = [*clocks_of(run), *(one.clock for one in earlier)]
    size = 0
    tip = read_ref(repository, new.ref)
    if tip is not None:
        reader = RecordReader(repository)
        seen += [name.clock for name in reader.event_names(tip)]
        size = sum(reader.event_sizes(tip).values())
    event = new.event(seen)
    check_events_size(run, size + sum(len(encode_event(one)) for one in (*earlier, event)))
    return event


def _can_go(new: NewEvent) -> bool:
    """Whether a retraction takes the event back: of a removal a return does so."""
    return not any(isinstance(one, Removal | Return | Retraction) for one in new.said)


def _put_aside(folder: Path, aside: Path) -> None:
    make_folder(aside.parent)
    folder.replace(aside)


def _check_unchanged(repository: Repository, changes: Sequence[RefChange]) -> None:
    held = list_refs(repository, SHARED, PRIVATE)
    for change in changes:
        if held.get(change.ref) != change.before:
            raise RefChanged(
                f"ref {change.ref!r} was changed meanwhile", hint="look again with: git xp list"
            )
