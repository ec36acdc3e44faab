"""`git xp list`: the runs, by what varies between them and what came out."""

from __future__ import annotations

import sys

import click

from gitxp.cli import options
from gitxp.cli.exits import GITXP_FAILED
from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.query.order import sort_rows
from gitxp.ui.run_table import run_table
from gitxp.ui.screen import screen_of


@click.command("list")
@click.option("-e", "--experiment", help="Only this experiment and those below it.")
@options.where
@click.option("--sort", metavar="COLUMN", help="By this column; -COLUMN: the largest first.")
@click.option("-n", "--limit", type=click.IntRange(min=0), help="At most this many runs.")
@click.option("--json", "as_json", is_flag=True, help="Every field, as an array of objects.")
def command(
    experiment: str | None,
    where: str | None,
    sort: str | None,
    limit: int | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """List runs, the newest first.

    Shown are the params that vary and the last values of the metrics that most runs have, those
    with a goal in the settings before others. An arrow says which way a metric is better, with a
    ? where only its name does. A COLUMN is a field of --json, such as started,
    params.lr, metrics.loss or metrics.loss:min; runs without a value there come last. A FILTER
    says which runs are meant, such as 'params.lr > 0.01 and status == "finished"'.

    A record that could not be read is named, the others are listed, and the exit status is 128.
    """
    project = open_project()
    rows = project.rows_of(experiment)
    if where is not None:
        from gitxp.query.where import rows_where  # NumPy, for nothing where all are asked for

        rows = rows_where(rows, where)
    if sort is not None and len(rows):
        rows = sort_rows(rows, sort)
    rows = rows.head(limit)
    if as_json:
        print_json(list(rows.dicts()))
    elif len(rows):
        goals = project.workspace.settings.goals
        show_lines(project.repository, run_table(rows, screen_of(sys.stdout), goals))
    elif not len(project.found.rows):
        say("no runs yet; record one with: git xp run -- python train.py")
    elif where is not None:
        say("no run fits")
    project.tell_problems()
    return GITXP_FAILED if project.found.problems else 0
