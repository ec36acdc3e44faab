"""`git xp verdict`: what runs were to show is judged."""

from __future__ import annotations

import click

from gitxp.cli import options
from gitxp.cli.editor import message
from gitxp.cli.opening import open_project
from gitxp.cli.say import say_and_tell
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_runs, status_of
from gitxp.cli.told import told_runs
from gitxp.model.event import Judging
from gitxp.model.run import Verdict


@click.command("verdict")
@click.argument(
    "verdict", type=click.Choice([one.value for one in Verdict]), metavar="|".join(Verdict)
)
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@options.message
@options.quiet
@options.as_json("What was said, as git xp undo --list --json shows it.")
def command(
    verdict: str,
    runs: tuple[str, ...],
    selection: Selection,
    paragraphs: tuple[str, ...],
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Judge what each RUN was to show, by default the newest of this clone; -m says why.

    The latest verdict on a run is the one in force; those before it stay in its record.
    """
    project = open_project(quiet=quiet, changes_runs=True)
    chosen = selected_runs(project, selection, runs)
    text = message(project.repository, paragraphs, about="") if paragraphs else ""
    say_and_tell(
        project,
        chosen,
        Judging(Verdict(verdict), text),
        f"judged {told_runs(chosen)}: {verdict}",
        words=["verdict", verdict],
        named=runs,
        selection=selection,
        quiet=quiet,
        as_json=as_json,
    )
    return status_of(project, selection)
