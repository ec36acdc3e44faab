"""The runs that a command is about, as its options select them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

import click

from gitxp.cli.exits import ANSWER_IS_NO, GITXP_FAILED
from gitxp.cli.opening import Opened
from gitxp.cli.output import say
from gitxp.cli.selecting import Selection
from gitxp.errors import AmbiguousRun, UnknownRun
from gitxp.model.identity import ExperimentName
from gitxp.model.run import Run
from gitxp.query.fetched import Named
from gitxp.query.live import Problem
from gitxp.query.of_experiment import rows_of_experiment
from gitxp.query.order import sort_rows
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.storage.refs import may_be_below


def selected_rows(
    rows: RunRows,
    selection: Selection,
    problems: Sequence[Problem],
    only: Iterable[RunKey] | None = None,
) -> RunRows:
    """Return the rows of the runs that are selected, in their order; all where nothing is said.

    Args:
        problems: What could not be read beside them.
        only: What finds runs, in the order in which they stand where no other is asked for.

    Raises:
        UnknownExperiment: If there is none, though there are runs, and each can be read or is of
            another.
        InvalidFilter: If the filter is none, or names a field that no run has.
        UnknownColumn: If no run has the column to sort by.
    """
    if selection.experiment is not None:
        rows = rows_of_experiment(rows, selection.experiment, problems)
    if selection.where is not None:
        from gitxp.query.where import rows_where  # NumPy, for nothing where all are asked for

        rows = rows_where(rows, selection.where)
    if only is not None:
        places = {(key.id, key.tip): key.place for key in rows.keys}
        asked = dict.fromkeys((key.id, key.tip) for key in only)
        rows = rows.take([places[run] for run in asked if run in places])
    if selection.sort is not None:
        rows = sort_rows(rows, selection.sort)
    return rows.head(selection.limit)


def named_rows(project: Opened, selection: Selection, texts: Sequence[str]) -> RunRows:
    """Return the rows of the runs that are selected, be it among those that `texts` mean."""
    return _selected(project, selection, project.named(texts))


def _selected(project: Opened, selection: Selection, named: Named) -> RunRows:
    """Return the rows of the runs that are selected, be it among those that are named."""
    return selected_rows(named.rows, selection, project.found.problems, named.keys or None)


def selected_runs(project: Opened, selection: Selection, texts: Sequence[str]) -> list[Run]:
    """Return the runs that `texts` mean, or those that are selected, be it among them.

    With neither it is the newest run of this clone. Where no run fits, the command ends, and the
    answer is no.

    Raises:
        DamagedRecord: If one of them cannot be read.
    """
    if not selection.is_given:
        return project.chosen(texts)
    rows = _some(project, selection, named_rows(project, selection, texts))
    return project.read_every(rows.keys)


def selected_run(
    project: Opened, selection: Selection, text: str | None, *, is_changed: bool = False
) -> Run:
    """Return the one run that is meant; see `selected_one`."""
    return project.read(selected_one(project, selection, text, is_changed=is_changed).keys[0])


def selected_one(
    project: Opened,
    selection: Selection,
    text: str | None,
    *,
    is_changed: bool = False,
    is_judged: bool = False,
) -> Named:
    """Return the run that `text` means, or the first of those selected, with a note of others.

    With neither it is the newest run of this clone. Where no run fits, the command ends, and the
    answer is no.

    Args:
        is_changed: Whether something will be said of it, so that no run is taken by chance.
        is_judged: Whether no is an answer about it, and so none where no run fits.

    Raises:
        AmbiguousRun: If it is changed, and more than one fits.
        UnknownRun: If it is judged, and no run fits.
    """
    if not selection.is_given:
        return project.named(["@" if text is None else text])
    named = project.named([] if text is None else [text])
    rows = _selected(project, selection, named)
    rows = _some(project, selection, rows, is_judged=is_judged)
    if len(rows) > 1 and is_changed:
        raise _ambiguous(rows, selection)
    (first,) = rows.head(1).keys
    if len(rows) > 1:
        from gitxp.cli.told import told_run  # for nothing where runs are listed

        say(f"note: this is the first of {len(rows)} runs that fit: {told_run(first)}")
    found = next(key for key in named.rows.keys if (key.id, key.tip) == (first.id, first.tip))
    return Named(named.rows, (found,))


def _ambiguous(rows: RunRows, selection: Selection) -> AmbiguousRun:
    from gitxp.cli.told import SHOWN  # for nothing where runs are listed

    labels = ", ".join(key.label for key in rows.head(SHOWN).keys)
    more = ", …" if len(rows) > SHOWN else ""
    sort = "" if selection.sort else "--sort COLUMN "
    return AmbiguousRun(
        f"{len(rows)} runs fit ({labels}{more}): expected one",
        hint=f"{sort}--limit 1 takes the first of them",
    )


def some_rows(project: Opened, selection: Selection, texts: Sequence[str]) -> RunRows:
    """Return the rows of the runs that are selected; see `named_rows`.

    Where no run fits, the command ends, and the answer is no.
    """
    rows = named_rows(project, selection, texts)
    return rows if _are_named(selection, texts) else _some(project, selection, rows)


def selected_two(project: Opened, selection: Selection, texts: Sequence[str]) -> Sequence[RunKey]:
    """Return what finds the runs, of two that `texts` mean, that are selected.

    They are two where both texts mean one run, which is then the same twice. Where none fits, the
    command ends, and the answer is no.
    """
    named = project.named(texts)
    if not selection.is_given:
        return named.keys
    keys = _some(project, selection, _selected(project, selection, named)).keys
    are_one = len({(key.id, key.tip) for key in named.keys}) == 1
    return [*keys, *keys] if are_one else keys


def problems_of(
    project: Opened, selection: Selection, texts: Sequence[str] = ()
) -> Sequence[Problem]:
    """Return what could not be read so far and may be meant.

    Of named runs that is their own alone, and of an experiment what is in it or below.
    """
    if _are_named(selection, texts):
        return project.unread
    unread = project.unread
    return [one for one in project.problems if one in unread or may_be_of(selection, one.ref)]


def may_be_of(selection: Selection, ref: str) -> bool:
    """Return whether a record that cannot be read may be one of those that are selected."""
    asked = selection.experiment
    return asked is None or may_be_below(ref, ExperimentName.slug(asked))


def _are_named(selection: Selection, texts: Sequence[str]) -> bool:
    """Return whether runs are meant by their names alone, and by nothing that records say."""
    return bool(texts) and not selection.is_given


def status_of(project: Opened, selection: Selection, texts: Sequence[str] = ("@",)) -> int:
    """Return how a command ends: not well where what may be meant could not be read, and is named.

    Args:
        texts: The runs that are meant where nothing is selected; none where that is all.
    """
    unread = problems_of(project, selection, texts)
    project.tell_problems(unread)
    return GITXP_FAILED if unread else 0


def _some(
    project: Opened, selection: Selection, rows: RunRows, *, is_judged: bool = False
) -> RunRows:
    status = status_of(project, selection, ())
    if len(rows):
        return rows
    if not len(project.found.rows):
        project.tell_no_runs()
    elif not is_judged:
        say("no run fits")
    if is_judged:
        among = "" if project.remote is None else f" --remote {shlex.quote(project.remote)}"
        raise UnknownRun("no run fits: expected one to judge", hint=f"git xp list{among}")
    raise click.exceptions.Exit(status or ANSWER_IS_NO)
