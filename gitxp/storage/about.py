"""An experiment's own record: what was said of several of its runs, one event after another."""

from __future__ import annotations

import random
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gitxp.errors import RefChanged
from gitxp.model.clock import next_clock
from gitxp.model.event import Event, EventId, Statement
from gitxp.model.identity import ExperimentName
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.layout import (
    EVENTS,
    about_pack_path,
    event_path,
    recorded_dir,
    scratch_dir,
)
from gitxp.storage.objects import Entry, GitObject, build_trees
from gitxp.storage.operations import Operation, RefChange
from gitxp.storage.pack import brought_in, write_pack
from gitxp.storage.reader import RecordReader
from gitxp.storage.record_commit import EMPTY_ROOT, about_commit
from gitxp.storage.refs import PRIVATE, SHARED, about_ref
from gitxp.storage.refstore import change_refs, list_refs, read_ref
from gitxp.storage.repository import Repository

# Of ten processes that say something of one experiment at once each needs about three tries, of
# twenty-four about six.
_TRIES = 20
# A try takes some 20 ms: the more have failed, the wider the processes spread.
_PAUSE = 0.03


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is to be said of one experiment."""

    experiment: ExperimentName
    said: tuple[Statement, ...]
    author: str
    when: datetime


def read_about(repository: Repository, experiment: ExperimentName) -> tuple[Event, ...]:
    """Return what was said of an experiment, in the order in which it counts.

    Raises:
        DamagedRecord: If its record breaks the format.
    """
    tip = read_ref(repository, about_ref(experiment))
    return RecordReader(repository).events(tip) if tip else ()


def change_refs_and_say(
    repository: Repository,
    changes: Sequence[RefChange],
    events: Sequence[NewEvent],
    *,
    command: str,
    undoes: str | None = None,
) -> Operation:
    """Change refs and append events to their experiments' records, all of it or nothing.

    Where somebody else said something at the same time, it is tried again after that.

    Args:
        events: At most one of each experiment.
        command: What the user did, for the operation log.
        undoes: Id of the operation that this one takes back.

    Raises:
        RefChanged: If one of `changes` no longer starts from the value last seen.
        DamagedRecord: If the record of one of the experiments cannot be read.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            with appended(repository, events) as about_changes:
                return change_refs(
                    repository, [*changes, *about_changes], command=command, undoes=undoes
                )
        except RefChanged:
            _check_unchanged(repository, changes)
            if attempt == _TRIES:
                raise
        time.sleep(random.uniform(0, _PAUSE * attempt))
    raise AssertionError("the last attempt returns or raises")


@contextmanager
def appended(repository: Repository, events: Sequence[NewEvent]) -> Iterator[list[RefChange]]:
    """Bring records with `events` into the store, and yield the changes that make them stand.

    No `git gc` takes the objects while the block changes the refs.

    Raises:
        DamagedRecord: If the record of one of the experiments cannot be read.
    """
    objects: list[GitObject] = [EMPTY_ROOT, GitObject("tree", b"")]
    changes = []
    reader = RecordReader(repository)
    for new in events:
        ref = about_ref(new.experiment)
        before = read_ref(repository, ref)
        made = _append(reader, before, new)
        objects += made
        changes.append(RefChange(ref, before, made[-1].oid))
    name = f"about-{secrets.token_hex(8)}"
    folder = scratch_dir(repository.private_dir) / name
    folder.mkdir(parents=True)
    try:
        with brought_in(write_pack(about_pack_path(folder), objects), repository.common_dir):
            yield changes
        _put_aside(folder, recorded_dir(repository.private_dir) / name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _append(reader: RecordReader, before: str | None, new: NewEvent) -> list[GitObject]:
    """Return the objects of the record after `before`, its commit last."""
    seen = [name.clock for name in reader.event_names(before)] if before else []
    event = Event(
        id=EventId.random(),
        clock=next_clock(int(new.when.timestamp() * 1000), seen),
        time=new.when,
        author=new.author,
        said=new.said,
    )
    blob = GitObject("blob", encode_event(event))
    path = event_path(event.clock, event.id)
    files = {**(_beside(reader, before, path) if before else {}), path: Entry(blob.oid)}
    tree, trees = build_trees(files)
    return [blob, *trees, about_commit(new.experiment, event, tree, before=before)]


def _beside(reader: RecordReader, tip: str, path: str) -> dict[str, Entry]:
    """Return what the record holds, its folders whole where `path` does not lead into them."""
    _, folder, _ = path.split("/")
    top, events = reader.folder(tip), reader.folder(tip, EVENTS)
    here = reader.folder(tip, EVENTS, folder)
    top.pop(EVENTS, None)
    events.pop(folder, None)
    return {
        **top,
        **{f"{EVENTS}/{name}": entry for name, entry in events.items()},
        **{f"{EVENTS}/{folder}/{name}": entry for name, entry in here.items()},
    }


def _put_aside(folder: Path, aside: Path) -> None:
    """Keep the pack until `tidy` has seen that no `git gc` beside it took what was written."""
    aside.parent.mkdir(parents=True, exist_ok=True)
    folder.replace(aside)


def _check_unchanged(repository: Repository, changes: Sequence[RefChange]) -> None:
    held = list_refs(repository, SHARED, PRIVATE)
    for change in changes:
        if held.get(change.ref) != change.before:
            raise RefChanged(
                f"ref {change.ref!r} was changed meanwhile", hint="look again with: git xp list"
            )
