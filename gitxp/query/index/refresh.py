"""From the refs of a repository to the rows of its runs: what is not in the index is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from gitxp.query.index.block import block_of
from gitxp.query.index.block_check import check_columns
from gitxp.query.index.block_file import Listed
from gitxp.query.index.listings import common_lines
from gitxp.query.index.row_log import read_rows, take_all
from gitxp.query.index.store import (
    Stored,
    drop_blocks,
    drop_logs,
    read_blocks,
    write_block,
    write_listed,
)
from gitxp.query.live import Problem
from gitxp.query.run_rows import RunRows
from gitxp.storage.layout import fetched_index_dir, index_dir
from gitxp.storage.refs import ABOUT, SHARED, incoming_refs
from gitxp.storage.refstore import start_listing
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import fetched_listing

# More files than this are merged, small ones before large ones.
_MOST_FILES = 8
# A file waits until the smaller ones together have half of its rows, so that each row is written
# anew a few times at most, however many come one by one.
_WORTH_IT = 2
_ABOUT = f"/{ABOUT}\n".encode()


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
    return _refreshed(repository, listing, index_dir(repository.private_dir))


def fetched_rows(repository: Repository, remote: str) -> Recorded:
    """Return a row of every run that was fetched from a remote, as it stood there.

    They have an index of their own, and what this clone has at the same commit is in its own.
    """
    private = repository.private_dir
    folder = fetched_index_dir(private, remote)
    listing = partial(fetched_listing, repository, remote)
    return _refreshed(repository, listing, folder, told=incoming_refs(remote), also=private)


def _refreshed(
    repository: Repository,
    listing: Callable[[], bytes],
    folder: Path,
    *,
    told: str = SHARED,
    also: Path | None = None,
) -> Recorded:
    """Return the rows of the runs that are listed; new ones enter the index in `folder`.

    Args:
        listing: Waits for a line a ref, as `start_listing` spells them.
        told: What the names of refs begin with where one cannot be read.
        also: The private folder with another index in which rows may be found.
    """
    stored = read_blocks(folder)  # while Git lists
    answer = listing()
    if len(stored) == 1 and stored[0].listed.listing == answer:  # nothing has changed
        return Recorded(_together([RunRows([stored[0].block])]), ())
    parts, unknown = _told_apart([one.listed for one in stored], answer)
    new: list[RunRows] = []
    if unknown and also is not None:
        others = read_blocks(index_dir(also))
        new, unknown = _told_apart([one.listed for one in others], unknown)
    # Not sooner: a run that has a ref has mostly left its row.
    if unknown:
        since, unknown = _told_apart(_left_since(folder, stored), unknown)
        new += since
    problems: tuple[Problem, ...] = ()
    if unknown:
        decoded, problems = _decoded(repository, unknown, told)
        if len(decoded):
            new.append(decoded)
            write_block(folder, decoded.block())
    rows = _together([*parts, *new])
    _merge(folder, stored, parts)
    return Recorded(rows, problems)


def _left_since(folder: Path, stored: Sequence[Stored]) -> list[Listed]:
    """Return blocks of what was recorded since others were read.

    Of two questions at once, each finds the rows that the other has taken, or else its block.
    """
    logged = index_logged(folder, take_all(folder))
    own = [] if logged is None else [logged]
    return [*own, *(one.listed for one in read_blocks(folder, besides=stored))]


def _decoded(
    repository: Repository, unknown: bytes, prefix: str
) -> tuple[RunRows, tuple[Problem, ...]]:
    """Return the rows of records that are in no index, and what could not be read."""
    from gitxp.query.index.decode import decode  # every codec, for nothing where all is known

    lines = unknown.decode("utf-8", "surrogateescape").split("\n")[:-1]
    decoded = decode(repository, lines)
    problems = tuple(
        replace(problem, ref=f"{prefix}{problem.ref.removeprefix(SHARED)}")
        for part in decoded
        for problem in part.problems
    )
    return _together(RunRows([part.block]) for part in decoded), problems


def index_logged(folder: Path, taken: Sequence[Path]) -> Listed | None:
    """Make a block of rows that whoever recorded the runs has left; None where there are none.

    Args:
        taken: The files that hold them, which are deleted once the block is written.
    """
    rows = [row for path in taken for row in read_rows(path)]
    listed = _block_of_rows(rows) if rows else None
    if listed is None or write_listed(folder, listed) is not None:
        drop_logs(taken)
    return listed


def _block_of_rows(rows: Sequence[Mapping[str, Any]]) -> Listed | None:
    block = block_of(rows)
    try:
        check_columns(block.columns, block.size)
    except ValueError:  # one of them is no row of a run: all are decoded
        return None
    return Listed.of(RunRows([block]).newest_first().block())


def _told_apart(blocks: Sequence[Listed], answer: bytes) -> tuple[list[RunRows], bytes]:
    """Return the rows of each block that still hold, and the lines of runs that are in none."""
    parts = {}
    # The largest first: what it leaves is little.
    for place in sorted(range(len(blocks)), key=lambda place: -blocks[place].block.size):
        stretches, answer = common_lines(blocks[place].listing, answer)
        parts[place] = _rows_of_lines(blocks[place], stretches)
    # The records of experiments are no runs.
    unknown = [line for line in answer.splitlines(keepends=True) if not line.endswith(_ABOUT)]
    return [parts[place] for place in range(len(blocks))], b"".join(unknown)


def _rows_of_lines(listed: Listed, stretches: Sequence[range]) -> RunRows:
    """Return the rows of a block that some of its lines are of."""
    import numpy as np

    if sum(map(len, stretches)) == listed.block.size:
        return RunRows([listed.block])
    chosen = [listed.rows[one.start : one.stop] for one in stretches]
    rows = np.sort(np.concatenate(chosen)) if chosen else np.empty(0)
    return RunRows([listed.block], rows.astype(np.int64))


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
