"""`git xp remove`: runs go to the trash."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from gitxp.cli import options
from gitxp.cli.confirm import confirm
from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.opening import open_project
from gitxp.model.run import Run
from gitxp.ui.format import cell
from gitxp.upkeep.remove import remove_runs

_SHOWN = 5


@click.command("remove")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@options.dry_run
@options.yes
@options.quiet
def command(runs: tuple[str, ...], dry_run: bool, yes: bool, quiet: bool) -> int:  # noqa: FBT001
    """Move runs to the trash; git xp undo brings them back.

    A name that several runs have is refused. Without a terminal to ask on, --yes is needed.
    """
    project = open_project(quiet=quiet)
    chosen = list({run.id: run for run in map(project.resolve_exactly, runs)}.values())
    if dry_run:
        for run in chosen:
            click.echo(f"would move to the trash: {_told(run)}")
        return 0
    said = f"git xp remove {shlex.join(runs)}"
    if not yes and not confirm(f"Move {_all_told(chosen)} to the trash?", command=f"{said} --yes"):
        return ANSWER_IS_NO
    operation = remove_runs(project.repository, chosen, command=said)
    if not quiet:
        click.echo(f"moved {_all_told(chosen)} to the trash; undo: git xp undo {operation.id}")
    return 0


def _told(run: Run) -> str:
    return f"{run.id.short} {run.experiment} {cell(run.name)}".rstrip()


def _all_told(runs: Sequence[Run]) -> str:
    if len(runs) == 1:
        return f"run {_told(runs[0])}"
    shown = ", ".join(run.id.short for run in runs[:_SHOWN])
    return f"{len(runs)} runs ({shown}{', …' if len(runs) > _SHOWN else ''})"
