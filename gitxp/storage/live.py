"""A running run's points and summaries, read from its journal while others write it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gitxp.model.metric import merge_all
from gitxp.model.run import Run
from gitxp.storage.journal.points import read_records
from gitxp.storage.journal.reader import Journal
from gitxp.storage.segment import PointSource, read_segment, segment_schema, write_segment

if TYPE_CHECKING:
    import pyarrow as pa


def live_summaries(journal: Journal, run: Run) -> Run:
    """Return `run` with the summaries of what its journal holds so far."""
    with tempfile.TemporaryDirectory() as folder:
        later = write_segment(point_sources(journal), Path(folder) / "live.parquet")
    return replace(run, metrics=merge_all(run.metrics, later))


def live_points(journal: Journal) -> pa.Table:
    """Return the points that a journal holds so far, in the columns of a segment."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "live.parquet"
        if not write_segment(point_sources(journal), path):
            return segment_schema().empty_table()
        return read_segment(path.read_bytes())


def point_sources(journal: Journal) -> list[PointSource]:
    """Return the points of each of a journal's writers."""
    return [
        PointSource(writer.id, read_records(writer.points_path), writer.metrics)
        for writer in journal.writers
    ]
