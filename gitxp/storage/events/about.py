"""An experiment's own record: what was said of several of its runs, one event after another."""

from __future__ import annotations

from gitxp.model.event import Event
from gitxp.model.identity import ExperimentName
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
    return RecordReader(repository).events(tip) if tip else ()
