"""`git xp undo`: a command is taken back."""

from __future__ import annotations

from typing import Final

import click

from gitxp.cli import options
from gitxp.cli.operation import operation_fields
from gitxp.cli.output import print_json
from gitxp.storage.operations import Operation, RefChange
from gitxp.storage.refs import parse_about_ref, parse_run_ref
from gitxp.storage.repository import open_repository
from gitxp.ui.format import cell
from gitxp.upkeep.undo import command_meant, commands_to_undo, undo

_REMOVAL: Final = "git xp remove"


@click.command("undo")
@click.argument("operation", required=False)
@click.option("--list", "as_list", is_flag=True, help="List what can be taken back.")
@options.dry_run
@options.quiet
@options.as_json("What is listed, or taken back, and each ref of it before and after.")
def command(
    operation: str | None,
    as_list: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Take back OPERATION, by default the newest command that changed anything.

    Runs that scripts record are no commands; take one away with git xp remove.
    """
    repository = open_repository()
    if as_list:
        listed = commands_to_undo(repository)
        if as_json:
            print_json([operation_fields(one) for one in listed])
            return
        for one in listed:
            click.echo(f"{one.id}  {one.time:%Y-%m-%d %H:%M:%S}  {cell(one.command)}")
        return
    done = command_meant(repository, operation) if dry_run else undo(repository, operation)
    if as_json:
        print_json(operation_fields(done))
    elif dry_run:
        _tell(done)
    elif not quiet:
        click.echo(f"took back {done.id}: {cell(done.command)}{_undo_again(done)}")


def _undo_again(undone: Operation) -> str:
    """Return what to type to have it the other way again: by ids, for names move on."""
    returned = [
        run.run.short
        for change in undone.changes
        if change.after is None and (run := parse_run_ref(change.ref)) is not None
    ]
    is_removal = undone.command.startswith(_REMOVAL)
    return f"; undo: {_REMOVAL} {' '.join(returned)}" if is_removal and returned else ""


def _tell(operation: Operation) -> None:
    click.echo(f"would take back {operation.id}: {cell(operation.command)}")
    spoken_of = {one.ref for one in operation.said}
    for ref in sorted(spoken_of):
        click.echo(f"  take back what it said of {ref}")
    for change in operation.changes:
        if change.ref not in spoken_of and parse_about_ref(change.ref) is None:
            click.echo(f"  {_taken_back(change)} {change.ref}")


def _taken_back(change: RefChange) -> str:
    if change.before is None:
        return "delete"
    return "bring back" if change.after is None else "move back"
