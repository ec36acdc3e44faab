"""`git xp compare`: all that sets runs apart, in one view."""

from __future__ import annotations

import sys

import click

from gitxp.cli import options
from gitxp.cli.absent import tell_absent_baselines
from gitxp.cli.measure import named_baseline
from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import named_rows, some_rows, status_of
from gitxp.comparison.differences.baselines import measured_against, stands_over_seeds
from gitxp.comparison.differences.compare import check_count, compare_runs
from gitxp.query.run_rows import RunRows
from gitxp.ui.comparison import comparison_lines
from gitxp.ui.screen import screen_of


@click.command("compare")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@options.remote
@click.option("--all", "keeps_same", is_flag=True, help="Also what all of them have the same.")
@options.baseline
@options.as_json("As one object: runs, sections, and what is the same.")
@click.option("--html", "as_html", is_flag=True, help="As a page that opens offline.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    remote: str | None,
    keeps_same: bool,  # noqa: FBT001
    against: str | None,
    as_json: bool,  # noqa: FBT001
    as_html: bool,  # noqa: FBT001
) -> int:
    """Show all that sets runs apart, two of them or twenty, the most telling first.

    That is how they ended, metrics, params, seeds, data, code, packages, environment, hardware,
    the command, what was said of them, and files. Others are measured against the first: metrics
    as a difference, code by the lines that Git's own diff counts. Equal trees are equal code; the
    lines themselves are shown by git xp diff. Where runs have a baseline, each metric's
    difference from that is shown, too, unless it is that from the first, or the other way round.

    With several seeds on both sides, the runs that differ in nothing but seeds are compared as
    well: beside the difference of the two runs stands, over seeds, that of the means, and whether
    it is within the noise, by Welch's test, corrected for all that is shown; --json has its
    figures.

    Where the terminal is too narrow for a column a run, there is a line a run. A section shows at
    most 50 rows, with --all every one. More than 100 runs are refused.

    A record that could not be read is named, the others are compared, and the exit status is 128;
    without the first run, or any other, nothing is compared.
    """
    form = options.only_one_of(json=as_json, html=as_html)
    if len(runs) < 2 and not selection.is_given:
        raise click.UsageError("expected two runs or more, or options that choose some")
    project = open_project(remote=remote)
    rows = (some_rows if selection.is_given else named_rows)(project, selection, runs)
    check_count(len(rows))
    compared = project.read_compared(rows.keys)
    against = named_baseline(project, against, (run.experiment for run in compared))
    other = None if against is None else project.resolve(against)
    baselines = measured_against(compared, other, project.read_all)
    settings = project.workspace.settings
    found = compare_runs(
        project.repository,
        compared,
        settings,
        keeps_same=keeps_same,
        baselines=baselines,
        stands=stands_over_seeds(compared, baselines, lambda: project.found.rows, settings.goals),
    )
    project.tell_problems(project.unread)
    if against is None:
        tell_absent_baselines(project, rows)
    if len(rows) == 1:
        say("note: this is one run, which differs from none")
    if form == "json":
        from gitxp.comparison.differences.fields import comparison_fields

        print_json(comparison_fields(found))
    elif form == "html":
        from gitxp.comparison.differences.html_table import comparison_page

        click.echo(comparison_page(found), nl=False)
    else:
        lines = comparison_lines(
            found, screen_of(sys.stdout), is_whole=keeps_same, is_here=remote is None
        )
        show_lines(project.repository, lines)
        _tell_repeated(rows)
    return status_of(project, selection)


def _tell_repeated(rows: RunRows) -> None:
    """Name what tells of many runs at once, where some differ by seeds: which is a group."""
    if len(rows) <= 2:  # which are looked at one by one
        return
    from gitxp.comparison.groups.repetitions import count_repeated

    count = count_repeated(rows)
    if count:
        told = f"{count} of these runs repeat others with other seeds"
        say(f"note: {told}; how far they spread, and what is noise: git xp groups")
