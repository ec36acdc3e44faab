"""`git xp metrics`: the points of a run as a table, CSV, JSON or chart."""

from __future__ import annotations

import csv
import shutil
import sys
from typing import TYPE_CHECKING

import click

from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json
from gitxp.errors import UnknownMetric
from gitxp.model.run import Run
from gitxp.query.points import read_points
from gitxp.storage.repository import Repository
from gitxp.ui.format import number, safe
from gitxp.ui.table import print_table

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = ("metric", "step", "time", "value", "writer")


@click.command("metrics")
@click.argument("run", default="@")
@click.argument("metrics", nargs=-1, metavar="[METRIC]...")
@click.option("--csv", "form", flag_value="csv", help="As comma-separated values.")
@click.option("--json", "form", flag_value="json", help="As an array of objects.")
@click.option("--chart", "form", flag_value="chart", help="As curves in the terminal.")
def command(run: str, metrics: tuple[str, ...], form: str | None) -> None:
    """Show the points of RUN, every one of them, or of some of its metrics."""
    project = open_project()
    found = project.resolve(run)
    table = _chosen(project.repository, found, metrics)
    if form == "chart":
        _print_charts(found, table)
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(_row(point) for point in table.to_pylist())
    elif form == "json":
        print_json(table.to_pylist())
    else:
        points = table.to_pylist()
        rows = [[safe(p["metric"]), str(p["step"]), number(p["value"])] for p in points]
        print_table(["metric", "step", "value"], rows)


def _chosen(repository: Repository, run: Run, metrics: tuple[str, ...]) -> pa.Table:
    import pyarrow.compute as pc

    for name in metrics:
        if name not in run.metrics:
            raise UnknownMetric(
                f"run {run.label!r} has no metric {name!r}",
                hint=f"it has: {', '.join(run.metrics) or 'none'}",
            )
    table = read_points(repository, run)
    if not metrics:
        return table
    return table.filter(pc.is_in(table["metric"].cast("string"), value_set=_words(metrics)))


def _words(words: tuple[str, ...]) -> pa.Array:
    import pyarrow as pa

    return pa.array(words, pa.string())


def _row(point: dict[str, object]) -> list[object]:
    time = point["time"]
    shown = time.isoformat().replace("+00:00", "Z") if hasattr(time, "isoformat") else time
    return [point["metric"], point["step"], shown, repr(point["value"]), point["writer"]]


def _print_charts(run: Run, table: pa.Table) -> None:
    from gitxp.ui.chart import chart

    width = shutil.get_terminal_size().columns
    curves: dict[str, tuple[list[int], list[float]]] = {}
    for point in table.to_pylist():
        steps, values = curves.setdefault(safe(point["metric"]), ([], []))
        steps.append(point["step"])
        values.append(point["value"])
    for name, curve in curves.items():
        click.echo(chart({safe(run.label): curve}, title=name, width=width))
