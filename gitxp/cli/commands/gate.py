"""`git xp gate`: whether a run is as good as another, for CI."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitxp.cli import options
from gitxp.cli.exits import ANSWER_IS_NO, GITXP_FAILED
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import selected_one, status_of
from gitxp.comparison.baseline.beside_seeds import beside_seeds
from gitxp.comparison.baseline.counterpart import (
    Counterpart,
    differing_columns,
    find_counterpart,
)
from gitxp.comparison.baseline.gain import Gain, parse_gain
from gitxp.comparison.baseline.gate import SMALLEST_LEVEL, GateQuestion, answer_fields, answer_gate
from gitxp.comparison.groups.measured import find_measure
from gitxp.errors import UnknownRun
from gitxp.model.goal import Goal
from gitxp.model.identity import SHORT_ID, ExperimentName
from gitxp.model.standing import BASELINE
from gitxp.query.fetched import Named
from gitxp.query.run_rows import RunKey
from gitxp.storage.refs import may_be_in
from gitxp.ui.gate_page import gate_lines


@click.command("gate")
@click.argument("run", required=False)
@takes_selection()
@options.remote
@click.option(
    "--metric", "metrics", multiple=True, required=True, metavar="METRIC",
    help="What is compared, such as val/accuracy or loss:min; repeatable.",
)  # fmt: skip
@click.option(
    "--min-gain", "gain", metavar="X|X%",
    help="By how much it must be better; without it, it must be no worse.",
)  # fmt: skip
@click.option(
    "--against", default=BASELINE, metavar="baseline|RUN|REF",
    help="What with; by default the run's baseline.",
)  # fmt: skip
@click.option(
    "--seeds", type=click.IntRange(min=1), default=1, metavar="N",
    help="Ask for so many different seeds on both sides.",
)  # fmt: skip
@click.option(
    "--alpha", "level", type=click.FloatRange(SMALLEST_LEVEL, 1, max_open=True), default=0.05,
    metavar="SHARE", help="The level of the test over seeds, 1e-6 or more; by default 0.05.",
)  # fmt: skip
@click.option("--goal", type=click.Choice(["max", "min"]), help="Which way the metrics are better.")
@options.as_json("The answer, as one object.")
def command(
    run: str | None,
    selection: Selection,
    remote: str | None,
    metrics: tuple[str, ...],
    gain: str | None,
    against: str,
    seeds: int,
    level: float,
    goal: Goal | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Ask whether RUN, by default the newest of this clone, is as good as its baseline.

    Of several that fit --where and the like it is the first, with a note.

    The answer is Markdown, for a pull request or the summary of a job; the exit status is 0 for
    yes and 1 for no. Where there is no answer (no run that fits, no baseline, a run that did not
    finish, a value that is not finite, too few seeds) it is 128; and so it is where a record could
    not be read that may be of the two experiments, or of the runs that were chosen from, of which
    the page says that there is no answer (in JSON, `passes` is null).

    Runs of the same experiment that differ in nothing but seeds are taken together. With several
    seeds on both sides the run passes unless it is worse by more than noise; with --min-gain if
    the mean is better by that much, and by more than noise. With one seed the two values decide,
    and it is said that no statement about noise can be made; and so they do for a run of its
    baseline's own group. Where the two differ in nothing but the seeds, as far as is recorded, and
    code, data sets, packages and Python are recorded of both, nothing was changed: without
    --min-gain it passes whatever its value.

    A REF is a commit, such as main: meant is a finished run of the experiment whose code is
    exactly that commit's, or else whose working tree set out from it; of these the newest that
    has the same params and data. Where none has, it is the newest if all of them are of one
    setting, and else there is no answer. None that repeats RUN itself is taken, and the answer
    says in which params, data sets, packages and hardware the two differ.
    """
    wanted = None if gain is None else _gain(gain)
    project = open_project(remote=remote)
    named = selected_one(project, selection, run, is_judged=True)
    (key,) = named.keys
    _doubt(project, selection, key)  # named also where there is no counterpart
    goals = project.workspace.settings.goals
    other = _counterpart(project, named, against, metrics)
    against_key = other.rows.keys[other.place]
    if other.run == key.id:
        raise click.UsageError(f"run {key.id[:SHORT_ID]} would be held against itself")
    question = GateQuestion(metrics, wanted, seeds, level, goal)
    beside = beside_seeds(*project.read_compared([key, against_key]))
    answers = answer_gate(other.rows, key.place, other.place, question, goals, beside)
    columns = differing_columns(other.rows, key.place, other.place)
    differing = tuple(dict.fromkeys((*columns, *beside.differing)))
    doubt = _doubt(project, selection, key, against_key)
    passes = None if doubt else all(one.passes for one in answers)
    if as_json:
        print_json(
            {
                "passes": passes,
                "run": key.id,
                "against": other.run,
                "why": other.why,
                "differing": differing,
                "unknown": beside.unknown,
                "seeds": beside.seeds,
                "alpha": level,
                "metrics": [answer_fields(one) for one in answers],
            }
        )
    else:
        title = (_title(key), _title(against_key))
        lines = gate_lines(
            title, other.why, differing, beside, answers, question, is_complete=not doubt
        )
        click.echo("\n".join(lines))
    return doubt or (0 if passes else ANSWER_IS_NO)


def _doubt(project: Opened, selection: Selection, *compared: RunKey) -> int:
    """Return the status of an answer that what could not be read may change, and name that.

    It may be the run that is meant, the newest of a commit, or one more seed of either side, which
    is of the same experiment and of none below it.
    """
    status = status_of(project, selection)
    experiments = {ExperimentName(key.experiment) for key in compared}
    unread = [
        one for one in project.problems if any(may_be_in(one.ref, each) for each in experiments)
    ]
    project.tell_problems(unread)
    return GITXP_FAILED if unread else status


def _counterpart(
    project: Opened, named: Named, against: str, metrics: Sequence[str]
) -> Counterpart:
    """Return what the one run that is named is held against."""
    (key,) = named.keys
    own, goals = named.rows.take([key.place]), project.workspace.settings.goals
    measured = [find_measure(own, asked, goals).column for asked in metrics]
    try:
        found = find_counterpart(
            project.repository,
            named.rows,
            key.place,
            against,
            measured=measured,
            home=project.workspace.home,
            way=project.way_there,
            remote=project.remote,
        )
    except UnknownRun:  # which may be one that cannot be read
        project.refuse_unreadable([against])
        raise
    project.doubt([against])
    return found


def _gain(typed: str) -> Gain:
    try:
        return parse_gain(typed)
    except ValueError as error:
        told = f"--min-gain {typed!r} is neither a number nor a share such as 1%"
        raise click.UsageError(told) from error


def _title(key: RunKey) -> str:
    return f"{key.id[:SHORT_ID]} {key.experiment} {key.name}".rstrip()
