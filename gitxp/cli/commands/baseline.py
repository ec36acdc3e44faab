"""`git xp baseline`: the run against which others of an experiment are measured."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from gitxp.cli import options
from gitxp.cli.exits import GITXP_FAILED
from gitxp.cli.group import Verbs
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.cli.say import tell
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_run, status_of
from gitxp.cli.told import told_run
from gitxp.errors import UnknownExperiment
from gitxp.model.goal import Goal, goal_fields
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run, Status
from gitxp.query.abouts import Baseline, baseline_fields
from gitxp.query.headlines import headlines
from gitxp.query.nearest import nearest_hint
from gitxp.query.outcome import outcome_of
from gitxp.storage.refs import parse_run_ref
from gitxp.tracking.say import choose_baseline
from gitxp.ui.baselines import baseline_lines
from gitxp.ui.format import cell, number
from gitxp.ui.screen import screen_of


@click.group("baseline", cls=Verbs)
def command() -> None:
    """Choose the run against which others are measured."""


@command.command("set", short_help="Measure an experiment's runs against a run.")
@click.argument("run", required=False)
@takes_selection(by_experiment=False)
@click.option("-e", "--experiment", help="Whose baseline it is; by default the run's own.")
@options.quiet
@options.as_json("What was said, as git xp undo --list --json shows it.")
def set_command(
    run: str | None,
    selection: Selection,
    experiment: str | None,
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Measure runs of RUN's experiment against it that start from now on.

    --where, --sort and --limit say which run is meant, too; where several fit none is taken.
    --experiment does not: it says whose baseline the run becomes. To choose among the runs of an
    experiment: --where 'experiment == "lr"'.

    Each keeps the baseline that was in force at its start, and list, log and show tell how it
    differs from that. Experiments below have baselines of their own. What was chosen is shared
    with the experiment; of two choices the later one counts. A run that did not finish, or whose
    first metric is not finite, is taken with a note.
    """
    if run is None and not selection.is_given:
        raise click.UsageError("expected a RUN, or which one by --where, --sort and --limit")
    project = open_project(quiet=quiet, changes_runs=True)
    found = selected_run(project, selection, run, is_changed=True)
    name = found.experiment if experiment is None else ExperimentName.slug(experiment)
    known = _baselines(project).get(name)
    if known is not None and known.run == found.id:
        say("nothing was said: it is the baseline already")
        return status_of(project, selection)
    if name not in _experiments(project):
        say(f"note: the experiment {name} has no run yet")
    if flaws := _flaws(found, project.workspace.settings.goals):
        say(f"note: run {found.id.short} {' and '.join(flaws)}: git xp gate takes no such run")
    chosen = found.id.short if run is None else run
    words = [chosen, *([] if experiment is None else ["--experiment", experiment])]
    line = f"git xp baseline set {shlex.join(words)}"
    said = choose_baseline(project.workspace, name, found.id, command=line)
    told = f"runs of {name} are measured against run {told_run(found)}"
    tell(said, told, quiet=quiet, as_json=as_json)
    return status_of(project, selection)


@command.command("clear", short_help="Measure an experiment's runs against none.")
@click.argument("experiment", required=False)
@options.quiet
@options.as_json("What was said, as git xp undo --list --json shows it.")
def clear_command(
    experiment: str | None,
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Measure runs of EXPERIMENT that start from now on against none.

    It may be left out where only one experiment has a baseline. Runs keep the one they have.
    """
    project = open_project(quiet=quiet)
    standing = {name: one for name, one in _baselines(project).items() if one.run is not None}
    if experiment is None and len(standing) > 1:
        names = ", ".join(standing)
        raise click.UsageError(f"several experiments have a baseline: expected one of {names}")
    wanted = next(iter(standing), None) if experiment is None else _known(project, experiment)
    if wanted is None or wanted not in standing:
        lacks = "no experiment has a baseline" if wanted is None else f"{wanted} has no baseline"
        say(f"nothing was said: {lacks}")
        return
    line = f"git xp baseline clear {wanted}"
    said = choose_baseline(project.workspace, wanted, None, command=line)
    tell(said, f"runs of {wanted} are measured against none", quiet=quiet, as_json=as_json)


@command.command("show", short_help="Show baselines, their results and their history.")
@click.argument("experiment", required=False)
@options.as_json("Every baseline, as an array of objects.")
def show_command(experiment: str | None, as_json: bool) -> int:  # noqa: FBT001
    """Show the baseline of EXPERIMENT, or of all, its results, and who chose what before.

    A record that could not be read is named, the others are shown, and the exit status is 128.
    """
    project = open_project()
    found = _baselines(project)
    if experiment is not None:
        name = _known(project, experiment)
        found = {name: found[name]} if name in found else {}
    ids = {choice.run for one in found.values() for choice in one.choices}
    known = {run.id: run for run in project.read_all([run for run in ids if run])}
    goals = project.workspace.settings.goals
    if as_json:
        print_json([_fields(one, known, goals) for one in found.values()])
    elif found:
        screen = screen_of(sys.stdout)
        lines = baseline_lines([*found.values()], known, screen, goals, datetime.now(UTC))
        show_lines(project.repository, lines)
    elif not project.abouts.problems:  # else it may have one
        whose = "no experiment" if experiment is None else ExperimentName.slug(experiment)
        lacks = "a baseline" if experiment is None else "no baseline"
        say(f"{whose} has {lacks}; choose one with: git xp baseline set RUN")
    project.tell_problems()
    return GITXP_FAILED if project.problems else 0


def _flaws(run: Run, goals: Mapping[str, Goal]) -> list[str]:
    """Return why hardly anything can be said of a difference from a run."""
    flaws = [] if run.status is Status.FINISHED else [f"is {run.status}"]
    for name in headlines(run.metrics, goals)[:1]:
        value = run.metrics[name].last.value
        if not math.isfinite(value):
            flaws.append(f"has {cell(name)} {number(value)}")
    return flaws


def _baselines(project: Opened) -> dict[ExperimentName, Baseline]:
    return {one.experiment: one for one in project.abouts.baselines}


def _experiments(project: Opened) -> set[str]:
    """Return the names of those that have runs, be it such as cannot be read."""
    unread = (parse_run_ref(one.ref) for one in project.found.problems)
    return {key.experiment for key in project.keys} | {one.experiment for one in unread if one}


def _known(project: Opened, typed: str) -> ExperimentName:
    """Return the name of an experiment that has runs, or a baseline."""
    name = ExperimentName.slug(typed)
    known = _experiments(project) | _baselines(project).keys()
    if name in known:
        return name
    raise UnknownExperiment(
        f"there is no experiment {name!r}",
        hint=nearest_hint(name, sorted(known), otherwise="git xp experiment list"),
    )


def _fields(
    baseline: Baseline, known: Mapping[RunId, Run], goals: Mapping[str, Goal]
) -> dict[str, Any]:
    """Return a baseline as an object of JSON, with the run's results where it is here."""
    run = known.get(baseline.run) if baseline.run else None
    results = (
        []
        if run is None
        else [outcome_of(name, run, None, goals) for name in headlines(run.metrics, goals)]
    )
    return {
        **baseline_fields(baseline),
        "name": None if run is None else run.name,
        "is_here": run is not None,
        "metrics": [
            {"metric": one.metric, "value": one.value, **goal_fields(one.goal)} for one in results
        ],
    }
