"""`git xp recover`: the runs of processes that died are recorded."""

from __future__ import annotations

import os

import click

from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.tracking.recover import Recovered, Recovery, recover_runs
from gitxp.tracking.workspace import Workspace


@click.command("recover")
@click.option("--force", is_flag=True, help="Also runs of other hosts, seen to be dead by you.")
def command(force: bool) -> int:  # noqa: FBT001
    """Record the runs of processes that died, with all that they had logged.

    Every command does this first; this one says what it did, and can be forced.
    """
    workspace = Workspace.open(None, dict(os.environ))
    outcomes = recover_runs(workspace.repository, workspace.limits, force=force)
    for outcome in outcomes:
        click.echo(_told(outcome))
    if not outcomes:
        click.echo("nothing to recover")
    is_open = any(one.outcome in (Recovery.FAILED, Recovery.READ_ONLY) for one in outcomes)
    return ANSWER_IS_NO if is_open else 0


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
    return f"could not record {short}: {outcome.problem}"
