"""The run against which another is held: its baseline, one that is named, or that of a commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from gitxp.comparison.groups.groups import find_groups
from gitxp.comparison.groups.measured import column_numbers
from gitxp.errors import CannotCompare, UnknownRun
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.names import LONGEST_NAME
from gitxp.model.run import Status
from gitxp.model.standing import BASELINE
from gitxp.query.columns import param_title
from gitxp.query.fetched import WayThere, find_named
from gitxp.query.run_rows import RunRows
from gitxp.storage.code.revision import Revision, find_commit
from gitxp.storage.events.baseline import fetched_baseline, standing_baseline
from gitxp.storage.repository import Repository
from gitxp.storage.trash import removals
from gitxp.text import cell, shown

# What two runs have in common that are alike, whatever their code.
_LIKE: Final = ("params", "data")
_MOST_NAMES: Final = 10


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The run that another is held against.

    Attributes:
        place: Its number among the rows.
        why: How it was found, in words behind `against`.
        rows: All runs, and behind them the counterpart where that was only fetched.
    """

    run: str
    place: int
    why: str
    rows: RunRows


def find_counterpart(
    repository: Repository,
    rows: RunRows,
    place: int,
    asked: str,
    *,
    measured: Sequence[str],
    home: str,
    way: WayThere,
    remote: str | None = None,
) -> Counterpart:
    """Return the run that is meant.

    Args:
        rows: All runs, the newest first.
        place: The number of the run that is held against it.
        asked: `baseline`, for the baseline of the run or else the one in force in its experiment;
            a run, as `find_named` takes it; or a revision of Git, for a finished run of the same
            experiment with the very tree of that commit, or else with it as its base: the newest
            with the same params and data, or else of the one setting that was tried there; none
            that repeats the run itself.
        measured: The columns that are compared: of runs of a commit that are alike in params and
            data, the newest in which all of these are finite.
        home: The id of this clone.
        way: The hint of the error where a run of that name was only fetched.
        remote: From where the rows were fetched, and so what is said of experiments, too.

    Raises:
        CannotCompare: If there is no baseline, it is not here, no run is of that commit, or those
            that are have several settings, and none that of the run.
        UnknownRun: If it is neither a run nor a commit.
        AmbiguousRun: If a prefix fits several runs.
    """
    if asked == BASELINE:
        return _baseline(repository, rows, place, remote)
    try:
        named = find_named(repository, rows, [asked], home=home, way=way)
    except UnknownRun as error:
        commit = find_commit(repository, asked)
        if commit is None:
            raise UnknownRun(
                f"{shown(asked, LONGEST_NAME)} is neither a run nor a commit",
                hint=error.hint,
            ) from error
    else:
        (key,) = named.keys
        return Counterpart(key.id, key.place, "another run", named.rows)
    return _of_commit(rows, place, asked, commit, measured)


def _baseline(repository: Repository, rows: RunRows, place: int, remote: str | None) -> Counterpart:
    key = rows.keys[place]
    kept = rows.take([place]).values("baseline")[0]
    baseline = kept or _in_force(repository, ExperimentName(key.experiment), remote)
    if baseline is None:
        raise CannotCompare(
            f"run {RunId(key.id).short} has no baseline, and neither has {key.experiment}",
            hint="git xp baseline set RUN, or name a run with --against",
        )
    found = next((one.place for one in rows.keys if one.id == baseline), None)
    if found is None:
        raise _absent(repository, RunId(baseline), remote)
    why = "its baseline" if kept else "the baseline in force"
    return Counterpart(baseline, found, why, rows)


def _absent(repository: Repository, baseline: RunId, remote: str | None) -> CannotCompare:
    removed = removals(repository, [baseline]).get(baseline) if remote is None else None
    where = "is not here" if removed is None else "is in the trash"
    back = "git xp pull, once it was pushed" if removed is None else removed.way_back
    return CannotCompare(
        f"the baseline {baseline.short} {where}",
        hint=f"{back}; or name another run with --against",
    )


def _in_force(
    repository: Repository, experiment: ExperimentName, remote: str | None
) -> RunId | None:
    if remote is None:
        return standing_baseline(repository, experiment)
    return fetched_baseline(repository, experiment, remote)


def _of_commit(
    rows: RunRows, place: int, asked: str, commit: Revision, measured: Sequence[str]
) -> Counterpart:
    """Return the run of a commit that is held against another.

    Like is compared with like where it can be, and never with a repetition of the run itself: of
    that a gate would say that nothing was changed.
    """
    trees, bases = rows.values("code_tree"), rows.values("base")
    others = [
        other
        for other in _finished_others(rows, place)
        if trees[other] == commit.tree or bases[other] == commit.id
    ]
    alike = _alike(rows, place, others)
    repeating = {other for other in alike if trees[other] == trees[place]}
    for values, wanted, what in (
        (trees, commit.tree, "of"),
        (bases, commit.id, "that set out from"),
    ):
        found = [one for one in others if values[one] == wanted and one not in repeating]
        if found:
            same = [one for one in found if one in alike]
            if not same:
                _check_one_setting(rows, place, found, f"the runs {what} {asked!r}")
            return _newest(rows, same or found, measured, f"the newest run {what} {asked}")
    experiment = rows.keys[place].experiment
    if repeating:
        raise CannotCompare(
            f"every other finished run of {experiment} that is of {asked!r} repeats run "
            f"{RunId(rows.keys[place].id).short}: they differ in nothing but seeds",
            hint="name a run of other code or params: git xp gate --against RUN",
        )
    raise CannotCompare(
        f"no other finished run of {experiment} is of {asked!r} ({commit.id[:7]})",
        hint="git xp list --json, for the code_tree and base of runs",
    )


def _check_one_setting(rows: RunRows, place: int, found: Sequence[int], what: str) -> None:
    """Make sure that runs are of one setting: which of several is meant nobody can guess.

    Raises:
        CannotCompare: If they have several.
    """
    count = len(find_groups(rows.take(found), _LIKE))
    if count == 1:
        return
    differing = find_groups(rows.take([place, *found]), _LIKE).columns
    left = len(differing) - _MOST_NAMES
    names = ", ".join(cell(param_title(one)) for one in differing[:_MOST_NAMES])
    more = f" and {left} more" if left > 0 else ""
    raise CannotCompare(
        f"{what} have {count} settings, and none that of run {RunId(rows.keys[place].id).short}: "
        f"they differ in {names}{more}",
        hint="name the run that is meant, such as the newest: "
        f"--against {RunId(rows.keys[found[0]].id).short}",
    )


def _newest(rows: RunRows, found: Sequence[int], measured: Sequence[str], what: str) -> Counterpart:
    """Return the newest of some runs, without finite values only where none has them."""
    is_finite = np.ones(len(found), bool)
    for name in measured:
        is_finite &= np.isfinite(column_numbers(rows.take(found).column(name))[0])
    first = int(is_finite.argmax())  # 0 where none is
    why = f"{what} with finite values" if first else what
    return Counterpart(rows.keys[found[first]].id, found[first], why, rows)


def _finished_others(rows: RunRows, place: int) -> list[int]:
    ids, experiments, statuses = map(rows.values, ("run", "experiment", "status"))
    return [
        other
        for other in range(len(rows))
        if ids[other] != ids[place]  # which may stand here and as it was fetched
        and experiments[other] == experiments[place]
        and statuses[other] == Status.FINISHED
    ]


def _alike(rows: RunRows, place: int, others: Sequence[int]) -> set[int]:
    """Return which others have the same params, but for seeds, and the same data as a run."""
    (own, *codes) = find_groups(rows.take([place, *others]), _LIKE).codes.tolist()
    return {other for other, code in zip(others, codes, strict=True) if code == own}


def differing_columns(rows: RunRows, one: int, other: int) -> tuple[str, ...]:
    """Return the columns of params and of data sets in which two runs differ, but for seeds."""
    return find_groups(rows.take([one, other]), _LIKE).columns
