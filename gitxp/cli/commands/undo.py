"""`git xp undo`: a command is taken back."""

from __future__ import annotations

import click

from gitxp.storage.repository import open_repository
from gitxp.ui.format import safe
from gitxp.upkeep.undo import undo, undoable


@click.command("undo")
@click.argument("operation", required=False)
@click.option("--list", "as_list", is_flag=True, help="List what can be taken back.")
def command(operation: str | None, as_list: bool) -> None:  # noqa: FBT001
    """Take back OPERATION, by default the newest command that changed anything.

    Runs that scripts record are no commands; take one away with git xp remove.
    """
    repository = open_repository()
    if as_list:
        for one in undoable(repository):
            click.echo(f"{one.id}  {one.time:%Y-%m-%d %H:%M:%S}  {safe(one.command)}")
        return
    undone = undo(repository, operation)
    click.echo(f"took back: {safe(undone.command)}")
