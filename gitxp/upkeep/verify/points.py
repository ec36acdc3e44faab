"""The points of a record against what its documents say of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gitxp.errors import DamagedRecord
from gitxp.model.metric import At, MetricSummary, merge_all
from gitxp.model.run import Run, Session
from gitxp.storage.bounds import MOST_POINTS
from gitxp.storage.layout import METRICS, segment_path
from gitxp.storage.points.segment import segment_batches, segment_schema
from gitxp.storage.points.summary import SummaryBuilder, sum_up
from gitxp.upkeep.verify.flaw import Flaw

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

# Of the largest value: in which order floats are added up changes the last digits of a mean.
_ROUNDING = 1e-9

# The metric and the writer of a row, as rows are sorted by them.
_Place = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class SegmentSum:
    """What a segment's points come to.

    Attributes:
        parts: By metric, and then by writer.
        points: How many each writer has.
    """

    parts: dict[str, dict[str, SummaryBuilder]]
    points: dict[str, int]

    def summaries(self, session: Session) -> dict[str, MetricSummary]:
        """Return the summaries by metric, given the ranks of the session's writers."""
        ranks = {one.id: one.rank or 0 for one in session.writers}
        if session.pools_ranks:
            ranks = {}
        return {
            name: sum_up((ranks.get(writer, 0), own[writer]) for writer in sorted(own))
            for name, own in self.parts.items()
        }


def sum_segment(content: bytes) -> SegmentSum:
    """Return what the points of a segment come to.

    Raises:
        DamagedRecord: If it cannot be read, or its columns or rows are not as they must be.
    """
    return sum_segments([content])


def sum_segments(contents: Iterable[bytes], *, most: int = MOST_POINTS) -> SegmentSum:
    """Return what the points of a session's segments come to; never all of them are held.

    Args:
        most: How many points there may be.

    Raises:
        DamagedRecord: If a segment cannot be read, or its columns or rows are not as they must be.
    """
    total = SegmentSum({}, {})
    for content in contents:
        last: _Place | None = None
        for table in segment_batches(content, most=most - sum(total.points.values())):
            last = _add(total, table, last)
        _check_columns(content)
        if last is None:
            raise DamagedRecord("a segment of points holds none: expected no file then")
    return total


def _check_columns(content: bytes) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = pq.read_schema(pa.BufferReader(content))
    for field in segment_schema():
        kind = found.field(field.name).type
        is_text = pa.types.is_dictionary(field.type) and pa.types.is_string(kind)
        if kind != field.type and not is_text:
            raise DamagedRecord(f"column {field.name!r} is {kind}: expected {field.type}")


def _ranked(column: pa.DictionaryArray) -> tuple[list[str], NDArray[np.int64]]:
    """Return the words of a column in order of their bytes, and of each row which it is."""
    import numpy as np

    words: list[str] = column.dictionary.to_pylist()
    order = sorted(range(len(words)), key=lambda number: words[number].encode())
    ranks = np.empty(len(words), np.int64)
    ranks[order] = np.arange(len(words))
    return [words[number] for number in order], ranks[column.indices.to_numpy()]


def _add(total: SegmentSum, table: pa.Table, before: _Place | None) -> _Place:
    """Add the next rows of a segment, and return whose the last of them is."""
    import numpy as np
    import pyarrow as pa

    metrics, metric_ranks = _ranked(table["metric"].chunk(0))
    writers, writer_ranks = _ranked(table["writer"].chunk(0))
    groups = metric_ranks * len(writers) + writer_ranks

    def place(row: int) -> _Place:
        metric, writer = divmod(int(groups[row]), len(writers))
        return metrics[metric].encode(), writers[writer].encode()

    turns = np.diff(groups)
    if (turns < 0).any() or (before is not None and place(0) < before):
        raise DamagedRecord("rows are out of order: expected them by metric, then by writer")
    steps, times, values = (
        table[name].cast(kind).chunk(0).to_numpy()
        for name, kind in (("step", pa.int64()), ("time", pa.int64()), ("value", pa.float64()))
    )
    bounds = [0, *(np.flatnonzero(turns) + 1).tolist(), len(groups)]
    for start, end in pairwise(bounds):
        metric, writer = (name.decode() for name in place(start))
        part = total.parts.setdefault(metric, {}).setdefault(writer, SummaryBuilder())
        part.add(steps[start:end], times[start:end], values[start:end])
        total.points[writer] = total.points.get(writer, 0) + end - start
    return place(-1)


def compare_points(
    run: Run, told: Mapping[str, MetricSummary], segments: Mapping[int, SegmentSum]
) -> Iterator[Flaw]:
    """Yield what `run.toml` and `metrics.toml` say of points that the segments do not.

    Args:
        told: What `metrics.toml` says.
        segments: By session.
    """
    for number in sorted(segments):
        if number >= len(run.sessions):
            yield Flaw(
                f"{segment_path(number)} belongs to no session: there are {len(run.sessions)}"
            )
    for number, session in enumerate(run.sessions):
        found = segments[number].points if number in segments else {}
        said = {writer.id: writer.points for writer in session.writers if writer.points}
        for writer in sorted(said.keys() | found.keys()):
            if said.get(writer, 0) != found.get(writer, 0):
                yield Flaw(
                    f"session {number}: writer {writer} wrote {said.get(writer, 0)} points as "
                    f"run.toml says, and {segment_path(number)} holds {found.get(writer, 0)}"
                )
    summed: Mapping[str, MetricSummary] = {}
    for number in sorted(segments):
        session = run.sessions[number] if number < len(run.sessions) else run.sessions[-1]
        summed = merge_all(summed, segments[number].summaries(session))
    for name in sorted(told.keys() | summed.keys()):
        yield from _compare(name, told.get(name), summed.get(name))


def _compare(name: str, told: MetricSummary | None, summed: MetricSummary | None) -> Iterator[Flaw]:
    if told is None or summed is None:
        has, lacks = (METRICS, "the segments") if summed is None else ("the segments", METRICS)
        yield Flaw(f"metric {name!r} is in {has} and not in {lacks}")
        return
    for part in ("first", "last", "min", "max", "mean", "count", "nonfinite", "rank"):
        said, found = getattr(told, part), getattr(summed, part)
        is_rounded = part == "mean" and _is_close(said, found, summed)
        if not is_rounded and not _is_same(said, found):
            yield Flaw(
                f"metric {name!r}: {METRICS} says {part} {_shown(said)}, "
                f"and the points say {_shown(found)}"
            )


def _is_same(told: Any, found: Any) -> bool:
    if isinstance(told, At) and isinstance(found, At):
        is_nan = math.isnan(told.value) and math.isnan(found.value)
        return told.step == found.step and (is_nan or told.value == found.value)
    return bool(told == found)


def _is_close(told: float | None, found: float | None, summed: MetricSummary) -> bool:
    ends = [abs(at.value) for at in (summed.min, summed.max) if at is not None]
    if told is None or found is None or not ends:
        return False
    return math.isclose(told, found, rel_tol=0, abs_tol=_ROUNDING * max(ends))


def _shown(value: Any) -> str:
    if isinstance(value, At):
        return f"{value.value!r} at step {value.step}"
    return "nothing" if value is None else repr(value)
