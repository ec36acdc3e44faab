"""The group of a run: those that repeat it with other seeds, and what they measured.

Whoever tells a difference from noise asks here, so that all of them ask the same of a pair.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gitxp.comparison.groups.codes import column_codes, joined_codes
from gitxp.comparison.groups.groups import Grouping, find_groups
from gitxp.comparison.groups.measured import Measure, Measured, measure_groups
from gitxp.comparison.groups.reruns import has_seeds
from gitxp.query.each_once import each_once
from gitxp.query.run_rows import RunRows
from gitxp.statistics.samples import Sample

# In every one of these repetitions are the same, and few runs but those of a group are.
_NARROWING = ("experiment", "code_tree")


@dataclass(frozen=True, slots=True)
class Side:
    """A group, as one of its runs is compared.

    Attributes:
        number: That of the group.
        run: The id of a run that counts though a later one has its seed, which then does not; None
            where of each seed the newest counts.
    """

    number: int
    run: str | None = None


class Repetitions:
    """Asked which runs repeat which; runs are grouped once, whatever is asked.

    The group of a run are the finished ones of its experiment with the same params but for seeds,
    the same versions of data and the same tree of code; of one seed the newest counts, but the run
    that is asked about always does in its own group.
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

    def side(self, run: str, measure: Measure) -> Side:
        """Return the group of a run, in which this run counts.

        Args:
            run: Its id; it is among the rows.
        """
        is_rerun = self.measured(measure).counted.is_rerun[self._places[run]]
        return Side(self._numbers[run], run if is_rerun else None)

    def sample(self, side: Side, measure: Measure) -> Sample:
        """Return the finite values of a group."""
        measured = self.measured(measure)
        if side.run is None:
            return measured.samples[side.number]
        values = measured.values[self._counted(side, measure)]
        return values[np.isfinite(values)]

    def nonfinite(self, side: Side, measure: Measure) -> list[str]:
        """Return the ids of the runs of a group that came out as NaN or infinite."""
        measured = self.measured(measure)
        if not measured.nonfinite[side.number]:
            return []
        places = self._counted(side, measure)
        keys = self._rows.keys
        return [keys[place].id for place in places[~np.isfinite(measured.values[places])]]

    def are_seeded(self, runs: Collection[str]) -> bool:
        """Return whether seeds were recorded of each of some runs, so that a later one counts."""
        rows = self._rows.take([self._places[run] for run in runs])
        return bool(has_seeds(rows).all())

    def _counted(self, side: Side, measure: Measure) -> NDArray[np.int64]:
        """Return the places of the runs that count in a group."""
        counted = self.measured(measure).counted
        places = np.flatnonzero(counted.is_counted & (self._grouping.codes == side.number))
        if side.run is None:
            return places
        own = self._places[side.run]
        return np.where(places == counted.instead[own], own, places)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {run: place for place, run in enumerate(self._rows.values("run"))}

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
    """Return the rows that agree with one of some runs in what is quickly looked at.

    A run that stands here and as it was fetched is no repetition of itself.
    """
    codes = np.zeros(len(rows), np.int64)
    for name in _NARROWING:
        codes = joined_codes(codes, column_codes(rows.column(name)))
    wanted = {code for key, code in zip(rows.keys, codes.tolist(), strict=True) if key.id in around}
    return each_once(rows.take(np.flatnonzero(np.isin(codes, sorted(wanted))).tolist()))
