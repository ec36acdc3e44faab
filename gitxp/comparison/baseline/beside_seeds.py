"""What else than the seeds may be behind two runs that are alike in params, data and code."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gitxp.comparison.baseline.seedless_command import seedless_command
from gitxp.comparison.baseline.surroundings import surroundings
from gitxp.comparison.differences.equality import are_same
from gitxp.comparison.groups.seeds import is_seed
from gitxp.comparison.values import Bytes
from gitxp.model.dataset import Strength
from gitxp.model.run import LeftOut, Run
from gitxp.query.columns import column
from gitxp.query.rows import run_row

# What a kernel leaves of the same memory differs by its version, and from one boot to the next.
_MEMORY: Final = 0.05
_TOP: Final = "."  # of many files at once
_IDENTIFIED: Final = (Strength.CONTENT, Strength.VERSION)


class Seeds(StrEnum):
    """How the recorded seeds of two runs stand to each other."""

    DIFFERENT = "different"
    SAME = "same"
    UNKNOWN = "not recorded"


@dataclass(frozen=True, slots=True)
class BesideSeeds:
    """What was recorded of two runs beside what they are grouped by.

    Attributes:
        differing: What differs in data sets, packages, Python, hardware, variables, the container,
            lock files, CUDA and the command: `packages.numpy`, `python.version`, `hardware.gpu`.
        unknown: Of what it is not known whether it is the same: `code` where it was not captured,
            `code.<path>` of what a snapshot lacks, `data.<name>` of a data set whose content
            nothing identifies, and `environment`.
        seeds: `Seeds.UNKNOWN` where one of the two has none.
    """

    differing: tuple[str, ...]
    unknown: tuple[str, ...]
    seeds: Seeds

    @property
    def is_nothing(self) -> bool:
        """Whether two runs of one group are known to differ in nothing but seeds."""
        return not self.differing and not self.unknown and self.seeds is Seeds.DIFFERENT


def beside_seeds(one: Run, other: Run) -> BesideSeeds:
    """Return what differs between two runs that runs are not grouped by, and what may."""
    seeds = _seeds(one), _seeds(other)
    is_environment_known = bool(one.environment and other.environment)
    differing = [*_differing_data(one, other), *_differing_command((one, other), seeds)]
    unknown = [*_unknown_code(one, other), *_unknown_data(one, other)]
    if is_environment_known:
        differing += _differing_surroundings(one, other)
    else:
        unknown.append("environment")
    return BesideSeeds(tuple(differing), tuple(dict.fromkeys(unknown)), _told(*seeds))


def _differing_surroundings(one: Run, other: Run) -> Iterator[str]:
    found = surroundings(other)
    for section, here in surroundings(one).items():
        there = found[section]
        for field in dict.fromkeys((*here, *there)):
            if not _are_alike(here.get(field), there.get(field)):
                yield f"{section}.{field}"


def _are_alike(one: Any, other: Any) -> bool:
    if isinstance(one, Bytes) and isinstance(other, Bytes):
        return math.isclose(one, other, rel_tol=_MEMORY)
    return are_same(one, other)


def _differing_command(
    runs: tuple[Run, Run], seeds: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> Iterator[str]:
    ours, theirs = (run.sessions[-1] for run in runs)
    typed = (
        seedless_command(run.sessions[-1].argv, set(map(str, own.values())))
        for run, own in zip(runs, seeds, strict=True)
    )
    if len(set(typed)) > 1:
        yield "command.arguments"
    if ours.folder != theirs.folder:
        yield "command.folder"


def _differing_data(one: Run, other: Run) -> Iterator[str]:
    """Yield data sets that are not the same: more than one may be called so, in several roles."""
    ours, theirs = _data(one), _data(other)
    for name in dict.fromkeys((*ours, *theirs)):
        if not are_same(ours.get(name), theirs.get(name)):
            yield column("data", name)


def _data(run: Run) -> Mapping[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for one in run.datasets:
        identity = (one.role, one.version, one.digest, one.size, one.rows, one.split, one.filters)
        found.setdefault(one.name, []).append(identity)
    return found


def _unknown_data(one: Run, other: Run) -> Iterator[str]:
    for dataset in (*one.datasets, *other.datasets):
        if dataset.strength not in _IDENTIFIED:
            yield column("data", dataset.name)


def _unknown_code(one: Run, other: Run) -> Iterator[str]:
    """Yield what may differ in the code of two runs of the same tree."""
    for run in (one, other):
        codes = [session.code for session in run.sessions]
        # Resumed with other code, it is grouped by what it ran last.
        if any(code.failure or code.tree is None or code.tree != run.code.tree for code in codes):
            yield "code"
    ours, theirs = _left_out(one), _left_out(other)
    for path in dict.fromkeys((*ours, *theirs)):
        digests = [side[path].digest if path in side else "" for side in (ours, theirs)]
        if not all(digests) or digests[0] != digests[1]:
            yield "code" if path == _TOP else f"code.{path}"


def _left_out(run: Run) -> Mapping[str, LeftOut]:
    return {one.path: one for session in run.sessions for one in session.code.left_out}


def _seeds(run: Run) -> Mapping[str, Any]:
    return {name: seed for name, seed in run_row(run).items() if is_seed(name)}


def _told(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Seeds:
    if not ours or not theirs:
        return Seeds.UNKNOWN
    return Seeds.SAME if are_same(ours, theirs) else Seeds.DIFFERENT
