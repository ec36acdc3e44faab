"""`git xp list`: the runs, by what varies between them and what came out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json
from gitxp.model.run import Run
from gitxp.query.columns import param_columns
from gitxp.query.rows import run_row
from gitxp.ui.format import age, cell, duration, number, value
from gitxp.ui.table import print_table

_MOST_PARAMS = 6
_MOST_METRICS = 4


@click.command("list")
@click.option("-e", "--experiment", help="Only this experiment and those below it.")
@click.option("-n", "--limit", type=click.IntRange(min=0), help="At most this many runs.")
@click.option("--json", "as_json", is_flag=True, help="Every field, as an array of objects.")
def command(experiment: str | None, limit: int | None, as_json: bool) -> int:  # noqa: FBT001
    """List runs, the newest first.

    Shown are the params that vary and the last values of the metrics that most runs have.
    Exits with 1 if a record could not be read; it is named, and the others are listed.
    """
    project = open_project()
    runs = project.runs_of(experiment)[:limit]
    if as_json:
        print_json([run_row(run) for run in runs])
    elif runs:
        _print(runs)
    else:
        click.echo("no runs yet; record one with: git xp run -- python train.py", err=True)
    project.tell_problems()
    return ANSWER_IS_NO if project.found.problems else 0


def _print(runs: Sequence[Run]) -> None:
    now = datetime.now(UTC)
    params = [param_columns(run.params) for run in runs]
    varying = _varying(params)
    metrics = _headlines(runs)
    has_several = len({run.experiment for run in runs}) > 1
    has_names = any(run.name for run in runs)
    titles = [
        "run",
        *(["experiment"] if has_several else []),
        *(["name"] if has_names else []),
        "status",
        "started",
        "took",
        *(name.removeprefix("params").removeprefix(".") for name in varying),
        *metrics,
    ]
    rows = [
        [
            run.id.short,
            *([str(run.experiment)] if has_several else []),
            *([cell(run.name)] if has_names else []),
            str(run.status),
            age(run.started, now),
            duration(run.duration),
            *(value(given.get(name)) for name in varying),
            *(
                number(run.metrics[name].last.value) if name in run.metrics else ""
                for name in metrics
            ),
        ]
        for run, given in zip(runs, params, strict=True)
    ]
    print_table([cell(title) for title in titles], rows)


def _varying(params: Sequence[dict[str, object]]) -> list[str]:
    names = dict.fromkeys(name for given in params for name in given)
    found = [
        name for name in names if len({repr(given.get(name, "absent")) for given in params}) > 1
    ]
    return found[:_MOST_PARAMS]


def _headlines(runs: Sequence[Run]) -> list[str]:
    counts: dict[str, int] = {}
    for run in runs:
        for name in run.metrics:
            counts[name] = counts.get(name, 0) + 1
    by_how_many = sorted(counts, key=lambda name: (-counts[name], not name.startswith("val"), name))
    return by_how_many[:_MOST_METRICS]
