"""Rows of records that are in no block yet: thousands of them by several processes.

Decoding is Python's own work, which threads would do one after another. The processes are our own
program, started anew: a fork would copy the threads' locks of whoever asks, and `multiprocessing`
would run their script again.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from gitxp.errors import GitxpError, UnsupportedRepository
from gitxp.query.index.block import Block, block_of
from gitxp.query.live import Problem
from gitxp.query.run_rows import RunRows, indexed_row
from gitxp.storage.lately_recorded import LatelyRecorded
from gitxp.storage.refs import parse_run_ref
from gitxp.storage.repository import Repository

# So many are decoded while a process starts.
_FEWEST: Final = 700
_MOST_PROCESSES: Final = 4
# `-P`: what lies in the working folder is no module of ours.
_PROCESS: Final = (
    "-P",
    "-c",
    "import pickle, sys\n"
    "sys.path[:], asked = pickle.loads(sys.stdin.buffer.read())\n"
    "from gitxp.query.index.decode import answer\n"
    "answer(asked)",
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Rows of records, the newest first, and what could not be read beside them."""

    block: Block
    problems: tuple[Problem, ...]


def decode(repository: Repository, lines: Sequence[str]) -> list[Decoded]:
    """Return the rows of runs, in as many parts as there were processes.

    Args:
        lines: What Git says of their refs; refs of no run are passed over.
    """
    shares = _shares(lines)
    if len(shares) == 1:
        return [_decode(repository, lines)]
    with ThreadPoolExecutor(len(shares) - 1) as waiting:
        others = [waiting.submit(_by_another, repository, share) for share in shares[1:]]
        own = _decode(repository, shares[0])
        return [own, *map(_told, others, [repository] * len(others), shares[1:])]


def answer(asked: bytes) -> None:
    """In a process of its own: print what `decode` asked for."""
    repository, lines = pickle.loads(asked)
    sys.stdout.buffer.write(pickle.dumps(_decode(repository, lines)))


def _shares(lines: Sequence[str]) -> list[Sequence[str]]:
    """Return the lines for each process; the first, for this one, has what others need to start."""
    # The program of a frozen application is that application.
    can_start = bool(sys.executable) and not getattr(sys, "frozen", False)
    most = min(_processors(), _MOST_PROCESSES) if can_start else 1
    count = max(1, min(most, len(lines) // _FEWEST))
    if count == 1:
        return [lines]
    own = _FEWEST + (len(lines) - _FEWEST) // count
    rest = lines[own:]
    return [lines[:own], *(rest[number :: count - 1] for number in range(count - 1))]


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _by_another(repository: Repository, lines: Sequence[str]) -> Decoded:
    asked = pickle.dumps((sys.path, pickle.dumps((repository, lines))))
    done = subprocess.run([sys.executable, *_PROCESS], input=asked, capture_output=True, check=True)
    decoded: Decoded = pickle.loads(done.stdout)
    return decoded


def _told(other: Future[Decoded], repository: Repository, lines: Sequence[str]) -> Decoded:
    """Return what another process has decoded; where it did not come to that, decode it here."""
    try:
        return other.result()
    except (OSError, subprocess.SubprocessError, pickle.UnpicklingError, EOFError):
        return _decode(repository, lines)


def _decode(repository: Repository, lines: Sequence[str]) -> Decoded:
    rows = []
    problems = []
    reader = LatelyRecorded(repository)
    for line in lines:
        tip, _, ref = line.partition(" ")
        place = parse_run_ref(ref)
        if place is None:
            continue
        try:
            rows.append(indexed_row(reader.run_at(place, tip)))
        except UnsupportedRepository:  # which is wrong with all of them
            raise
        except GitxpError as error:
            problems.append(Problem(ref, str(error)))
    return Decoded(RunRows([block_of(rows)]).newest_first().block(), tuple(problems))
