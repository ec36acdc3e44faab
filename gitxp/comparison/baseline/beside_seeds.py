"""What else than the seeds may be behind two runs that are alike in params, data and code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gitxp.comparison.differences import facts
from gitxp.comparison.differences.equality import are_same
from gitxp.comparison.groups.seeds import is_seed
from gitxp.model.run import Run
from gitxp.query.rows import run_row

# By the beginning of its columns. Where Python and the machine stand, and what it is called, are
# not what they are: the next job of a cluster runs elsewhere.
_PYTHON: Final = ("python.version", "python.implementation")
_NO_HARDWARE: Final = "host"


class Seeds(StrEnum):
    """How the recorded seeds of two runs stand to each other."""

    DIFFERENT = "different"
    SAME = "same"
    UNKNOWN = "not recorded"


@dataclass(frozen=True, slots=True)
class BesideSeeds:
    """What was recorded of two runs beside what they are grouped by.

    Attributes:
        differing: What differs in packages, Python and hardware: `packages.numpy`,
            `python.version`, `hardware.gpu`.
        seeds: `Seeds.UNKNOWN` where one of the two has none.
    """

    differing: tuple[str, ...]
    seeds: Seeds

    @property
    def is_nothing(self) -> bool:
        """Whether two runs of one group differ in nothing but seeds, as far as is recorded."""
        return not self.differing and self.seeds is Seeds.DIFFERENT


def beside_seeds(one: Run, other: Run) -> BesideSeeds:
    """Return what differs between two runs that runs are not grouped by."""
    sides = list(zip(_surroundings(one), _surroundings(other), strict=True))
    differing = [
        f"{section}.{field}"
        for (section, here), (_, there) in sides
        for field in dict.fromkeys((*here, *there))
        if not are_same(here.get(field), there.get(field))
    ]
    return BesideSeeds(tuple(differing), _seeds(one, other))


def _surroundings(run: Run) -> list[tuple[str, Mapping[str, Any]]]:
    told = facts.environment(run)
    hardware = {name: one for name, one in facts.hardware(run).items() if name != _NO_HARDWARE}
    python = {name.partition(".")[2]: told[name] for name in _PYTHON if name in told}
    return [("packages", facts.packages(run)), ("python", python), ("hardware", hardware)]


def _seeds(one: Run, other: Run) -> Seeds:
    ours, theirs = (
        {name: seed for name, seed in run_row(run).items() if is_seed(name)} for run in (one, other)
    )
    if not ours or not theirs:
        return Seeds.UNKNOWN
    return Seeds.SAME if are_same(ours, theirs) else Seeds.DIFFERENT
