"""`git xp remove`: runs go to the trash."""

from __future__ import annotations

import sys

import click

from gitxp.cli.opening import open_project
from gitxp.errors import ConfirmationNeeded
from gitxp.ui.format import safe
from gitxp.upkeep.remove import remove_runs


@click.command("remove")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(runs: tuple[str, ...], dry_run: bool, yes: bool) -> None:  # noqa: FBT001
    """Move runs to the trash; a name that several runs have is refused."""
    project = open_project()
    chosen = {run.id: run for run in map(project.resolve_exactly, runs)}
    for run in chosen.values():
        verb = "would remove" if dry_run else "remove"
        click.echo(f"{verb} {run.id.short} {run.experiment} {safe(run.name)}".rstrip())
    if dry_run:
        return
    if not yes:
        _ask(len(chosen))
    operation = remove_runs(
        project.repository, list(chosen.values()), command=f"git xp remove {' '.join(runs)}"
    )
    click.echo(f"moved {len(chosen)} to the trash; undo: git xp undo {operation.id}")


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise ConfirmationNeeded(
            "there is no terminal to ask for confirmation", hint="git xp remove --yes RUN..."
        )
    click.confirm(f"Move {count} to the trash?", abort=True)
