"""`git xp metrics`: the points of runs as a table, CSV, JSON or charts."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import click

from gitxp.cli import options
from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json_array, say
from gitxp.cli.pager import show_lines
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import some_rows, status_of
from gitxp.comparison.differences.comparison import labels_of
from gitxp.model.names import is_system_metric
from gitxp.model.run import Run
from gitxp.query.columns import column
from gitxp.query.each_run import PassOver, read_some
from gitxp.query.metric_names import metric_names, metrics_among
from gitxp.query.points import PointReader, metric_codes
from gitxp.storage.points.arrow_arrays import number_array, numbers_of
from gitxp.storage.repository import Repository
from gitxp.ui.chart import chart
from gitxp.ui.format import cell, csv_text, number
from gitxp.ui.plot.fields import Marks, field_label
from gitxp.ui.screen import screen_of
from gitxp.ui.table import TableColumn, long_table_lines

if TYPE_CHECKING:
    import pyarrow as pa

# So many points are Python's own objects at a time.
_BLOCK: Final = 10_000
_FIELDS: Final = ("metric", "step", "time", "value", "writer")
_NAMES: Final = ("metric", "writer")
Point = dict[str, Any]


@click.command("metrics")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@click.option(
    "-m",
    "--metric",
    "asked",
    multiple=True,
    metavar="NAME",
    help="Only this metric, or by glob val/*; repeatable.",
)
@click.option("--csv", "as_csv", is_flag=True, help="As comma-separated values.")
@options.as_json("As an array of objects.")
@click.option("--chart", "as_chart", is_flag=True, help="As curves, one chart a metric.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    asked: tuple[str, ...],
    as_csv: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    as_chart: bool,  # noqa: FBT001
) -> int:
    """Show the points of each RUN, every one of them, or of some metrics.

    RUN is the newest of this clone where none is given. Of several runs the curves of a metric
    share one chart, and the points say in a first column of which run they are. Of the machine's
    series (`system/...`) there is a chart only where -m names one.

    In CSV a control character in a name is escaped, as in JSON, and a name that begins with one
    of = + - @ has an apostrophe before it, so that a spreadsheet does not take it for a formula.

    Of several runs one that could not be read is named, the others are shown, and the exit status
    is 128.
    """
    form = options.only_one_of(csv=as_csv, json=as_json, chart=as_chart)
    project = open_project()
    newest = () if selection.is_given else ("@",)
    rows = some_rows(project, selection, runs or newest)
    chosen = project.read_each(rows.keys)
    project.tell_problems(project.unread)
    points = _Points(
        project.repository,
        chosen,
        _meant(chosen, asked, others=metric_names(rows.every)),
        project.unread.append,
        is_of_one=len(rows) == 1,
    )
    if form == "chart":
        settings = project.workspace.settings
        for picture in _charts(points, Marks(settings.goals, settings.units)):
            click.echo(picture)
    elif form == "csv":
        _print_csv(points)
    elif form == "json":
        print_json_array(points.blocks())
    else:
        lines = long_table_lines(lambda: _table(points), screen_of(sys.stdout))
        show_lines(project.repository, lines)
    return status_of(project, selection)


@dataclass(frozen=True, slots=True)
class _Points:
    """The points asked for, which are read while they are printed: never all are held.

    Attributes:
        pass_over: Called with each run whose points cannot be read.
        is_of_one: Whether one run alone was asked for.
    """

    repository: Repository
    runs: Sequence[Run]
    metrics: Sequence[str]
    pass_over: PassOver
    is_of_one: bool

    @property
    def fields(self) -> tuple[str, ...]:
        """What is told of each."""
        return _FIELDS if self.is_of_one else ("run", *_FIELDS)

    def blocks(self) -> Iterator[list[Point]]:
        """Yield some points after others."""
        for run, table in self.tables():
            before = {} if self.is_of_one else {"run": str(run.id)}
            for start in range(0, table.num_rows, _BLOCK):
                yield [{**before, **one} for one in table.slice(start, _BLOCK).to_pylist()]

    def tables(self) -> Iterator[tuple[Run, pa.Table]]:
        """Yield the points of each run in pieces, each in one chunk a column."""
        import numpy as np
        import pyarrow as pa

        read = PointReader(self.repository).batches
        for run, tables in read_some(self.repository, self.runs, read, self.pass_over):
            for table in tables:
                if self.metrics:
                    codes, names = metric_codes(table)
                    wanted = [at for at, name in enumerate(names) if name in self.metrics]
                    places = np.flatnonzero(np.isin(codes, wanted))
                    yield run, table.take(number_array(places, pa.int64()))
                else:
                    yield run, table


def _meant(runs: Sequence[Run], asked: Sequence[str], *, others: Sequence[str]) -> list[str]:
    """Return the metrics that are asked for; name the runs that have none where others have.

    Args:
        others: Metrics of other runs of the repository.

    Raises:
        UnknownMetric: If no run has one.
    """
    known = dict.fromkeys(name for run in runs for name in run.metrics)
    meant: dict[str, None] = {}
    for name in asked:
        found = metrics_among(known, [name], others=others)
        for run in runs:
            if run.metrics.keys().isdisjoint(found):
                say(f"note: run {cell(run.label)!r} has no metric {name!r}")
        meant |= dict.fromkeys(found)
    return list(meant)


def _print_csv(points: _Points) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(points.fields)
    for block in points.blocks():
        writer.writerows([_spelled(name, one[name]) for name in points.fields] for one in block)


def _spelled(field: str, value: Any) -> str:
    if field in _NAMES:
        return csv_text(str(value))
    if isinstance(value, float):
        return repr(value)
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)


def _table(points: _Points) -> Iterator[list[TableColumn]]:
    """Yield the table in blocks of rows, the first of which is empty."""
    labels = _labels(points.runs)
    for block in chain([[]], points.blocks()):
        columns = [
            TableColumn("metric", [cell(point["metric"]) for point in block]),
            TableColumn("step", [str(point["step"]) for point in block], is_number=True),
            TableColumn("value", [number(point["value"]) for point in block], is_number=True),
        ]
        if not points.is_of_one:
            columns.insert(0, TableColumn("run", [labels[point["run"]] for point in block]))
        yield columns


def _labels(runs: Sequence[Run]) -> dict[str, str]:
    """Return what each run is called, by its id."""
    return {str(run.id): cell(label) for run, label in zip(runs, labels_of(runs), strict=True)}


def _charts(points: _Points, marks: Marks) -> Iterator[str]:
    import numpy as np

    labels = _labels(points.runs)
    curves: dict[str, dict[str, list[tuple[Any, Any]]]] = {}
    for run, table in points.tables():
        codes, names = metric_codes(table)
        steps = numbers_of(table["step"].chunk(0), np.int64)
        values = numbers_of(table["value"].chunk(0), np.float64)
        for code in dict.fromkeys(codes.tolist()):
            if not points.metrics and is_system_metric(names[code]):
                continue
            own = codes == code
            pieces = curves.setdefault(names[code], {}).setdefault(labels[str(run.id)], [])
            pieces.append((steps[own], values[own]))
    screen = screen_of(sys.stdout)
    for name, of_runs in curves.items():
        whole = {
            label: (np.concatenate([x for x, _ in pieces]), np.concatenate([y for _, y in pieces]))
            for label, pieces in of_runs.items()
        }
        label = field_label(column("metrics", name), marks, screen)
        yield chart(whole, title=label, screen=screen)
