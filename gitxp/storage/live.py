"""A running run's points and summaries, read from its journal while others write it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gitxp.model.metric import merge_all
from gitxp.model.run import Run
from gitxp.storage.journal.points import read_records
from gitxp.storage.journal.reader import Journal
from gitxp.storage.segment import read_segment, segment_bytes
from gitxp.storage.sorted_points import PointSource, sorted_points

if TYPE_CHECKING:
    import pyarrow as pa


def live_summaries(journal: Journal, run: Run) -> Run:
    """Return `run` with the summaries of what its journal holds so far."""
    with sorted_points(point_sources(journal)) as points:
        return replace(run, metrics=merge_all(run.metrics, points.summaries()))


def live_points(journal: Journal) -> pa.Table:
    """Return the points that a journal holds so far, in the columns of a segment."""
    with sorted_points(point_sources(journal)) as points:
        return read_segment(segment_bytes(points))


def point_sources(journal: Journal) -> list[PointSource]:
    """Return the points of each of a journal's writers."""
    return [
        PointSource(writer.id, read_records(writer.points_path), writer.metrics)
        for writer in journal.writers
    ]
