"""`git xp run`: any command, recorded."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from gitxp.cli import options
from gitxp.cli.opening import open_project
from gitxp.errors import CommandNotFound
from gitxp.model.run import LeftOut, Status
from gitxp.tracking.arguments import params_in_arguments, plain_value
from gitxp.tracking.command import run_command, show_here
from gitxp.tracking.output_metrics import parse_metrics
from gitxp.tracking.request import StartRequest
from gitxp.tracking.start import start_run
from gitxp.ui.format import cell, safe

# As shells answer for a command that is not there.
_NOT_FOUND = 127


@click.command("run", context_settings={"ignore_unknown_options": False})
@click.option("-e", "--experiment", help="The line of work the run belongs to.")
@click.option("--name", help="What people call the run.")
@click.option("--hypothesis", help="What the run is to show.")
@click.option("--group", help="Runs that belong together.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag; repeatable.")
@click.option("--param", "params", multiple=True, metavar="KEY=VALUE", help="A param; repeatable.")
@click.option(
    "--metrics",
    multiple=True,
    metavar="NAME=REGEX|json",
    help="Curves from lines of output: a regular expression with one group, or JSON lines.",
)
@options.quiet
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
def command(
    experiment: str | None,
    name: str | None,
    hypothesis: str | None,
    group: str | None,
    tags: tuple[str, ...],
    params: tuple[str, ...],
    metrics: tuple[str, ...],
    quiet: bool,  # noqa: FBT001
    words: tuple[str, ...],
) -> int:
    """Run COMMAND and record it: code, arguments, output, exit code, duration.

    Exits as the command does, and with 128 plus the signal's number where one killed it. A
    script inside that calls gitxp joins the run.
    """
    wanted = parse_metrics(metrics)
    request = StartRequest(
        experiment=experiment,
        name=name,
        hypothesis=hypothesis,
        group=group,
        tags=_pairs("--tag", tags),
        params={**params_in_arguments(words), **_pairs("--param", params)},
        argv=words,
    )
    workspace = open_project(quiet=quiet).workspace
    run = start_run(
        workspace, request, announce=_warn if quiet else _announce, on_finish=lambda _: None
    )
    with _interrupts_left_to_the_command():
        try:
            done = run_command(
                workspace, run, words, metrics=wanted, show=show_here, variables=os.environ
            )
        except CommandNotFound as error:
            run.finish(Status.FAILED, exit_code=_NOT_FOUND, error=str(error))
            raise
        run.finish(done.status, exit_code=done.exit_code)
    if not quiet:
        short = run.id.short
        told = (
            f"recorded {run.experiment} {short}: git xp show {short}; undo: git xp remove {short}"
        )
        click.echo(told, err=True)
    return done.exit_code


@contextmanager
def _interrupts_left_to_the_command() -> Iterator[None]:
    """Let Ctrl-C end the command, which hears of it from the terminal, and not the recording.

    A handler that does nothing, for the command would inherit that a signal is ignored.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _pairs(option: str, pairs: Sequence[str]) -> dict[str, str | int | float | bool]:
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"{option} {pair!r}: expected KEY=VALUE")
        found[key] = plain_value(value)
    return found


def _warn(_: tuple[LeftOut, ...], failure: str) -> None:
    if failure:
        click.echo(f"warning: the code is not captured: {safe(failure)}", err=True)


def _announce(left_out: tuple[LeftOut, ...], failure: str) -> None:
    _warn(left_out, failure)
    for left in left_out[:5]:
        click.echo(f"left out of the snapshot: {cell(left.path)} ({left.reason})", err=True)
    if len(left_out) > 5:
        click.echo(f"and {len(left_out) - 5} more", err=True)
