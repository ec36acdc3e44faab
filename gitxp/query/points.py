"""Every point of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitxp.model.run import Run
from gitxp.storage.journal.places import find_journal
from gitxp.storage.journal.reader import read_journal
from gitxp.storage.live import live_points
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import Repository

if TYPE_CHECKING:
    import pyarrow as pa


def read_points(repository: Repository, run: Run) -> pa.Table:
    """Return the points of a run, never sampled.

    Returns:
        Columns `metric` (dictionary of string), `step` (int64), `time` (microseconds, UTC),
        `value` (float64) and `writer` (dictionary of string).
    """
    if run.tip is not None:
        return RecordReader(repository).points(run.tip)
    import pyarrow as pa

    from gitxp.storage.segment import segment_schema

    folder = find_journal(repository, run.id)
    journal = read_journal(run.id, folder)
    if journal is None:
        return segment_schema().empty_table()
    before = journal.start.get("before")
    earlier = [RecordReader(repository).points(before)] if before else []
    return pa.concat_tables([*earlier, live_points(journal)])
