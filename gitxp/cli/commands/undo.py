"""`git xp undo`: a command is taken back."""

from __future__ import annotations

import click

from gitxp.cli import options
from gitxp.errors import NothingToUndo
from gitxp.storage.operations import Operation, RefChange
from gitxp.storage.repository import open_repository
from gitxp.ui.format import cell
from gitxp.upkeep.undo import undo, undoable


@click.command("undo")
@click.argument("operation", required=False)
@click.option("--list", "as_list", is_flag=True, help="List what can be taken back.")
@options.dry_run
@options.quiet
def command(
    operation: str | None,
    as_list: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
) -> None:
    """Take back OPERATION, by default the newest command that changed anything.

    Runs that scripts record are no commands; take one away with git xp remove.
    """
    repository = open_repository()
    if as_list:
        for one in undoable(repository):
            click.echo(f"{one.id}  {one.time:%Y-%m-%d %H:%M:%S}  {cell(one.command)}")
    elif dry_run:
        _tell(_chosen(undoable(repository), operation))
    else:
        undone = undo(repository, operation)
        if not quiet:
            told = cell(undone.command)
            click.echo(f"took back {undone.id}: {told}; undo: type that command again")


def _chosen(operations: list[Operation], wanted: str | None) -> Operation:
    for operation in operations:
        if wanted is None or operation.id.startswith(wanted):
            return operation
    raise NothingToUndo("there is nothing of the kind to take back", hint="git xp undo --list")


def _tell(operation: Operation) -> None:
    click.echo(f"would take back {operation.id}: {cell(operation.command)}")
    for change in operation.changes:
        click.echo(f"  {_taken_back(change)} {change.ref}")


def _taken_back(change: RefChange) -> str:
    if change.before is None:
        return "delete"
    return "bring back" if change.after is None else "move back"
