"""The group of a run: those that repeat it with other seeds, and what they measured.

Whoever tells a difference from noise asks here, so that all of them ask the same of a pair.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

import numpy as np

from gitxp.comparison.groups.codes import column_codes, joined_codes
from gitxp.comparison.groups.groups import Grouping, find_groups
from gitxp.comparison.groups.measured import Measure, Measured, measure_groups
from gitxp.query.run_rows import RunRows

# In every one of these repetitions are the same, and few runs but those of a group are.
_NARROWING = ("experiment", "code_tree")


class Repetitions:
    """Asked which runs repeat which; runs are grouped once, whatever is asked.

    The group of a run are the finished ones of its experiment with the same params but for seeds,
    the same versions of data and the same tree of code; of one seed the newest counts.
    """

    def __init__(self, rows: RunRows, around: Collection[str]) -> None:
        """Take all runs that may be repetitions of some.

        Args:
            around: The ids of those of which something will be asked.
        """
        self._rows = _near(rows, around)
        self._measured: dict[Measure, Measured] = {}

    @property
    def rows(self) -> RunRows:
        """Every run that may repeat one of those that are asked about, and these."""
        return self._rows

    def number(self, run: str) -> int | None:
        """Return the number of a run's group; None where the run is not among the rows."""
        return self._numbers.get(run)

    def size(self, number: int) -> int:
        """Return how many runs a group has, counted or not."""
        return int((self._grouping.codes == number).sum())

    def measured(self, measure: Measure) -> Measured:
        """Return what each group measured."""
        if measure not in self._measured:
            self._measured[measure] = measure_groups(self._grouping, measure)
        return self._measured[measure]

    @cached_property
    def _grouping(self) -> Grouping:
        return find_groups(self._rows)

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        ids = self._rows.values("run")
        return dict(zip(ids, self._grouping.codes.tolist(), strict=True))


def count_repeated(rows: RunRows) -> int:
    """Return how many of some runs differ from another one of them in nothing but seeds."""
    sizes = np.bincount(find_groups(rows).codes)
    return int(sizes[sizes > 1].sum())


def _near(rows: RunRows, around: Collection[str]) -> RunRows:
    """Return the rows that agree with one of some runs in what is quickly looked at."""
    codes = np.zeros(len(rows), np.int64)
    for name in _NARROWING:
        codes = joined_codes(codes, column_codes(rows.column(name)))
    wanted = {code for key, code in zip(rows.keys, codes.tolist(), strict=True) if key.id in around}
    return rows.take(np.flatnonzero(np.isin(codes, sorted(wanted))).tolist())
