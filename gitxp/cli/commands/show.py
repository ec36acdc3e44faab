"""`git xp show`: everything that is recorded of one run."""

from __future__ import annotations

import sys

import click

from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json
from gitxp.cli.pager import show_lines
from gitxp.cli.selection import Selection, selected_run, takes_selection
from gitxp.query.record import run_record
from gitxp.ui.run_page import run_lines
from gitxp.ui.screen import screen_of


@click.command("show")
@click.argument("run", required=False)
@takes_selection()
@click.option("--json", "as_json", is_flag=True, help="Everything, as one object.")
def command(run: str | None, selection: Selection, as_json: bool) -> None:  # noqa: FBT001
    """Show everything that is recorded of RUN, by default the newest of this clone.

    With --json every field of git xp list --json, and nested what has no place in a row:
    sessions, params, metrics, tags, seeds, datasets, artifacts, environment.
    """
    project = open_project()
    found = selected_run(project, selection, run)
    goals = project.workspace.settings.goals
    if as_json:
        print_json(run_record(found, goals))
    else:
        show_lines(project.repository, run_lines(found, screen_of(sys.stdout), goals))
