"""`git xp recover`: the runs of processes that died are recorded."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from gitxp.cli import options
from gitxp.cli.confirm import confirm
from gitxp.cli.exits import ANSWER_IS_NO, GITXP_FAILED
from gitxp.model.run import Run, Status
from gitxp.query.runs import find_runs
from gitxp.storage.repository import Repository
from gitxp.tracking.recover import Recovered, Recovery, recover_runs
from gitxp.tracking.workspace import Workspace

_UNDONE = (Recovery.FAILED, Recovery.READ_ONLY)


@click.command("recover")
@click.option("--force", is_flag=True, help="Also runs of other hosts, seen to be dead by you.")
@options.dry_run
@options.yes
@options.quiet
def command(force: bool, dry_run: bool, yes: bool, quiet: bool) -> int:  # noqa: FBT001
    """Record the runs of processes that died, with all that they had logged.

    Every command does this first; this one says what it did, and can be forced. A run that is
    forced though it lives loses what it logs from then on: without a terminal to ask on, --yes
    is needed for that.
    """
    workspace = Workspace.open(None, dict(os.environ))
    repository = workspace.repository
    if dry_run:
        for run in _unrecorded(repository):
            click.echo(_foretold(run, force=force))
        return 0
    forced = [run for run in _unrecorded(repository) if run.status is Status.UNKNOWN and force]
    if (
        forced
        and not yes
        and not confirm(_question(forced), command="git xp recover --force --yes")
    ):
        return ANSWER_IS_NO
    outcomes = recover_runs(repository, workspace.limits, force=force)
    for outcome in outcomes:
        is_wrong = outcome.outcome in _UNDONE
        if is_wrong or not quiet:
            click.echo(_told(outcome), err=is_wrong)
    if not outcomes and not quiet:
        click.echo("nothing to recover")
    return GITXP_FAILED if any(one.outcome in _UNDONE for one in outcomes) else 0


def _unrecorded(repository: Repository) -> list[Run]:
    return [run for run in find_runs(repository).runs if run.tip is None]


def _question(runs: Sequence[Run]) -> str:
    named = ", ".join(f"{run.id.short} on {run.host}" for run in runs)
    return f"Record as dead, unseen from here: {named}?"


def _foretold(run: Run, *, force: bool) -> str:
    short = run.id.short
    if run.status is Status.RUNNING or (run.status is Status.UNKNOWN and not force):
        return f"would leave {short} alone: it is {_how_it_stands(run)}"
    return f"would record {short} with {run.points} points"


def _how_it_stands(run: Run) -> str:
    return "running" if run.status is Status.RUNNING else f"perhaps running on {run.host}"


def _told(outcome: Recovered) -> str:
    short = outcome.run.short
    match outcome.outcome:
        case Recovery.RECORDED if outcome.recorded is not None:
            points = outcome.recorded.points
            return (
                f"recorded {short} as {outcome.recorded.status} with {points} points; "
                f"undo: git xp remove {short}"
            )
        case Recovery.ALIVE:
            return f"left {short} alone: it is running"
        case Recovery.UNKNOWN:
            return f"left {short} alone: it may be running on another host; git xp recover --force"
    return f"error: could not record {short}: {outcome.problem}"
