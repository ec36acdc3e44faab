"""`git xp convergence`: how fast runs learnt."""

from __future__ import annotations

import sys
from typing import Any

import click

from gitxp.cli import options
from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import some_rows, status_of
from gitxp.model.goal import MetricGoal
from gitxp.ui.format import cell
from gitxp.ui.screen import screen_of


@click.command("convergence")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@options.remote
@click.option("-m", "--metric", required=True, help="What gets better.")
@click.option("--to", required=True, metavar="VALUE|SHARE%", help="What is to be reached.")
@click.option(
    "--hold",
    type=click.IntRange(min=1),
    default=1,
    metavar="POINTS",
    help="At how many points in a row; one where not given.",
)
@click.option(
    "--goal", type=click.Choice(["max", "min"]), help="Which way is better, if nothing says it."
)
@options.as_json("As an array of objects.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    remote: str | None,
    metric: str,
    to: str,
    hold: int,
    goal: Any,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Show when each RUN first reached a value of a metric and held it.

    The value is a threshold, such as 0.95, or a share of the way from a run's first value to its
    best, such as 95%. It is held where the next points, as many as POINTS, reach it as well.
    Beside the step and the time since the run began there are the best value with its step, the
    last one, and the area under the curve, divided by its length. A share is of what each run
    gained itself, be that little: beside it stands the value that it comes to. Where a run did
    not finish there is the status of each.

    The quickest run comes first, unless RUN or --sort say the order. Runs that never reached the
    value have no step, nor have, of a share, those that never got better than at first. Runs
    without the metric are left out, but not of --json.

    Of several runs one that could not be read is named, the others are shown, and the exit status
    is 128.
    """
    from gitxp.comparison.curves.convergence import (
        convergence_fields,
        find_convergence,
        parse_target,
        quickest_first,
    )
    from gitxp.comparison.curves.direction import goal_of
    from gitxp.query.metric_names import one_metric
    from gitxp.ui.convergence_table import convergence_lines

    target = parse_target(to)
    project = open_project(remote=remote)
    rows = some_rows(project, selection, runs)
    name = one_metric(rows, metric)
    known: MetricGoal = goal_of(name, goal, project.workspace.settings.goals)
    found = find_convergence(
        project.repository,
        rows,
        name,
        target,
        pass_over=project.unread.append,
        goal=known.goal,
        hold=hold,
    )
    status = status_of(project, selection, runs)
    if not runs and selection.sort is None:
        found = quickest_first(found)
    if as_json:
        print_json([convergence_fields(one, name, known.goal) for one in found])
        return status
    shown = [one for one in found if one.points]
    if len(shown) < len(found):
        lacking = len(found) - len(shown)
        say(f"note: {lacking} of {len(found)} runs without metric {cell(name)!r}")
    screen = screen_of(sys.stdout)
    show_lines(project.repository, convergence_lines(shown, name, known, target, hold, screen))
    return status
