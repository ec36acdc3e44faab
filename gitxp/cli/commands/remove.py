"""`git xp remove`: runs go to the trash."""

from __future__ import annotations

import shlex
from functools import partial
from typing import Any

import click

from gitxp.cli import options
from gitxp.cli.confirm import confirm
from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_runs, status_of
from gitxp.cli.told import SHOWN, told_run, told_runs
from gitxp.errors import AmbiguousRun, UnknownRun
from gitxp.model.run import Run
from gitxp.query.lookup import matches
from gitxp.query.rows import run_row
from gitxp.storage.trash import list_trash
from gitxp.upkeep.by_ref import runs_by_ref, trashed_run
from gitxp.upkeep.purge import Purged, purge_runs
from gitxp.upkeep.remove import remove_runs


@click.command("remove")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection(short_limit=False)
@click.option("--purge", is_flag=True, help="Delete for good, also from the trash.")
@options.dry_run
@options.yes
@options.quiet
@options.as_json("With -n: the runs, as an array of objects.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    purge: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Move runs to the trash; git xp undo brings them back.

    A name that several runs have is refused. Without a terminal to ask on, --yes is needed.
    A run whose record cannot be read is removed by its id, or a part of it. Runs that are chosen
    by a filter, an experiment or a limit are listed before anything is asked.

    With --purge a run, its trash and its journal are deleted, with its rows in the index and the
    words of commands about it in the log of git xp undo, and nothing brings them back: for what
    should never have been recorded. What it says then tells where else the run may be.
    """
    if not runs and not selection.is_given:
        raise click.UsageError("expected a RUN, or which runs by --where or --experiment")
    if as_json and not dry_run:
        raise click.UsageError("--json is of what would be removed: it goes with -n")
    project = open_project(quiet=quiet, changes_runs=True)
    if selection.is_given:
        chosen = selected_runs(project, selection, runs)
    else:
        find = partial(_find, project, in_trash=purge)
        chosen = list({run.id: run for run in map(find, runs)}.values())
    status = status_of(project, selection)  # one of those that fit may be missing
    if dry_run and as_json:
        print_json([_fields(run) for run in chosen])
        return status
    would = f"would {'delete for good' if purge else 'move to the trash'}"
    if dry_run:
        for run in chosen:
            click.echo(f"{would}: {told_run(run)}")
        return status
    if selection.is_given and not quiet:
        for run in chosen:
            say(f"{would}: {told_run(run)}")
    said = f"git xp remove {'--purge ' if purge else ''}{shlex.join([*selection.words(), *runs])}"
    if purge:
        question = f"Delete {told_runs(chosen)} for good?"
        if not yes and not confirm(question, command=f"{said} --yes"):
            return ANSWER_IS_NO
        purged = purge_runs(project.repository, chosen)
        if not quiet:
            click.echo(f"deleted {told_runs(chosen)} for good; nothing brings it back")
            _say_where_else(purged)
        return status
    if not yes and not confirm(f"Move {told_runs(chosen)} to the trash?", command=f"{said} --yes"):
        return ANSWER_IS_NO
    # The log of operations is no place for a secret that somebody looks for.
    command = project.workspace.limits.redactor.text(said)
    operation = remove_runs(project.repository, chosen, command=command)
    if not quiet:
        click.echo(f"moved {told_runs(chosen)} to the trash; undo: git xp undo {operation.id}")
    return status


def _find(project: Opened, text: str, *, in_trash: bool) -> Run:
    """Return the only run that `text` can mean; one that cannot be read is found by its id.

    Args:
        in_trash: Whether removed ones count where there is no other.
    """
    by_ref = runs_by_ref(project.repository, text)
    if len(by_ref) == 1 and text == by_ref[0].id:
        return by_ref[0]  # whatever else there is, and however it can be read
    unread = [run for run in by_ref if not run.sessions]
    if not unread or matches(project.keys, text, home=project.workspace.home):
        try:
            unread.append(project.resolve_exactly(text))
        except UnknownRun:
            if unread or not in_trash:
                raise
            return _find_in_trash(project, text)
    if len(unread) > 1:
        told = ", ".join(told_run(run) for run in unread[:SHOWN])
        raise AmbiguousRun(f"{text!r} may mean {told}", hint="give more digits of the id")
    return unread[0]


def _find_in_trash(project: Opened, text: str) -> Run:
    fitting = {one.run: one for one in list_trash(project.repository)}
    found = [one for run, one in fitting.items() if len(text) > 3 and run.startswith(text)]
    if len(found) != 1:
        return project.resolve_exactly(text)  # which says that there is none
    return trashed_run(project.repository, found[0])


def _say_where_else(purged: Purged) -> None:
    click.echo("its objects may be in this repository until: git gc --prune=now")
    for digest in purged.lfs_objects:
        click.echo(f"a large file is still in the LFS folder: {digest}")
    if purged.remotes:
        click.echo(f"if it was pushed, it is still on: {', '.join(purged.remotes)}")
    click.echo("whoever has fetched it has it, too: a secret that was in it must be changed")


def _fields(run: Run) -> dict[str, Any]:
    """Return the row of a run; of one whose record cannot be read, what its ref tells."""
    return run_row(run) if run.sessions else {"run": run.id, "experiment": run.experiment}
