"""What else than the seeds may be behind two runs that are alike in params, data and code."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gitxp.comparison.baseline.seedless_command import seedless_command
from gitxp.comparison.baseline.surroundings import Surroundings, surroundings
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
# No run is without them: where none are recorded they are not known.
_ALWAYS_THERE: Final = ("packages", "python")


class Seeds(StrEnum):
    """How the recorded seeds of two runs stand to each other."""

    DIFFERENT = "different"
    SAME = "same"
    UNKNOWN = "not recorded"


@dataclass(frozen=True, slots=True)
class BesideSeeds:
    """What was recorded of two runs beside what they are grouped by.

    Attributes:
        differing: What differs in data sets, packages, Python, platform, hardware, variables, the
            container, lock files, CUDA and the command: `packages.numpy`, `python.version`.
        unknown: Of what it is not known whether it is the same: `code` where it was not captured,
            `code.<path>` of what a snapshot lacks, `data` where no data set was recorded of one,
            `data.<name>` of one whose content nothing identifies, `packages` and `python` where
            one has none recorded, and `environment` where nothing of it was.
        seeds: `Seeds.UNKNOWN` where one of the two has none.
    """

    differing: tuple[str, ...]
    unknown: tuple[str, ...]
    seeds: Seeds

    @property
    def is_nothing(self) -> bool:
        """Whether two runs of one group differ in nothing but seeds, as far as is recorded."""
        return not self.differing and not self.unknown and self.seeds is Seeds.DIFFERENT


def beside_seeds(one: Run, other: Run) -> BesideSeeds:
    """Return what differs between two runs that runs are not grouped by, and what may."""
    seeds = _seeds(one), _seeds(other)
    differing = [*_differing_data(one, other), *_differing_command((one, other), seeds)]
    unknown = [*_unknown_code(one, other), *_unknown_data(one, other)]
    if one.environment and other.environment:
        around = surroundings(one), surroundings(other)
        missing = [name for name in _ALWAYS_THERE if not all(side[name] for side in around)]
        differing += _differing_surroundings(*around, passed_over=missing)
        unknown += missing
    else:
        unknown.append("environment")
    return BesideSeeds(tuple(differing), tuple(dict.fromkeys(unknown)), _told(*seeds))


def _differing_surroundings(
    ours: Surroundings, theirs: Surroundings, *, passed_over: Sequence[str]
) -> Iterator[str]:
    for section, here in ours.items():
        if section in passed_over:
            continue
        there = theirs[section]
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
    if not one.datasets or not other.datasets:  # what was read all the same, nobody has told
        yield "data"
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
