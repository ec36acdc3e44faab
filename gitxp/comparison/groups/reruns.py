"""Runs that were made twice: the same seed again is no further evidence of what chance does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gitxp.comparison.groups.codes import column_codes, joined_codes
from gitxp.comparison.groups.groups import find_groups
from gitxp.comparison.groups.seeds import is_seed
from gitxp.query.index.kinds import Kind
from gitxp.query.run_rows import RunRows

if TYPE_CHECKING:
    from numpy.typing import NDArray


def are_reruns(rows: RunRows, counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of the runs that count were made anew by a later one of them.

    That is one of the same experiment with the same params, data, code and seeds. Runs without any
    seed draw their own, and none is made anew by another.
    """
    seeds = [name for name in rows.names if is_seed(name)]
    found = np.zeros(len(rows), bool)
    if not seeds or not counted.any():
        return found
    codes, is_seeded = find_groups(rows).codes, np.zeros(len(rows), bool)
    for name in seeds:
        of_seed = column_codes(rows.column(name))
        is_seeded |= of_seed >= 0
        codes = joined_codes(codes, of_seed)
    places = np.flatnonzero(counted & is_seeded)
    started = rows.column("started").parts[Kind.TIME].values
    newest_first = places[np.argsort(-started[places], kind="stable")]
    _, newest = np.unique(codes[newest_first], return_index=True)
    found[places] = True
    found[newest_first[newest]] = False
    return found
