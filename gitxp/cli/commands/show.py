"""`git xp show`: everything that is recorded of one run."""

from __future__ import annotations

import sys

import click

from gitxp.cli import options
from gitxp.cli.measure import named_baseline
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json
from gitxp.cli.pager import show_lines
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_run, status_of
from gitxp.cli.stands import find_stands, with_stands
from gitxp.model.run import Run
from gitxp.query.outcome import outcomes_of
from gitxp.query.record import run_record
from gitxp.ui.run_page import run_lines
from gitxp.ui.screen import screen_of


@click.command("show")
@click.argument("run", required=False)
@takes_selection()
@options.baseline
@options.as_json("Everything, as one object.")
def command(
    run: str | None,
    selection: Selection,
    against: str | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Show everything that is recorded of RUN, by default the newest of this clone.

    Beside each metric stands how it differs from the run's baseline, where that is here; with
    several seeds of both also how the means of the runs differ that repeat the two, and by Welch's
    test whether that is within the noise.

    With --json every field of git xp list --json, and nested what has no place in a row:
    sessions, params, metrics, tags, seeds, datasets, artifacts, environment, and outcomes.
    """
    project = open_project()
    found = selected_run(project, selection, run)
    goals = project.workspace.settings.goals
    baseline = _baseline(project, found, against)
    stands = find_stands(project, [(found, baseline, outcomes_of(found, baseline, goals))])
    if as_json:
        fields = run_record(found, goals, baseline)
        against = None if baseline is None else baseline.id
        print_json(with_stands(fields, found.id, against, stands))
    else:
        lines = run_lines(found, screen_of(sys.stdout), goals, baseline, stands)
        show_lines(project.repository, lines)
    return status_of(project, selection)


def _baseline(project: Opened, run: Run, against: str | None) -> Run | None:
    """Return the run to compare with; None where there is none, or it is not here."""
    measure = named_baseline(project, against, [run.experiment])
    if measure is not None:
        return project.resolve(measure)
    if run.baseline is None:
        return None
    return next(iter(project.read_all([run.baseline])), None)
