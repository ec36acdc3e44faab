"""Reading what lies in the trash."""

from __future__ import annotations

from gitxp.errors import DamagedRecord
from gitxp.model.run import Run
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import Repository
from gitxp.storage.trash import Trashed


def read_trashed(repository: Repository, trashed: Trashed) -> Run:
    """Return a removed run as its record tells it.

    Raises:
        DamagedRecord: If the record cannot be read, or is that of another run.
    """
    run = RecordReader(repository).run(trashed.tip)
    if run.id != trashed.run:
        raise DamagedRecord(f"the record in {trashed.ref} is that of {run.experiment}/{run.id}")
    return run
