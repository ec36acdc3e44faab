"""`git xp experiment`: the lines of work that there are, and what they are about."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from gitxp.cli import options
from gitxp.cli.editor import message
from gitxp.cli.exits import ANSWER_IS_NO, GITXP_FAILED
from gitxp.cli.group import Verbs
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.cli.say import tell
from gitxp.errors import UnknownExperiment
from gitxp.model.identity import ExperimentName
from gitxp.query.experiments import Experiment, experiment_fields, find_experiments
from gitxp.query.nearest import nearest_hint
from gitxp.tracking.say import describe_experiment
from gitxp.ui.experiment_table import experiment_table
from gitxp.ui.screen import screen_of
from gitxp.ui.table import table_lines


@click.group("experiment", cls=Verbs)
def command() -> None:
    """List experiments, or say what one is about."""


@command.command("list", short_help="List experiments.")
@options.remote
@options.as_json("Every experiment, as an array of objects.")
def list_command(remote: str | None, as_json: bool) -> int:  # noqa: FBT001
    """List experiments, the one that was worked on last first, with what each is about."""
    project = open_project(remote=remote)
    experiments = find_experiments(project.abouts, project.found.rows)
    if as_json:
        print_json([experiment_fields(one) for one in experiments])
    elif experiments:
        table = experiment_table(experiments, datetime.now(UTC))
        show_lines(project.repository, table_lines(table, screen_of(sys.stdout)))
    elif remote is None:
        say("no experiments yet; record a run with: git xp run -- python train.py")
    else:
        project.tell_no_runs()
    project.tell_problems()
    return GITXP_FAILED if project.problems else 0


@command.command("describe", short_help="Say what an experiment is about.")
@click.argument("experiment")
@options.message
@options.quiet
@options.as_json("What was said, as git xp undo --list --json shows it.")
def describe_command(
    experiment: str,
    paragraphs: tuple[str, ...],
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Say what EXPERIMENT is about: git xp log tells it above the story.

    Without -m the editor is opened that git commit would open, with what was said before. -m ""
    takes the description off; an empty text from the editor says nothing, and the exit status
    is 1.
    """
    project = open_project(quiet=quiet)
    found = _find(project, experiment)
    known = found.description.text if found.description else ""
    about = f"What the experiment {found.name} is about."
    text = message(project.repository, paragraphs, about=about, start=known)
    if not text and not paragraphs:
        say('nothing was said: the description is empty; to take it off: -m ""')
        return ANSWER_IS_NO
    if text == known:
        say("nothing was said: the description is that already")
        return 0
    said = describe_experiment(
        project.workspace, found.name, text, command=f"git xp experiment describe {found.name}"
    )
    done = "described" if text else "took the description off"
    tell(said, f"{done} {found.name}", quiet=quiet, as_json=as_json)
    return 0


def _find(project: Opened, typed: str) -> Experiment:
    name = ExperimentName.slug(typed)
    experiments = {one.name: one for one in find_experiments(project.abouts, project.found.rows)}
    if name in experiments:
        return experiments[name]
    project.tell_problems()  # whose runs may be of it
    raise UnknownExperiment(
        f"there is no experiment {name!r}",
        hint=nearest_hint(name, experiments, otherwise="git xp experiment list"),
    )
