"""A running run's points and summaries, read from its journal while others write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from gitxp.errors import InvalidName
from gitxp.model.metric import MetricSummary, merge_all
from gitxp.model.names import check_metric_name
from gitxp.model.run import Run
from gitxp.storage.codecs.toml import loads
from gitxp.storage.journal.fold import fold_journal
from gitxp.storage.journal.points import read_records
from gitxp.storage.journal.reader import Journal
from gitxp.storage.layout import ENVIRONMENT
from gitxp.storage.points.segment import read_segment, segment_bytes
from gitxp.storage.points.sorted_points import PointSource, sorted_points

if TYPE_CHECKING:
    import pyarrow as pa


def live_run(journal: Journal) -> Run:
    """Return the run that a journal tells of, with the summaries of what it holds so far."""
    folded = fold_journal(journal)
    pools_ranks = folded.run.sessions[-1].pools_ranks
    with sorted_points(point_sources(journal, pools_ranks=pools_ranks)) as points:
        run = with_points(folded.run, points.summaries(), points.counts())
    return replace(run, environment=loads(folded.environment, ENVIRONMENT))


def with_points(run: Run, summaries: Mapping[str, MetricSummary], counts: Mapping[str, int]) -> Run:
    """Return a run with what the points of its latest session add to it.

    Args:
        counts: How many points each writer has, by its id; noise is none.
    """
    *earlier, latest = run.sessions
    writers = tuple(replace(one, points=counts.get(one.id, 0)) for one in latest.writers)
    return replace(
        run,
        metrics=merge_all(run.metrics, summaries),
        sessions=(*earlier, replace(latest, writers=writers)),
    )


def live_points(journal: Journal) -> pa.Table:
    """Return the points that a journal holds so far, in the columns of a segment."""
    with sorted_points(point_sources(journal)) as points:
        return read_segment(segment_bytes(points))


def point_sources(journal: Journal, *, pools_ranks: bool = False) -> list[PointSource]:
    """Return the points of each of a journal's writers.

    Args:
        pools_ranks: Whether summaries are to be over the points of all ranks.
    """
    return [
        PointSource(
            writer.id,
            read_records(writer.points_path),
            _sound(writer.metrics),
            rank=0 if pools_ranks else writer.rank or 0,
        )
        for writer in journal.writers
    ]


def _sound(metrics: Mapping[int, str]) -> dict[int, str]:
    """Return the names that a reader of the record will take; noise may have made others."""
    return {number: name for number, name in metrics.items() if _is_name(name)}


def _is_name(name: object) -> bool:
    try:
        check_metric_name(name)
    except InvalidName:
        return False
    return True
