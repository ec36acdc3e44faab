"""`git xp export`: runs and points as files for other programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from gitxp.cli import options
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json
from gitxp.cli.progress import Progress
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import named_rows, status_of
from gitxp.query.export.export import Export, Exported
from gitxp.query.export.formats import Format, format_of
from gitxp.query.export.point_table import PointTable
from gitxp.query.export.run_table import RunTable
from gitxp.query.metric_names import matching_metrics
from gitxp.query.order import known_columns
from gitxp.query.run_rows import RunRows
from gitxp.ui.format import cell, size

_STREAM: Final = Path("-")


@click.command("export")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@options.remote
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=_STREAM,
    metavar="FILE",
    help="Where to; by default standard output, which is also -.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([one.value for one in Format]),
    metavar="|".join(Format),
    help="In place of what the name of the file says.",
)
@click.option("--points", "is_of_points", is_flag=True, help="A row a point rather than a run.")
@click.option(
    "-m",
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="With --points: only this metric, or by glob val/*; repeatable.",
)
@options.columns("Of runs: only this column, or by glob params.*; repeatable.")
@click.option(
    "--partition-by",
    "partitions",
    multiple=True,
    metavar="COLUMN",
    help="FILE is a folder, with one for each value of a column of runs; repeatable.",
)
@click.option("-f", "--force", is_flag=True, help="Replace a file, or an export, that is there.")
@options.quiet
@options.as_json("What was written, as one object.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    remote: str | None,
    output: Path,
    form: str | None,
    is_of_points: bool,  # noqa: FBT001
    metrics: tuple[str, ...],
    columns: tuple[str, ...],
    partitions: tuple[str, ...],
    force: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Write runs, or their points, as CSV, JSON, JSON Lines or Parquet: by default all runs.

    The format is what FILE ends in: .csv, .json, .jsonl or .parquet. A FILE appears whole or not
    at all, and none is overwritten but by -f. With --partition-by it is a folder of files that
    DuckDB, pandas and Arrow read as one table: experiment=lr/part-0.parquet. Spark has the same
    conventions, and was not tried.

    Columns and types are those of gitxp.runs() and gitxp.history(). Values that are missing are
    empty in CSV and null elsewhere. In CSV a value that is not finite is nan, inf or -inf, and
    text that begins with one of = + - @ has an apostrophe before it; in JSON it is null, and its
    row names it in nonfinite.

    A record that could not be read is named, the others are written, and the exit status is 128.
    """
    is_stream = output == _STREAM
    if metrics and not is_of_points:
        raise click.UsageError("-m is of points: it goes with --points")
    if columns and is_of_points:
        raise click.UsageError("-c is of runs: it does not go with --points")
    if is_stream and (partitions or as_json):
        option = "--partition-by" if partitions else "--json"
        raise click.UsageError(f"{option} is of what is written: expected -o")
    chosen = _format(output, form, is_folder=bool(partitions))
    project = open_project(quiet=quiet, remote=remote)
    rows = named_rows(project, selection, runs)
    if remote is not None and not len(project.found.rows):
        project.tell_no_runs()
    by = known_columns(rows, partitions)
    points = _points(project, rows, metrics, without=by) if is_of_points else None
    table = points or RunTable(rows, known_columns(rows, columns) if columns else None, without=by)
    progress = Progress("exporting", len(rows))
    try:
        done = _write(Export(table, rows, chosen, progress.advance), output, by, force=force)
    finally:
        progress.erase()
    what = "points" if is_of_points else "runs"
    if as_json:
        print_json(_fields(done, output, format=chosen, table=what, runs=len(rows)))
    elif not is_stream and not quiet:
        click.echo(_told(done, output, what, runs=len(rows)))
    return status_of(project, selection, runs)


def _format(output: Path, asked: str | None, *, is_folder: bool) -> Format:
    found = Format(asked) if asked else format_of(output)
    if output == _STREAM:
        found = found or Format.CSV
        if found is Format.PARQUET and sys.stdout.isatty():
            raise click.UsageError("a terminal cannot show Parquet: expected -o FILE")
    elif is_folder:
        found = found or Format.PARQUET
    if found is None:
        known = ", ".join(f".{one}" for one in Format)
        raise click.UsageError(f"-o {str(output)!r}: expected a name that ends in one of {known}")
    return found


def _points(
    project: Opened, rows: RunRows, metrics: Sequence[str], *, without: Sequence[str]
) -> PointTable:
    wanted = matching_metrics(rows, metrics) if metrics and len(rows.every) else metrics or None
    pass_over = project.unread.append
    return PointTable(project.repository, wanted, pass_over=pass_over, without=without)


def _write(export: Export, output: Path, by: Sequence[str], *, force: bool) -> Exported:
    if output == _STREAM:
        return export.to_stream(sys.stdout.buffer)
    if by:
        return export.to_folder(output, by, force=force)
    return export.to_file(output, force=force)


def _fields(done: Exported, output: Path, **chosen: Any) -> dict[str, Any]:
    files = [{"path": str(path), "bytes": count} for path, count in done.files]
    return {"output": str(output), **chosen, "rows": done.rows, "bytes": done.size, "files": files}


def _told(done: Exported, output: Path, what: str, *, runs: int) -> str:
    written = _counted(done.rows, what)
    of_runs = f" of {_counted(runs, 'runs')}" if what == "points" else ""
    files = f"{_counted(len(done.files), 'files')}, " if len(done.files) > 1 else ""
    return f"wrote {written}{of_runs} to {cell(str(output))} ({files}{size(done.size)})"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what.removesuffix('s') if count == 1 else what}"
