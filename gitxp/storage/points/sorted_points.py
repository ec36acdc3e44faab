"""The points of a session in the order of a segment: by metric, then by writer, then as logged.

Memory stays within a few chunks however many points there are: chunks are sorted one by one, and
spilled to the disk where there are several.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gitxp.model.metric import MetricSummary
from gitxp.storage.points.summary import SummaryBuilder, sum_up

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# 32 bytes a record: 16 MiB a chunk.
_CHUNK_ROWS = 1 << 19


@dataclass(frozen=True, slots=True)
class PointSource:
    """The points of one writer.

    Attributes:
        writer: The writer's id.
        records: Structured array of `journal.points.record_dtype()`.
        metrics: Names by the numbers that the records use.
        rank: Of several ranks that log a metric, the lowest counts for its summary.
    """

    writer: str
    records: NDArray[np.void]
    metrics: Mapping[int, str]
    rank: int = 0


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Records of one writer in order of metric; `bounds[i]:bounds[i + 1]` is metric `i`."""

    writer: int
    records: NDArray[np.void]
    bounds: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SortedPoints:
    """Points that can be gone through metric by metric.

    Attributes:
        metrics: Every name that the writers declared, in order of its UTF-8 bytes.
        writers: Ids, in order.
        ranks: Of each writer.
        is_small: Whether all points fit into one chunk.
    """

    metrics: tuple[str, ...]
    writers: tuple[str, ...]
    ranks: tuple[int, ...]
    is_small: bool
    chunks: tuple[_Chunk, ...]

    def pieces(self) -> Iterator[tuple[int, int, NDArray[np.void]]]:
        """Yield number of metric, number of writer and records: each piece has at least one."""
        for metric in range(len(self.metrics)):
            for chunk in self.chunks:
                rows = chunk.records[chunk.bounds[metric] : chunk.bounds[metric + 1]]
                if len(rows):
                    yield metric, chunk.writer, rows

    @property
    def count(self) -> int:
        """How many points there are."""
        return sum(len(chunk.records) for chunk in self.chunks)

    def counts(self) -> dict[str, int]:
        """Return by writer how many points it has."""
        counts = dict.fromkeys(self.writers, 0)
        for chunk in self.chunks:
            counts[self.writers[chunk.writer]] += len(chunk.records)
        return counts

    def summaries(self) -> dict[str, MetricSummary]:
        """Return the summary of each metric that has points."""
        parts: dict[int, dict[int, SummaryBuilder]] = {}
        for metric, writer, rows in self.pieces():
            part = parts.setdefault(metric, {}).setdefault(writer, SummaryBuilder())
            part.add(rows["step"], rows["time"], rows["value"])
        return {
            self.metrics[metric]: sum_up((self.ranks[writer], part) for writer, part in own.items())
            for metric, own in parts.items()
        }


def first_points(sources: Sequence[PointSource], most: int) -> tuple[list[PointSource], int]:
    """Return the sources with at most `most` points together, and how many that leaves out."""
    kept = []
    left, lost = most, 0
    for source in sources:
        records = source.records[:left]
        left -= len(records)
        lost += len(source.records) - len(records)
        kept.append(replace(source, records=records))
    return kept, lost


@contextmanager
def sorted_points(
    sources: Sequence[PointSource], *, spill_in: Path | None = None
) -> Iterator[SortedPoints]:
    """Sort points, which are good to read inside the block.

    Args:
        spill_in: The folder below which chunks are spilled; the system's own where None.
    """
    sources = sorted(sources, key=lambda source: source.writer)
    used = {name for source in sources for name in source.metrics.values()}
    names = sorted(used, key=lambda name: name.encode())
    is_small = sum(len(source.records) for source in sources) <= _CHUNK_ROWS
    with nullcontext() if is_small else _spill_dir(spill_in) as spill:
        yield SortedPoints(
            metrics=tuple(names),
            writers=tuple(source.writer for source in sources),
            ranks=tuple(source.rank for source in sources),
            is_small=is_small,
            chunks=tuple(_sorted_chunks(sources, names, spill)),
        )


def _sorted_chunks(
    sources: Sequence[PointSource], names: Sequence[str], spill: Path | None
) -> Iterator[_Chunk]:
    import numpy as np

    ranks = {name: rank for rank, name in enumerate(names)}
    for writer, source in enumerate(sources):
        lookup = np.full(max(source.metrics, default=0) + 2, -1, dtype=np.int64)
        for number, name in source.metrics.items():
            lookup[number] = ranks[name]
        for start in range(0, len(source.records), _CHUNK_ROWS):
            records = source.records[start : start + _CHUNK_ROWS]
            rank = lookup[np.minimum(records["metric"], len(lookup) - 1)]
            order = np.argsort(rank, kind="stable")
            order = order[np.searchsorted(rank[order], 0) :]  # -1: a number nobody named
            chosen = records[order]
            bounds = np.searchsorted(rank[order], np.arange(len(names) + 1))
            if spill is not None:
                chosen = _spilled(chosen, spill / f"{writer}-{start}")
            if len(chosen):
                yield _Chunk(writer, chosen, bounds)


@contextmanager
def _spill_dir(parent: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=parent, prefix="sort-") as name:
        yield Path(name)


def _spilled(records: NDArray[np.void], path: Path) -> NDArray[np.void]:
    import numpy as np

    if not len(records):
        return records
    records.tofile(path)
    return np.memmap(path, records.dtype, mode="r")
