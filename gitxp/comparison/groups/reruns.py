"""Which runs count: finished ones, and no seed twice, as it is no further evidence of chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gitxp.comparison.groups.codes import Codes, column_codes, joined_codes
from gitxp.comparison.groups.groups import find_groups
from gitxp.comparison.groups.seeds import is_seed
from gitxp.model.run import Status
from gitxp.query.index.kinds import Kind
from gitxp.query.run_rows import RunRows

if TYPE_CHECKING:
    from numpy.typing import NDArray


# What a run and the one that made it anew have in common, beside their group and their seeds.
_REPEATED: Final = ("experiment", "params", "data")


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Which of some runs count, and why others do not.

    Attributes:
        is_unfinished: Those that go on, or did not end well; none where these count, too.
        is_rerun: Those that a later one made anew.
        instead: The number of that one, the last of them; of any other run its own.
    """

    is_counted: NDArray[np.bool_]
    is_unfinished: NDArray[np.bool_]
    is_rerun: NDArray[np.bool_]
    instead: NDArray[np.int64]


def find_counted(
    rows: RunRows, codes: Codes, is_there: NDArray[np.bool_], *, only_finished: bool = True
) -> Counted:
    """Return which runs count.

    Args:
        codes: The number of each run's group.
        is_there: Which have anything to count at all; no other makes a run anew.
        only_finished: Leave out runs that go on, failed, or were killed: their last value is of
            another step than that of the others.
    """
    finished = np.array([one == Status.FINISHED for one in rows.values("status")], bool)
    is_unfinished = ~finished & only_finished
    is_candidate = is_there & ~is_unfinished
    instead = _made_anew(rows, codes, is_candidate)
    is_rerun = instead != np.arange(len(rows))
    return Counted(is_candidate & ~is_rerun, is_unfinished, is_rerun, instead)


def _made_anew(rows: RunRows, codes: Codes, counted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return by which run of its group each that counts was made anew last; else its own number.

    That is one of the same experiment with the same params, data and seeds; the code may have been
    edited in between, where groups are not told apart by it: the seed again is no further evidence.
    Runs without any seed draw their own, and none is made anew by another.
    """
    seeds = [name for name in rows.names if is_seed(name)]
    found = np.arange(len(rows))
    if not seeds or not counted.any():
        return found
    codes = joined_codes(codes, find_groups(rows, _REPEATED).codes)
    for name in seeds:
        codes = joined_codes(codes, column_codes(rows.column(name)))
    places = np.flatnonzero(counted & has_seeds(rows))
    started = rows.column("started").parts[Kind.TIME].values
    newest_first = places[np.argsort(-started[places], kind="stable")]
    _, newest, same = np.unique(codes[newest_first], return_index=True, return_inverse=True)
    found[newest_first] = newest_first[newest][same]
    return found


def has_seeds(rows: RunRows) -> NDArray[np.bool_]:
    """Return of which runs a seed was recorded."""
    found = np.zeros(len(rows), bool)
    for name in filter(is_seed, rows.names):
        found |= column_codes(rows.column(name)) >= 0
    return found
