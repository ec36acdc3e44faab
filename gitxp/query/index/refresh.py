"""From the refs of a repository to the rows of its runs: what is not in the index is decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from gitxp.model.run import Run
from gitxp.query.index.store import Stored, drop_blocks, read_blocks, write_block
from gitxp.query.live import Problem
from gitxp.query.run_rows import RunRows, rows_of
from gitxp.storage.layout import index_dir
from gitxp.storage.refs import ABOUT, SHARED
from gitxp.storage.refstore import start_listing
from gitxp.storage.repository import Repository

# More files than this are merged, small ones before large ones.
_MOST_FILES = 8
# A file waits until the smaller ones together have half of its rows, so that each row is written
# anew a few times at most, however many come one by one.
_WORTH_IT = 2
_ABOUT = f"/{ABOUT}".encode()


@dataclass(frozen=True, slots=True)
class Recorded:
    """The rows of all recorded runs, and what could not be read beside them."""

    rows: RunRows
    problems: tuple[Problem, ...]


def recorded_rows(repository: Repository) -> Recorded:
    """Return a row of every run that has a ref, the newest first; new ones enter the index.

    A row is believed where the record's commit and the ref are those that it was made of.
    """
    listing = start_listing(repository, SHARED)
    folder = index_dir(repository.private_dir)
    stored = read_blocks(folder)  # while Git lists
    answer = listing()
    if len(stored) == 1 and stored[0].listed.listing == answer:  # nothing has changed
        return Recorded(_together([RunRows([stored[0].block])]), ())
    known, unknown = _told_apart(stored, answer)
    parts = _per_block(stored, known)
    problems: tuple[Problem, ...] = ()
    if unknown:
        from gitxp.query.index.decode import decode  # every codec, for nothing where all is known

        decoded = decode(repository, unknown)
        problems = tuple(problem for part in decoded for problem in part.problems)
        new = _together(RunRows([part.block]) for part in decoded).block()
        if new.size:
            parts.append(RunRows([new]))
            written = write_block(folder, new)
            stored += [written] if written is not None else []
    rows = _together(parts)
    _merge(folder, stored, parts)
    return Recorded(rows, problems)


def index_runs(repository: Repository, runs: Sequence[Run]) -> None:
    """Add the rows of runs that were just recorded; where that fails they are decoded once."""
    write_block(index_dir(repository.private_dir), rows_of(runs).newest_first().block())


def _told_apart(stored: Sequence[Stored], answer: bytes) -> tuple[list[int], list[str]]:
    """Return the numbers of known rows, counted through all blocks, and the lines of other refs.

    The records of experiments are no runs, and passed over.
    """
    numbers: dict[bytes, int] = {}
    start = 0
    for one in stored:
        rows = (one.listed.rows + start).tolist()
        numbers |= zip(one.listed.listing.splitlines(), rows, strict=True)
        start += one.block.size
    lines = answer.split(b"\n")[:-1]
    found = list(map(numbers.get, lines))
    known = [number for number in found if number is not None]
    unknown = [
        line
        for line, number in zip(lines, found, strict=True)
        if number is None and not line.endswith(_ABOUT)
    ]
    return known, [line.decode("utf-8", "surrogateescape") for line in unknown]


def _per_block(stored: Sequence[Stored], known: Sequence[int]) -> list[RunRows]:
    """Return the rows with these numbers, block by block."""
    import numpy as np

    starts = [0, *accumulate(one.block.size for one in stored)]
    numbers = np.sort(np.array(known, np.int64))
    ends = np.searchsorted(numbers, starts)
    parts = []
    for place, one in enumerate(stored):
        here = numbers[ends[place] : ends[place + 1]] - starts[place]
        parts.append(RunRows([one.block], None if len(here) == one.block.size else here))
    return parts


def _together(parts: Iterable[RunRows]) -> RunRows:
    """Return all rows, those with the newest run first, which mostly puts all in order at once."""
    rows = RunRows([])
    for part in sorted(filter(len, parts), key=RunRows.latest_start, reverse=True):
        rows = rows.followed_by(part)
    return rows.newest_first()


def _merge(folder: Path, stored: Sequence[Stored], parts: Sequence[RunRows]) -> None:
    """Write what is left of many files, or of those that lost most of their rows, into one."""
    merged = {place for place, one in enumerate(stored) if 2 * len(parts[place]) < one.block.size}
    if len(stored) > _MOST_FILES:
        merged |= set(_smallest([len(part) for part in parts]))
    if not merged:
        return
    rows = _together([parts[place] for place in merged])
    if not len(rows) or write_block(folder, rows.block()) is not None:
        drop_blocks(folder, [stored[place] for place in merged])


def _smallest(sizes: Sequence[int]) -> Iterator[int]:
    """Yield the places of those that are worth merging, two at least."""
    total = 0
    for taken, place in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        if taken >= 2 and sizes[place] > _WORTH_IT * total:
            return
        total += sizes[place]
        yield place
