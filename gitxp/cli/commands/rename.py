"""`git xp rename`: a run is called something else."""

from __future__ import annotations

import click

from gitxp.cli import options
from gitxp.cli.opening import open_project
from gitxp.cli.say import say_and_tell
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_run, status_of
from gitxp.cli.told import told_run
from gitxp.model.event import Renaming
from gitxp.ui.format import cell


@click.command("rename")
@click.argument("words", nargs=-1, required=True, metavar="[RUN] NAME")
@takes_selection()
@options.quiet
@options.as_json("What was said, as git xp undo --list --json shows it.")
def command(
    words: tuple[str, ...],
    selection: Selection,
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Call RUN, by default the newest of this clone, by another NAME.

    Where several fit --where and the like none is renamed.

    Its id and its experiment stay. A script that resumes it by its first name still finds it.
    """
    if len(words) > 2:
        raise click.UsageError("expected one run at most, and its new name")
    *runs, name = words
    project = open_project(quiet=quiet, changes_runs=True)
    run = selected_run(project, selection, next(iter(runs), None), is_changed=True)
    # The log of operations, and the terminal, are no place for a secret either.
    shown = project.workspace.limits.redactor.text(name)
    say_and_tell(
        project,
        [run],
        Renaming(name),
        f"renamed run {told_run(run)} to {cell(shown)}",
        words=["rename", run.id.short, shown],
        named=(),
        quiet=quiet,
        as_json=as_json,
    )
    return status_of(project, selection)
