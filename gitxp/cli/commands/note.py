"""`git xp note`: something is noted of runs."""

from __future__ import annotations

import click

from gitxp.cli import options
from gitxp.cli.editor import message
from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.opening import open_project
from gitxp.cli.output import say
from gitxp.cli.say import say_and_tell
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_runs, status_of
from gitxp.cli.told import told_runs
from gitxp.model.event import Noting


@click.command("note")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@options.message
@options.quiet
@options.as_json("What was said, as git xp undo --list --json shows it.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    paragraphs: tuple[str, ...],
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Note something of each RUN, by default of the newest of this clone, running or not.

    Without -m the editor is opened that git commit would open. An empty note is none: nothing is
    said then, and the exit status is 1.
    """
    project = open_project(quiet=quiet, changes_runs=True)
    chosen = selected_runs(project, selection, runs)
    told = told_runs(chosen)
    text = message(project.repository, paragraphs, about=f"A note of {told}.")
    if not text:
        say("nothing was said: the note is empty")
        return ANSWER_IS_NO
    say_and_tell(
        project,
        chosen,
        Noting(text),
        f"noted of {told}",
        words=["note"],
        named=runs,
        selection=selection,
        quiet=quiet,
        as_json=as_json,
    )
    return status_of(project, selection)
