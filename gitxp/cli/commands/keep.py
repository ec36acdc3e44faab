"""`git xp keep`: runs that no command is to remove."""

from __future__ import annotations

import click

from gitxp.cli import options
from gitxp.cli.opening import open_project
from gitxp.cli.say import say_and_tell
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_runs, status_of
from gitxp.cli.told import told_runs
from gitxp.model.event import Keeping, Unkeeping


@click.command("keep")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@click.option("--off", is_flag=True, help="They may be removed again.")
@options.quiet
@options.as_json("What was said, as git xp undo --list --json shows it.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    off: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Keep each RUN, by default the newest of this clone: git xp remove refuses it."""
    project = open_project(quiet=quiet, changes_runs=True)
    chosen = selected_runs(project, selection, runs)
    told = told_runs(chosen)
    say_and_tell(
        project,
        chosen,
        Unkeeping() if off else Keeping(),
        f"no longer kept: {told}" if off else f"kept {told}",
        words=["keep", "--off"] if off else ["keep"],
        named=runs,
        selection=selection,
        quiet=quiet,
        as_json=as_json,
    )
    return status_of(project, selection)
