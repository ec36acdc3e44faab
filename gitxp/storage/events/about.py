"""An experiment's own record: what was said of several of its runs, one event after another."""

from __future__ import annotations

from gitxp.errors import DamagedRecord
from gitxp.model.event import Event
from gitxp.model.identity import ExperimentName
from gitxp.storage.events.baseline import NOTHING_SAID
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import about_ref
from gitxp.storage.refstore import read_ref
from gitxp.storage.repository import Repository


def read_about(repository: Repository, experiment: ExperimentName) -> tuple[Event, ...]:
    """Return what was said of an experiment, in the order in which it counts.

    Raises:
        DamagedRecord: If its record breaks the format.
    """
    tip = read_ref(repository, about_ref(experiment))
    return about_events(RecordReader(repository), tip) if tip else ()


def about_events(reader: RecordReader, tip: str) -> tuple[Event, ...]:
    """Return what the record of an experiment says; there is none that says nothing.

    Raises:
        DamagedRecord: If the record breaks the format.
    """
    events = reader.events(tip)
    if not events:
        raise DamagedRecord(NOTHING_SAID)
    return events
