"""`git xp groups`: how a metric spreads over runs that differ by seeds alone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gitxp.cli import options
from gitxp.cli.measure import named_baseline
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import named_rows, status_of
from gitxp.query.each_once import each_once
from gitxp.statistics.methods import INTERVAL_METHODS, IntervalMethod

if TYPE_CHECKING:
    from gitxp.comparison.groups.spread import Settled, Spread
    from gitxp.query.run_rows import RunRows


@click.command("groups")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@options.remote
@click.option("-m", "--metric", help="This metric, such as val/accuracy or val/accuracy:max.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Group by this column; repeatable.")
@options.against("Compare each group with that of this run, or of the baseline in force.")
@click.option(
    "--interval",
    type=click.Choice(INTERVAL_METHODS),
    default="t",
    help="Student's t, or by the bootstrap; t where not given.",
)
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    help="That of intervals and tests; 0.95 where not given.",
)
@click.option("--unfinished", is_flag=True, help="Count runs that go on or did not end well, too.")
@options.as_json("What was found, as an object with an array of groups.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    remote: str | None,
    metric: str | None,
    by: tuple[str, ...],
    against: str | None,
    interval: IntervalMethod,
    confidence: float,
    unfinished: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Show how a metric spreads over groups of runs: of each RUN, or of all.

    Runs are in one group that differ in nothing but seeds: their experiment, their params, the
    versions of their data and their code are the same. --by groups them by other columns, such as
    params.lr, tags.model or code_tree; params, data and tags stand for all of theirs. A param whose
    name ends in seed, seeds or random_state is a seed.

    Shown are how many finished runs a group has, mean and standard deviation of the metric, and
    where the mean lies by Student's t; without --metric of the metric that git xp list shows
    first. With --baseline each group is better, worse, or within the noise, which one run alone
    cannot tell: by Welch's p, corrected for all groups that are shown. Beside it stand p as it is,
    that of a permutation test, and the effect g.
    The table has the first 100 groups, and says so where there are more.
    """
    from gitxp.comparison.groups.spread import Settled

    project = open_project(remote=remote)
    settled = Settled(interval, confidence, only_finished=not unfinished)
    named = named_rows(project, selection, runs)
    rows = each_once(named)
    if twice := len(named) - len(rows):
        told = "1 run is" if twice == 1 else f"{twice} runs are"
        say(f"note: {told} named as it stands here and as it was fetched: the latter counts")
    if len(rows):
        spread = _spread(project, rows, metric, by, against, settled)
        _show(project, spread, as_json=as_json)
    elif as_json:
        print_json({"groups": []})
    elif not len(project.found.rows):
        project.tell_no_runs()
    else:
        say("no run fits")
    if against is not None:  # whose group may be of any run
        return status_of(project, Selection(), ())
    return status_of(project, selection, runs)


def _spread(
    project: Opened,
    rows: RunRows,
    metric: str | None,
    by: tuple[str, ...],
    against: str | None,
    settled: Settled,
) -> Spread:
    from gitxp.comparison.groups.spread import against_group, spread_of

    goals = project.workspace.settings.goals
    spread = spread_of(rows, metric, goals, by=by or None, settled=settled)
    against = named_baseline(project, against, (key.experiment for key in rows.keys))
    if against is None:
        return spread
    named = project.named([against])
    return against_group(spread, named.keys[0].id, each_once(named.rows), by or None)


def _show(project: Opened, spread: Spread, *, as_json: bool) -> None:
    from gitxp.comparison.groups.group_frame import spread_fields
    from gitxp.ui.group_table import group_table
    from gitxp.ui.screen import screen_of

    if as_json:
        print_json(spread_fields(spread))
    else:
        goals = project.workspace.settings.goals
        show_lines(project.repository, group_table(spread, screen_of(sys.stdout), goals))
