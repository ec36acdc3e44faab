"""Which runs somebody means who asks from Python: a frame, runs, names, or a filter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gitxp.api.references import RunReference, reference_text
from gitxp.errors import InvalidFilter, InvalidValue, UnknownRun
from gitxp.query.fetched import find_named
from gitxp.query.found import FoundRows
from gitxp.query.lookup import refuse_unreadable
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.query.where import rows_where
from gitxp.storage.repository import Repository
from gitxp.text import shown

if TYPE_CHECKING:
    import pandas as pd

    Runs = pd.DataFrame | Sequence[RunReference] | RunReference | None

# What makes of a text that names no run a filter that somebody meant.
_OPERATOR = re.compile(r"[<>=!(\[]|\s(?:in|is|not|and|or|matches|contains|(?:starts|ends)with)\s")


def chosen_rows(
    repository: Repository,
    among: FoundRows,
    runs: Runs,
    *,
    home: str,
    remote: str | None = None,
    allows_copies: bool = False,
) -> RunRows:
    """Return the rows of the runs that are meant, in the order in which they are named.

    Args:
        among: Where they are looked for; `origin/<run>` means one as it was last fetched.
        runs: See `gitxp.history`.
        home: Id of the clone whose newest run `@` is.
        remote: From where the rows were fetched; None where they are those of the repository.
        allows_copies: Whether a run may be among them as it stands here and as it was fetched,
            where the two differ: most answers tell runs apart by their ids alone.

    Raises:
        UnknownRun: If there is no such run.
        DamagedRecord: If one is the id of a record that cannot be read.
        AmbiguousRun: If a prefix fits several.
        InvalidFilter: If a text was meant as a filter, and is none.
        InvalidValue: If it is nothing that could mean runs, or means one of them twice.
    """
    if runs is None:
        return among.rows
    one = runs if isinstance(runs, str) else reference_text(runs, remote)
    asked = _texts(runs, remote) if one is None else [one]
    try:
        named = _named(repository, among.rows, asked, home)
    except UnknownRun as unknown:
        refuse_unreadable(among.problems, asked, among.rows.keys, home=home, remote=remote)
        if one is None:
            raise
        return _fitting(among.rows, one, unknown)
    if not allows_copies:
        _check_copies(named.keys)
    return named.rows.take(list(dict.fromkeys(key.place for key in named.keys.values())))


class _Named(NamedTuple):
    """Runs that somebody named.

    Attributes:
        rows: All among which they were looked for.
        keys: By what each was named with, in that order.
    """

    rows: RunRows
    keys: dict[str, RunKey]


def _named(repository: Repository, rows: RunRows, asked: Sequence[str], home: str) -> _Named:
    known = {key.id: key for key in rows.keys}
    others = [text for text in asked if text not in known]
    named = find_named(repository, rows, others, home=home)
    known |= dict(zip(others, named.keys, strict=True))
    return _Named(named.rows, {text: known[text] for text in asked})


def _check_copies(named: Mapping[str, RunKey]) -> None:
    """Refuse a run that is named twice, and means another record each time.

    Raises:
        InvalidValue: If one is.
    """
    first: dict[str, str] = {}
    for text, key in named.items():
        other = first.setdefault(key.id, text)
        if named[other].place != key.place:
            raise InvalidValue(
                f"{shown(other)} and {shown(text)} are one run, as it stands in two places: "
                "expected each run once",
                hint=f"ask for them apart, or gitxp.compare({other!r}, {text!r})",
            )


def _fitting(rows: RunRows, text: str, unknown: UnknownRun) -> RunRows:
    """Return the rows that a filter chooses.

    Raises:
        InvalidFilter: If the text was meant as a filter, and is none.
        UnknownRun: If it was not.
    """
    try:
        return rows_where(rows, text)
    except InvalidFilter:
        if _OPERATOR.search(text):
            raise
        raise unknown from None


def _texts(runs: object, remote: str | None) -> list[str]:
    frame: Any = runs
    if hasattr(frame, "columns"):
        return list(map(str, frame["run"].unique() if "run" in frame.columns else frame.index))
    if hasattr(frame, "iloc") and "experiment" in frame.index:  # one row of a frame
        return [str(frame.name)]
    several = runs if isinstance(runs, Iterable) else [runs]
    known = [reference_text(run, remote) or run for run in several]
    for run in known:
        if not isinstance(run, str):
            raise InvalidValue(
                f"runs are given as {shown(run)}: expected a frame, runs, ids, names, or a filter",
                hint="gitxp.history(gitxp.runs('params.lr > 0'))",
            )
    return [str(run) for run in known]
