"""The runs that repeat one with other seeds: what chance there is in it, they show."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gitxp.comparison.groups import find_groups
from gitxp.comparison.measured import Measure
from gitxp.comparison.seeds import is_seed
from gitxp.errors import CannotCompare
from gitxp.model.identity import RunId
from gitxp.model.run import Status
from gitxp.query.run_rows import RunRows
from gitxp.statistics.samples import Sample


def repetitions(rows: RunRows, place: int) -> list[int]:
    """Return the places of the finished runs that differ from one in nothing but seeds.

    They are of its experiment, and the newest of each seed alone counts; but the run itself
    always does. Runs that have no seed at all repeat nothing.

    Args:
        rows: All runs, the newest first.
        place: The number of the run.
    """
    experiments = rows.values("experiment")
    own = [at for at, name in enumerate(experiments) if name == experiments[place]]
    here = rows.take(own)
    codes = find_groups(here).codes
    statuses = here.values("status")
    seeds = _seeds(here)
    at_home = own.index(place)
    found = {seeds[at_home]: place}
    for at in np.flatnonzero(codes == codes[at_home]).tolist():
        if statuses[at] == Status.FINISHED:
            found.setdefault(seeds[at], own[at])
    return list(found.values())


def sample_of(rows: RunRows, places: Sequence[int], measure: Measure) -> Sample:
    """Return what runs measured; those that lack it are passed over.

    Raises:
        CannotCompare: If one is not finite: to leave that out would make a group better than it is.
    """
    found = rows.take(places)
    numbers = []
    for run, value in zip(found.values("run"), found.values(measure.column), strict=True):
        if value is None:
            continue
        if not math.isfinite(value):
            told = f"run {RunId(run).short} has {measure.name!r} {value}"
            raise CannotCompare(f"{told}: expected a finite number")
        numbers.append(value)
    return np.array(numbers, np.float64)


def _seeds(rows: RunRows) -> list[tuple[str, ...]]:
    """Return of each run all of its seeds."""
    columns = [map(repr, rows.values(name)) for name in rows.names if is_seed(name)]
    return list(zip(*columns, strict=True)) if columns else [()] * len(rows)
