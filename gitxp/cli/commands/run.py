"""`git xp run`: any command, recorded."""

from __future__ import annotations

import os
import select
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from gitxp.api.recorded import RECORDED_RUNS
from gitxp.api.terminal import hint_at_baseline
from gitxp.cli import options
from gitxp.cli.beside import Beside, start_beside
from gitxp.cli.exits import tell_error
from gitxp.cli.opening import open_project
from gitxp.cli.output import say, warnings_in_plain_words
from gitxp.errors import InvalidName, InvalidValue, UnknownRemote
from gitxp.model.run import LeftOut
from gitxp.storage.transport.remotes import Remote, find_remote
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.command.arguments import Plain, exact_value, params_in_arguments, plain_value
from gitxp.tracking.command.output_metrics import JSON_LINES, OutputMetrics, parse_metrics
from gitxp.tracking.command.passed_signals import PassedSignals
from gitxp.tracking.command.recording import Finished, run_command
from gitxp.tracking.outer import OUTER_VARIABLE, outer_run
from gitxp.tracking.request import StartRequest
from gitxp.tracking.start import start_run
from gitxp.tracking.values.checked_params import checked_params
from gitxp.tracking.workspace import Workspace
from gitxp.ui.format import cell, safe


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
    metavar="NAME[=REGEX]|json",
    help="A curve from lines of output: the number after NAME, or what a regular expression's one "
    "group matches; or all curves from JSON lines. Repeatable.",
)
@click.option(
    "--live",
    is_flag=False,
    flag_value="",
    metavar="[REMOTE]",
    help="Push the run to a remote, also while it goes on; see git xp push --live.",
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
    live: str | None,
    quiet: bool,  # noqa: FBT001
    words: tuple[str, ...],
) -> int:
    """Run COMMAND and record it: code, arguments, output, exit code, duration.

    Exits as the command does: with 128 plus the signal's number where one killed it, with 127
    where there is no such command, with 126 where it may not be executed. Signals are passed on
    to it, and SIGTERM or SIGHUP end the run as killed.

    Arguments such as --lr 0.1, --lr=0.1, lr=0.1 and +opt.lr=0.1 are params, and several numbers
    after one option a list; what follows -c is code and none. A number is one that is spelled as
    programs print it: 007 and 4e12345 are texts. --param says what arguments do not, or otherwise.

    A script inside that calls gitxp joins the run, whose experiment and name stay those that are
    given here; git xp run inside is a child of it. Lines of output over 64 KiB are not looked at
    for curves. The command has no terminal, only pipes.

    With --live another process sends checkpoints of the run, and at its end the record, which is
    waited for, but no longer than live.wait; whatever becomes of it, the exit status is the
    command's.
    """
    with _refused_as_usage():
        wanted = parse_metrics(metrics)
        request = StartRequest(
            experiment=experiment,
            name=name,
            hypothesis=hypothesis,
            group=group,
            tags=_pairs("--tag", tags, exact_value),
            params=checked_params(
                {**params_in_arguments(words), **_pairs("--param", params, plain_value)}
            ),
            argv=words,
        )
    workspace = open_project(quiet=quiet, is_strict=True).workspace
    remote = None if live is None else _live_remote(workspace, live, words)
    request = _inside_outer(workspace, request)
    run, done, beside = _run(workspace, request, wanted, remote=remote, quiet=quiet)
    if done.problem is not None:
        tell_error(done.problem)
    if not quiet:
        _tell(run, done)
    if beside is not None:
        beside.wait(workspace.settings.live_wait)
    return done.exit_code


def _live_remote(workspace: Workspace, name: str, words: Sequence[str]) -> Remote:
    """Return the remote that is named behind `--live`, or the usual one.

    Raises:
        UnknownRemote: If there is none of that name; perhaps it is the command's first word.
    """
    try:
        return find_remote(workspace.repository, name or None, to_push=True)
    except UnknownRemote as error:
        if not name:
            raise
        command = shlex.join((name, *words))
        hint = f"{error.hint}; if the command begins there: git xp run --live -- {command}"
        raise UnknownRemote(str(error), hint=hint) from error


def _run(
    workspace: Workspace,
    request: StartRequest,
    metrics: OutputMetrics,
    *,
    remote: Remote | None,
    quiet: bool,
) -> tuple[ActiveRun, Finished, Beside | None]:
    announce = _warn if quiet else _announce
    with warnings_in_plain_words():
        run = start_run(
            workspace,
            request,
            announce=announce,
            on_finish=lambda _: None,
            on_record=RECORDED_RUNS.add,
        )
        if not quiet and not workspace.settings.output_quiet:
            hint_at_baseline(run, workspace.repository)
        beside = start_beside(remote.name, run.id, quiet=quiet) if remote else None
        with PassedSignals() as signals:
            done = run_command(
                workspace,
                run,
                request.argv,
                metrics=metrics,
                show=_show_here,
                signals=signals,
                variables=os.environ,
            )
            run.finish(done.status, exit_code=done.exit_code, error=str(done.problem or ""))
    return run, done, beside


def _tell(run: ActiveRun, done: Finished) -> None:
    if done.has_left_behind:
        say("note: a process that was left behind may still print; that is not recorded any more")
    for metric in done.unmatched:
        what = "was a JSON object with numbers" if metric == JSON_LINES else "told of it"
        say(f"note: --metrics {cell(metric)}: no line of output {what}")
    if not run.writer.folder.exists():  # else it was warned of why it could not be recorded
        short = run.id.short
        say(f"recorded {run.experiment} {short}: git xp show {short}; undo: git xp remove {short}")


def _inside_outer(workspace: Workspace, request: StartRequest) -> StartRequest:
    outer = outer_run(os.environ.get(OUTER_VARIABLE, ""))
    if outer is None or not outer.is_of(workspace.repository):
        return request
    return request.with_parent(outer.run)


def _show_here(stream: int, piece: bytes) -> None:
    """Pass a piece of output on to this process's own output."""
    target = sys.stdout if stream == 1 else sys.stderr
    if target is None:  # it was closed before we began; the number may be another file's by now
        return
    rest = memoryview(piece)
    while rest:
        try:
            rest = rest[os.write(target.fileno(), rest) :]
        except BlockingIOError:  # somebody who shares it wants it so
            select.select([], [target], [])


@contextmanager
def _refused_as_usage() -> Iterator[None]:
    """Tell of options that say what cannot be recorded as of any others that are wrong."""
    try:
        yield
    except (InvalidName, InvalidValue) as error:
        raise click.UsageError(str(error)) from error


def _pairs(option: str, pairs: Sequence[str], read: Callable[[str], Plain]) -> dict[str, Plain]:
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"{option} {pair!r}: expected KEY=VALUE")
        found[key] = read(value)
    return found


def _warn(_: tuple[LeftOut, ...], failure: str) -> None:
    if failure:
        say(f"warning: the code is not captured: {safe(failure)}")


def _announce(left_out: tuple[LeftOut, ...], failure: str) -> None:
    _warn(left_out, failure)
    for left in left_out[:5]:
        say(f"left out of the snapshot: {cell(left.path)} ({cell(left.reason)})")
    if len(left_out) > 5:
        say(f"and {len(left_out) - 5} more")
