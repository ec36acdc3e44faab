"""The record that says one thing more: of an experiment, or of a run, and nothing else changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gitxp.errors import InvalidValue
from gitxp.model.clock import next_clock
from gitxp.model.event import Event, Statement
from gitxp.model.identity import EventId, ExperimentName, RunId
from gitxp.model.run import Run
from gitxp.storage.bounds import LARGEST_EVENTS
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.layout import EVENTS, event_path
from gitxp.storage.odb.objects import Entry, GitObject, build_trees
from gitxp.storage.reader import RecordReader
from gitxp.storage.record_commit import about_commit, event_commit
from gitxp.storage.refs import about_ref, run_ref


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is to be said of one experiment, or of one run of it.

    Attributes:
        run: None for the experiment itself.
    """

    experiment: ExperimentName
    said: tuple[Statement, ...]
    author: str
    when: datetime
    run: RunId | None = None

    @property
    def ref(self) -> str:
        """The ref of the record in which it is said."""
        if self.run is None:
            return about_ref(self.experiment)
        return run_ref(self.experiment, self.run)

    def event(self, seen: Iterable[int]) -> Event:
        """Return it as an event that comes after every clock in `seen`."""
        return Event(
            id=EventId.random(),
            clock=next_clock(int(self.when.timestamp() * 1000), seen),
            time=self.when,
            author=self.author,
            said=self.said,
        )


def clocks_of(run: Run) -> list[int]:
    """Return the clocks at which something was said while a run's sessions went on."""
    said = [tag.clock for tag in run.tags.values()]
    return [*said, *(change.clock for change in run.param_changes)]


def event_of_experiment(
    reader: RecordReader, before: str | None, new: NewEvent
) -> tuple[Event, list[GitObject]]:
    """Return the event, and the objects of the experiment's record with it, its commit last."""
    seen = [name.clock for name in reader.event_names(before)] if before else []
    event = new.event(seen)
    blob, path = _file(event)
    files = {**(_beside(reader, before, path) if before else {}), path: Entry(blob.oid)}
    tree, trees = build_trees(files)
    return event, [blob, *trees, about_commit(new.experiment, event, tree, before=before)]


def event_of_run(reader: RecordReader, before: str, new: NewEvent) -> tuple[Event, list[GitObject]]:
    """Return the event, and the objects of the run's record with it, its commit last.

    Raises:
        InvalidValue: If so much was said of the run that no reader would take more.
    """
    run = reader.recorded_run(before)
    event = new.event([*clocks_of(run), *(name.clock for name in reader.event_names(before))])
    blob, path = _file(event)
    check_events_size(run, sum(reader.event_sizes(before).values()) + blob.size)
    return event, events_after(run, before, _beside(reader, before, path), [event])


def events_after(
    run: Run, before: str, files: Mapping[str, Entry], events: Iterable[Event]
) -> list[GitObject]:
    """Return the objects of the records that each say one thing more, the last commit last.

    Args:
        run: As the record `before` tells it.
        files: What that record holds; a folder may stand whole where no event goes into it.
    """
    held = dict(files)
    objects: list[GitObject] = []
    for event in events:
        blob, path = _file(event)
        held[path] = Entry(blob.oid)
        tree, trees = build_trees(held)
        commit = event_commit(run, event, tree, before=before, code=run.code.commit)
        objects += [blob, *trees, commit]
        before = commit.oid
    return objects


def check_events_size(run: Run, size: int) -> None:
    """Return if a reader takes this many bytes of events of one run.

    Raises:
        InvalidValue: If it does not.
    """
    if size > LARGEST_EVENTS:
        raise InvalidValue(
            f"what is said of run {run.label!r} would have {size} bytes: "
            f"expected at most {LARGEST_EVENTS}"
        )


def _file(event: Event) -> tuple[GitObject, str]:
    """Return an event's file, and where it lies in a record."""
    return GitObject("blob", encode_event(event)), event_path(event.clock, event.id)


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
