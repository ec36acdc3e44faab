"""`git xp list`: the runs, by what varies between them and what came out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from gitxp.cli import options
from gitxp.cli.absent import tell_absent_baselines
from gitxp.cli.measure import named_baseline
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import named_rows, status_of
from gitxp.cli.stands import with_row_stands
from gitxp.query.order import known_columns
from gitxp.query.row_comparison import RowComparison
from gitxp.query.run_rows import RunRows
from gitxp.ui.run_table import run_table
from gitxp.ui.screen import screen_of

if TYPE_CHECKING:
    from gitxp.comparison.groups.sections import Sections


@click.command("list")
@takes_selection()
@options.remote
@options.baseline
@options.columns("Only this column, or by glob params.*; repeatable.")
@click.option(
    "--by", multiple=True, metavar="COLUMN", help="In sections, one a value of it; repeatable."
)
@options.as_json("Every field, as an array of objects.")
def command(
    selection: Selection,
    remote: str | None,
    against: str | None,
    columns: tuple[str, ...],
    by: tuple[str, ...],
    as_json: bool,  # noqa: FBT001
) -> int:
    """List runs, the newest first.

    Shown are the params that vary, the first six of those that most runs have, and the last values
    of the metrics that most runs have, those with a goal in the settings before others. An arrow
    says which way a metric is better, with a ? where only its name does. A COLUMN is a field of
    --json, such as started, params.lr, metrics.loss or metrics.loss:min; runs without a value there
    come last. A FILTER says which runs are meant, such as 'params.lr > 0.01 and
    status == "finished"'.

    Where runs have a baseline, the last column tells how the first metric differs from it, one run
    from the other; whether that is more than noise git xp log, show and groups tell, over seeds.
    With --baseline and --json each object also holds the difference for every such metric, and what
    the seeds say of it.

    With -c the columns are those that are asked for, in that order, behind the id, also in --json.

    With --by runs that have the same in a column stand in a section of their own, those without it
    last; params, data and tags stand for all of theirs, as in git xp groups. Of --json it changes
    the order alone.

    With --remote they are those that a remote had when it was last fetched from, as they stood
    there. In the other commands one of them is origin/RUN.

    A record that could not be read is named, the others are listed, and the exit status is 128.
    """
    if columns and against is not None:
        raise click.UsageError("--baseline does not go with -c, which says what is shown")
    project = open_project(remote=remote)
    rows = named_rows(project, selection, ())
    names = known_columns(rows, columns) if columns else None
    against = named_baseline(project, against, (key.experiment for key in rows.keys))
    comparison = _comparison(project, against)
    sections = _sections(rows, by) if by else None
    rows = rows if sections is None else sections.rows
    if as_json:
        print_json(_fields(project, rows, names, comparison))
    elif len(rows):
        show_lines(project.repository, _lines(project, rows, names, comparison, sections))
        if against is None and names is None:
            tell_absent_baselines(project, rows)
    elif not len(project.found.rows):
        project.tell_no_runs()
    elif selection.where is not None:
        say("no run fits")
    return status_of(project, selection, ())


def _comparison(project: Opened, against: str | None) -> RowComparison:
    named = project.named([] if against is None else [against])
    return RowComparison(named.rows, *(key.id for key in named.keys))


def _fields(
    project: Opened, rows: RunRows, names: Sequence[str] | None, comparison: RowComparison
) -> list[dict[str, Any]]:
    """Return what is told of each run: some columns, or all and how it compares."""
    if names is not None:
        return list(rows.dicts(["run", *names]))
    if comparison.against is None:
        return list(rows.dicts())
    goals = project.workspace.settings.goals
    return with_row_stands(comparison.known, list(comparison.fields(rows, goals)), goals)


def _sections(rows: RunRows, by: Sequence[str]) -> Sections:
    from gitxp.comparison.groups.sections import find_sections  # for nothing in a plain list

    return find_sections(rows, by)


def _lines(
    project: Opened,
    rows: RunRows,
    names: Sequence[str] | None,
    comparison: RowComparison,
    sections: Sections | None,
) -> Iterator[str]:
    screen, goals = screen_of(sys.stdout), project.workspace.settings.goals
    if names is None:
        told = () if sections is None else sections.columns
        lines = run_table(rows, screen, goals, comparison, without=told)
    else:
        from gitxp.ui.column_table import column_table

        lines = column_table(rows, names, screen, goals)
    if sections is None:
        return lines
    from gitxp.ui.sections import in_sections

    return in_sections(lines, sections, screen)
