"""`git xp metrics`: the points of runs as a table, CSV, JSON or charts."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from gitxp.cli import options
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.pager import show_lines
from gitxp.cli.selection import Selection, selected_runs, takes_selection
from gitxp.comparison.differences.comparison import labels_of
from gitxp.errors import UnknownMetric
from gitxp.model.names import is_system_metric
from gitxp.model.run import Run
from gitxp.query.points import read_points
from gitxp.ui.chart import chart
from gitxp.ui.format import cell, csv_text, number
from gitxp.ui.screen import screen_of
from gitxp.ui.table import TableColumn, table_lines

_FIELDS: Final = ("metric", "step", "time", "value", "writer")
_NAMES: Final = ("metric", "writer")
Point = dict[str, Any]


@click.command("metrics")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@click.option("-m", "--metric", "metrics", multiple=True, help="Only this metric; repeatable.")
@click.option("--csv", "as_csv", is_flag=True, help="As comma-separated values.")
@options.as_json("As an array of objects.")
@click.option("--chart", "as_chart", is_flag=True, help="As curves, one chart a metric.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    metrics: tuple[str, ...],
    as_csv: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    as_chart: bool,  # noqa: FBT001
) -> None:
    """Show the points of each RUN, every one of them, or of some metrics.

    RUN is the newest of this clone where none is given. Of several runs the curves of a metric
    share one chart, and the points say in a first column of which run they are. Of the machine's
    series (`system/...`) there is a chart only where -m names one.

    In CSV a control character in a name is escaped, as in JSON, and a name that begins with one
    of = + - @ has an apostrophe before it, so that a spreadsheet does not take it for a formula.
    """
    form = options.only_one_of(csv=as_csv, json=as_json, chart=as_chart)
    project = open_project()
    chosen = selected_runs(project, selection, runs)
    _check(chosen, metrics)
    points = [
        point
        for run in chosen
        for point in _points(project, run, metrics, names_run=len(chosen) > 1)
    ]
    if form == "chart":
        drawn = [point for point in points if metrics or not is_system_metric(point["metric"])]
        for picture in _charts(chosen, drawn):
            click.echo(picture)
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(_fields(chosen))
        fields = _fields(chosen)
        writer.writerows([_spelled(field, point[field]) for field in fields] for point in points)
    elif form == "json":
        print_json(points)
    else:
        show_lines(project.repository, table_lines(_table(chosen, points), screen_of(sys.stdout)))


def _check(runs: Sequence[Run], metrics: Sequence[str]) -> None:
    """Refuse a metric that no run has; name the runs that lack one which others have."""
    for name in metrics:
        lacking = [run for run in runs if name not in run.metrics]
        if len(lacking) == len(runs):
            subject = f"run {runs[0].label!r} has no" if len(runs) == 1 else "no selected run has a"
            known = sorted({metric for run in runs for metric in run.metrics})
            hint = f"known are: {', '.join(known) or 'none'}"
            raise UnknownMetric(f"{subject} metric {name!r}", hint=hint)
        for run in lacking:
            say(f"note: run {cell(run.label)!r} has no metric {name!r}")


def _points(
    project: Opened, run: Run, metrics: Sequence[str], *, names_run: bool
) -> Iterator[Point]:
    import pyarrow as pa
    import pyarrow.compute as pc

    table = read_points(project.repository, run)
    if metrics:
        wanted = pa.array(metrics, pa.string())
        table = table.filter(pc.is_in(table["metric"].cast("string"), value_set=wanted))
    before = {"run": str(run.id)} if names_run else {}
    for point in table.to_pylist():
        yield {**before, **point}


def _fields(runs: Sequence[Run]) -> tuple[str, ...]:
    return _FIELDS if len(runs) == 1 else ("run", *_FIELDS)


def _spelled(field: str, value: Any) -> str:
    if field in _NAMES:
        return csv_text(str(value))
    if isinstance(value, float):
        return repr(value)
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)


def _table(runs: Sequence[Run], points: Sequence[Point]) -> list[TableColumn]:
    labels = _labels(runs)
    columns = [
        TableColumn("metric", [cell(point["metric"]) for point in points]),
        TableColumn("step", [str(point["step"]) for point in points], is_number=True),
        TableColumn("value", [number(point["value"]) for point in points], is_number=True),
    ]
    if len(runs) == 1:
        return columns
    return [TableColumn("run", [labels[point["run"]] for point in points]), *columns]


def _labels(runs: Sequence[Run]) -> dict[str, str]:
    """Return what each run is called, by its id."""
    return {str(run.id): cell(label) for run, label in zip(runs, labels_of(runs), strict=True)}


def _charts(runs: Sequence[Run], points: Sequence[Point]) -> Iterator[str]:
    labels = _labels(runs)
    only = labels[str(runs[0].id)]
    curves: dict[str, dict[str, tuple[list[int], list[float]]]] = {}
    for point in points:
        label = labels[point["run"]] if "run" in point else only
        steps, values = curves.setdefault(point["metric"], {}).setdefault(label, ([], []))
        steps.append(point["step"])
        values.append(point["value"])
    for name, of_runs in curves.items():
        yield chart(of_runs, title=cell(name), screen=screen_of(sys.stdout))
