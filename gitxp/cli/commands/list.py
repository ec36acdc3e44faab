"""`git xp list`: the runs, by what varies between them and what came out."""

from __future__ import annotations

import sys

import click

from gitxp.cli import options
from gitxp.cli.absent import tell_absent_baselines
from gitxp.cli.exits import GITXP_FAILED
from gitxp.cli.measure import named_baseline
from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_rows
from gitxp.cli.stands import with_row_stands
from gitxp.query.row_comparison import RowComparison
from gitxp.ui.run_table import run_table
from gitxp.ui.screen import screen_of


@click.command("list")
@takes_selection()
@options.remote
@options.baseline
@options.as_json("Every field, as an array of objects.")
def command(
    selection: Selection,
    remote: str | None,
    against: str | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """List runs, the newest first.

    Shown are the params that vary and the last values of the metrics that most runs have, those
    with a goal in the settings before others. An arrow says which way a metric is better, with a
    ? where only its name does. A COLUMN is a field of --json, such as started,
    params.lr, metrics.loss or metrics.loss:min; runs without a value there come last. A FILTER
    says which runs are meant, such as 'params.lr > 0.01 and status == "finished"'.

    Where runs have a baseline, the last column tells how the first metric differs from it, one run
    from the other; whether that is more than noise git xp log, show and groups tell, over seeds.
    With --baseline and --json each object also holds the difference for every such metric, and what
    the seeds say of it.

    With --remote they are those that a remote had when it was last fetched from, as they stood
    there. In the other commands one of them is origin/RUN.

    A record that could not be read is named, the others are listed, and the exit status is 128.
    """
    project = open_project(remote=remote)
    rows = selected_rows(project.found.rows, selection)
    goals = project.workspace.settings.goals
    against = named_baseline(project, against, (key.experiment for key in rows.keys))
    named = project.named([] if against is None else [against])
    comparison = RowComparison(named.rows, *(key.id for key in named.keys))
    if as_json:
        told = list(rows.dicts() if against is None else comparison.fields(rows, goals))
        print_json(told if against is None else with_row_stands(named.rows, told, goals))
    elif len(rows):
        table = run_table(rows, screen_of(sys.stdout), goals, comparison)
        show_lines(project.repository, table)
        if against is None:
            tell_absent_baselines(project, rows)
    elif not len(project.found.rows):
        project.tell_no_runs()
    elif selection.where is not None:
        say("no run fits")
    project.tell_problems()
    return GITXP_FAILED if project.found.problems else 0
