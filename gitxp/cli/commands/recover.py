"""`git xp recover`: the runs of processes that died are recorded."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import click

from gitxp.cli import options
from gitxp.cli.confirm import confirm
from gitxp.cli.exits import ANSWER_IS_NO, GITXP_FAILED
from gitxp.cli.opening import open_workspace
from gitxp.cli.output import print_json, say
from gitxp.model.run import Run, Status
from gitxp.query.live import live_runs
from gitxp.storage.repository import Repository
from gitxp.tracking.recording.recover import Recovered, Recovery, recover_runs
from gitxp.ui.format import cell

_NOTHING = "nothing to recover"
_UNDONE = (Recovery.FAILED, Recovery.READ_ONLY)


@click.command("recover")
@click.option("--force", is_flag=True, help="Also runs of other hosts, seen to be dead by you.")
@options.dry_run
@options.yes
@options.quiet
@options.as_json("What became, or would become, of each run, as an array of objects.")
def command(
    force: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Record the runs of processes that died, with all that they had logged.

    Every command does this first; this one says what it did, and can be forced. A run that is
    forced though it lives loses what it logs from then on: without a terminal to ask on, --yes
    is needed for that.
    """
    workspace = open_workspace()
    repository = workspace.repository
    if dry_run:
        _foretell(_unrecorded(repository), force=force, as_json=as_json)
        return 0
    forced = [run for run in _unrecorded(repository) if run.status is Status.UNKNOWN and force]
    if (
        forced
        and not yes
        and not confirm(_question(forced), command="git xp recover --force --yes")
    ):
        return ANSWER_IS_NO
    outcomes = recover_runs(repository, workspace.limits, force=force)
    if as_json:
        print_json([_fields(outcome) for outcome in outcomes])
    else:
        _tell(outcomes, quiet=quiet)
    return GITXP_FAILED if any(one.outcome in _UNDONE for one in outcomes) else 0


def _tell(outcomes: Sequence[Recovered], *, quiet: bool) -> None:
    for outcome in outcomes:
        if outcome.outcome in _UNDONE:
            say(_told(outcome))
        elif not quiet:
            click.echo(_told(outcome))
    if not outcomes and not quiet:
        click.echo(_NOTHING)


def _fields(outcome: Recovered) -> dict[str, Any]:
    recorded = outcome.recorded
    return {
        "run": outcome.run,
        "outcome": outcome.outcome,
        "status": recorded.status if recorded else None,
        "points": recorded.points if recorded else None,
        "problem": outcome.problem or None,
    }


def _foretell(runs: Sequence[Run], *, force: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "run": run.id,
                    "outcome": _outcome(run, force=force),
                    "status": run.status,
                    "points": run.points,
                    "host": run.host,
                }
                for run in runs
            ]
        )
        return
    for run in runs:
        click.echo(_foretold(run, force=force))
    if not runs:
        click.echo(_NOTHING)


def _outcome(run: Run, *, force: bool) -> Recovery:
    if run.status is Status.RUNNING:
        return Recovery.ALIVE
    return Recovery.UNKNOWN if run.status is Status.UNKNOWN and not force else Recovery.RECORDED


def _unrecorded(repository: Repository) -> list[Run]:
    newest = attrgetter("started", "id")
    return sorted(live_runs(repository).runs, key=newest, reverse=True)


def _question(runs: Sequence[Run]) -> str:
    named = ", ".join(f"{run.id.short} on {cell(run.host)}" for run in runs)
    return f"Record as dead, unseen from here: {named}?"


def _foretold(run: Run, *, force: bool) -> str:
    short = run.id.short
    if _outcome(run, force=force) is not Recovery.RECORDED:
        return f"would leave {short} alone: it is {_how_it_stands(run)}"
    return f"would record {short} with {run.points} points"


def _how_it_stands(run: Run) -> str:
    return "running" if run.status is Status.RUNNING else f"perhaps running on {cell(run.host)}"


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
    return f"error: could not record {short}: {cell(outcome.problem)}"
