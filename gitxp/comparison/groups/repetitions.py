"""The runs that repeat one with other seeds: what chance there is in it, they show."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gitxp.comparison.groups.groups import find_groups
from gitxp.comparison.groups.measured import Measure
from gitxp.comparison.groups.reruns import are_reruns
from gitxp.errors import CannotCompare
from gitxp.model.identity import RunId
from gitxp.model.run import Status
from gitxp.query.run_rows import RunRows
from gitxp.statistics.samples import Sample


def repetitions(rows: RunRows, place: int) -> list[int]:
    """Return the places of the finished runs that differ from one in nothing but seeds.

    They are of its experiment, the run itself among them; of several with one seed the newest
    counts, see `are_reruns`.

    Args:
        place: The number of the run.
    """
    experiments = rows.values("experiment")
    own = [at for at, name in enumerate(experiments) if name == experiments[place]]
    here = rows.take(own)
    codes = find_groups(here).codes
    finished = np.array([one == Status.FINISHED for one in here.values("status")], bool)
    counted = finished & (codes == codes[own.index(place)])
    return [own[at] for at in np.flatnonzero(counted & ~are_reruns(here, counted)).tolist()]


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
