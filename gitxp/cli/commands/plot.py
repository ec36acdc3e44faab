"""`git xp plot`: runs as pictures, in the terminal or as a file."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click

from gitxp.cli import options
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json, say, warnings_in_plain_words
from gitxp.cli.pager import show_lines
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.cli.selection import some_rows, status_of
from gitxp.query.export.place import placed_file
from gitxp.query.run_rows import RunRows
from gitxp.statistics.methods import BAND_KINDS
from gitxp.ui.format import cell, size
from gitxp.ui.plot.plot import Plot, is_page, kind_of_file
from gitxp.ui.plot.request import Kind, Request, draw
from gitxp.ui.screen import screen_of

# Which kinds of pictures an option is of.
_OPTIONS: Final[dict[str, tuple[Kind, ...]]] = {
    "by": ("curves", "scatter", "bars"),
    "fields": ("parallel",),
    "x": ("curves",),
    "smooth": ("curves",),
    "best": ("curves",),
    "band": ("curves",),
    "unfinished": ("curves", "bars"),
}


@click.command("plot")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection()
@options.remote
@click.option(
    "-m",
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="What is drawn; repeatable. By default the metric that list shows first.",
)
@click.option("--scatter", metavar="FIELD", help="A point a run: METRIC against FIELD.")
@click.option("--parallel", is_flag=True, help="A line a run over params, and METRIC last.")
@click.option("--bars", is_flag=True, help="The mean of each group with its interval.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Group runs by a column; repeatable.")
@click.option(
    "--field", "fields", multiple=True, metavar="FIELD", help="With --parallel: these axes."
)
@click.option("-x", metavar="step|time|METRIC", help="Of curves: what they are drawn along.")
@click.option("--smooth", type=float, default=0.0, help="Of curves: 0 (not at all) to 0.99.")
@click.option("--best", is_flag=True, help="Of curves: the best value so far.")
@click.option(
    "--band",
    type=click.Choice(BAND_KINDS),
    help="Of groups of curves: what is around the mean; ci by default.",
)
@click.option("--unfinished", is_flag=True, help="Groups count runs that did not end well, too.")
@click.option("--goal", type=click.Choice(["max", "min"]), help="Which way METRIC is better.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save it: .png, .svg or .pdf, or .html that opens offline.",
)
@click.option("-f", "--force", is_flag=True, help="Replace FILE where it is there.")
@options.quiet
@options.as_json("What is drawn, as an array of objects; with -o also where it is.")
def command(
    runs: tuple[str, ...],
    selection: Selection,
    remote: str | None,
    metrics: tuple[str, ...],
    output: Path | None,
    force: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **asked: Any,
) -> int:
    """Draw each RUN, or all runs: curves of a metric by default, in the terminal.

    With --by curves are the mean of each group of runs, such as --by params.lr, with a band around
    it. FIELD is a metric, or a column of list --json such as params.lr.

    Pictures in the terminal need nothing more; files need pip install 'gitxp[plot]'.

    Of several runs one that could not be read is named, the others are drawn, and the exit status
    is 128.
    """
    kind = _kind(asked)
    if output is not None:
        _check_output(output, metrics)
    project = open_project(quiet=quiet, remote=remote)
    rows = some_rows(project, selection, runs)
    plots = list(_plots(project, rows, metrics, kind, asked))
    status = status_of(project, selection, runs)
    length = None if output is None else _saved(plots[0], output, force=force)
    if as_json:
        file = {} if output is None else {"file": {"path": str(output), "bytes": length}}
        print_json([one.fields() | file for one in plots])
    elif output is not None:
        if not quiet:
            _tell_saved(output, length)
    else:
        screen = screen_of(sys.stdout)
        text = "\n\n".join(one.text(screen) for one in plots)
        show_lines(project.repository, iter(text.splitlines()))
    return status


def _kind(asked: dict[str, Any]) -> Kind:
    """Return what kind of picture is asked for.

    Raises:
        click.UsageError: If it is of several kinds, or an option is of another one.
    """
    others: tuple[Kind, ...] = ("scatter", "parallel", "bars")
    chosen = [kind for kind in others if asked[kind]]
    if len(chosen) > 1:
        raise click.UsageError(f"--{chosen[0]} and --{chosen[1]} are two pictures: expected one")
    kind = chosen[0] if chosen else "curves"
    for option, of_kind in _OPTIONS.items():
        if asked[option] and kind not in of_kind:
            spelled = "-x" if option == "x" else f"--{option.removesuffix('s')}"
            expected = " or ".join(f"--{one}" if one != "curves" else one for one in of_kind)
            raise click.UsageError(f"{spelled} does not go with --{kind}: it is of {expected}")
    return kind


def _check_output(output: Path, metrics: Sequence[str]) -> None:
    kind_of_file(output)
    if len(metrics) > 1:
        raise click.UsageError(f"a file holds one picture: expected one -m, not {len(metrics)}")


def _saved(plot: Plot, output: Path, *, force: bool) -> int:
    """Write a picture as a file, and return of how many bytes it is."""
    with warnings_in_plain_words():
        content = plot.content(kind_of_file(output))
    with placed_file(output, force=force) as stream:
        stream.write(content)
    return len(content)


def _tell_saved(output: Path, length: int | None) -> None:
    """Say where a picture is; to who looks on, also how it is seen, or asked."""
    click.echo(f"wrote {cell(str(output))} ({size(length)})")
    if not sys.stdout.isatty():
        return
    if is_page(output):
        say(f"hint: a browser shows it: {output.resolve().as_uri()}")
    else:
        page = cell(str(output.with_suffix(".html")))
        say(f"hint: -o {shlex.quote(page)} makes a page, in which points can be asked and zoomed")


def _plots(
    project: Opened, rows: RunRows, metrics: Sequence[str], kind: Kind, asked: dict[str, Any]
) -> Iterator[Plot]:
    settings = project.workspace.settings
    for metric in metrics or (None,):
        request = Request(
            kind=kind,
            metric=metric,
            x=asked["scatter"] or asked["x"],
            by=asked["by"] or None,
            fields=asked["fields"] or None,
            smooth=asked["smooth"],
            best=asked["best"],
            goal=asked["goal"],
            band=asked["band"] or "ci",
            only_finished=not asked["unfinished"],
            goals=settings.goals,
            units=settings.units,
        )
        yield Plot(draw(project.repository, rows, request, project.unread.append))
