"""`git xp push`: runs go to a remote, once it is known what would leave with them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import click

from gitxp.cli import options
from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.progress import Progress
from gitxp.cli.pushed import Report, fields, history_lines, show, tell, tell_unsearched
from gitxp.cli.selection import Selection, selected_runs, takes_selection
from gitxp.cli.sharing import chosen_remote, remote_argument, tell_checkpoint
from gitxp.errors import RemoteFailed, RouteRefused
from gitxp.model.identity import RunId
from gitxp.policy.routes import check_route
from gitxp.storage.configuration import remote_names
from gitxp.storage.transport.last_seen import allow_history
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import Sent
from gitxp.sync.large_files.upload import Upload
from gitxp.sync.leaving import Leaving, needing_history, routed_plan, without
from gitxp.sync.live.ending import take_away_those_over
from gitxp.sync.live.objection import Rules
from gitxp.sync.outgoing.look import Bounds
from gitxp.sync.push import plan_push, push
from gitxp.sync.sending import ask_first, looked_over, may_publish_history, upload_for
from gitxp.ui.format import cell, safe


@click.command("push")
@remote_argument
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection(short_limit=False)
@click.option("--reroute", is_flag=True, help="Also runs whose route is to other remotes.")
@click.option(
    "--allow-secret",
    "allowed",
    multiple=True,
    metavar="PATH",
    help="Let this file go, or this folder, whatever it looks like.",
)
@click.option("--live", is_flag=True, help="Stay, and send checkpoints of runs that go on.")
@click.option(
    "--every",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="From one checkpoint to the next; 0 for none but the records.  [default: live.every]",
)
@click.option("--no-verify", is_flag=True, help="Do not call the pre-push hook.")
@options.dry_run
@options.quiet
@options.as_json("What went, or with -n what would, as one object.")
def command(
    remote: str | None,
    runs: tuple[str, ...],
    selection: Selection,
    reroute: bool,  # noqa: FBT001
    allowed: tuple[str, ...],
    live: bool,  # noqa: FBT001
    every: float | None,
    no_verify: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Send runs to a remote: all that it does not have, or those that are named.

    With a run goes its code, and the commits on which that builds: what the remote does not have
    of them is listed, and asked about once for each remote; [push] history decides it otherwise.
    Without a terminal to ask on, such runs stay. All that would leave is searched first. What looks
    secret or is too large is listed, and nothing goes; -n lists it all and sends nothing.

    With --live it stays, and shows runs of this clone to others while they go on: every so often
    a checkpoint of each goes, which the next one replaces, and at the end the record. It ends when
    the runs that are named are over; where none is, when it is told to. The training does not wait
    for it, and nothing is asked: what may not go stays, and is named once.

    A run edited on both sides is not sent: git xp pull first. A run goes to no other remotes than
    its route says. Exits with 1 if something did not go that should have.
    """
    _check_live(live=live, every=every, dry_run=dry_run)
    project = open_project(quiet=quiet)
    chosen = chosen_remote(project.repository, remote, to_push=True)
    only = _only(project, runs, selection)
    settings = project.workspace.settings
    bounds = Bounds.of(settings, allowed)
    if live:
        from gitxp.cli.live import push_live  # all that makes records, for nothing where not

        rules = Rules(settings, bounds, reroute=reroute, asks_hook=not no_verify)
        seconds = settings.live_every if every is None else every
        return push_live(project, chosen, only, rules, every=seconds, quiet=quiet, as_json=as_json)
    plan = plan_push(project.repository, chosen, only=only)
    leaving = routed_plan(project.repository, settings, plan, chosen.name, reroute=reroute)
    if only is not None:
        _check_routes(project, leaving, chosen.name)
    report = _decide_history(
        project, chosen, _look(project, chosen, leaving, bounds), bounds, dry_run=dry_run
    )
    if not as_json:
        tell_unsearched(report)
    refused = report.is_refused

    def names() -> Mapping[str, str]:
        return project.names

    if dry_run or refused:
        if as_json:
            print_json(fields(chosen, report, []))
        else:
            show(chosen, report, names, refused=refused, dry_run=dry_run)
        return ANSWER_IS_NO if refused else 0
    going = report.leaving.plan
    if not no_verify:
        for line in ask_first(project.repository, chosen, going):
            say(cell(line))
    upload = _upload(project, chosen, report)
    progress = Progress(f"pushing to {cell(chosen.name)}")
    sent = push(project.repository, chosen, going, heard=progress.tell)
    progress.erase()
    _take_away_those_over(project, chosen, sent)
    if as_json:
        print_json(fields(chosen, report, sent, upload))
    else:
        tell(chosen, report, sent, upload, names, quiet=quiet)
    left = (report.stays, plan.diverged, leaving.unread, upload.failed)
    return 0 if all(one.is_there for one in sent) and not any(left) else ANSWER_IS_NO


def _check_live(*, live: bool, every: float | None, dry_run: bool) -> None:
    if live and dry_run:
        raise click.UsageError("--live and --dry-run do not go together")
    if every is not None and not live:
        raise click.UsageError("--every says something of --live alone")


def _take_away_those_over(project: Opened, remote: Remote, sent: Sequence[Sent]) -> None:
    try:
        pushed = [one.ref for one in sent if one.is_there]
        for one in take_away_those_over(project.repository, remote, pushed):
            tell_checkpoint(one)
    except RemoteFailed as error:
        say(f"note: checkpoints of runs that are over stay there: {safe(str(error))}")


def _upload(project: Opened, remote: Remote, report: Report) -> Upload:
    progress = Progress(f"uploading large files to {cell(remote.name)}")
    upload = upload_for(
        project.repository, remote, report.leaving, report.outgoing, moved=progress.show_bytes
    )
    progress.erase()
    return upload


def _only(project: Opened, runs: Sequence[str], selection: Selection) -> set[RunId] | None:
    """Return the runs that are meant; None for all."""
    if selection.is_given:
        return {run.id for run in selected_runs(project, selection, runs)}
    return {RunId(project.find(text).id) for text in runs} if runs else None


def _check_routes(project: Opened, leaving: Leaving, remote: str) -> None:
    known = remote_names(project.repository)
    for run in leaving.routed.values():
        try:
            check_route(run.id.short, run.route, remote, known)
        except RouteRefused as error:
            hint = "; ".join(filter(None, (error.hint, "or all the same: --reroute")))
            raise RouteRefused(str(error), hint=hint) from error


def _look(project: Opened, remote: Remote, leaving: Leaving, bounds: Bounds) -> Report:
    return Report(leaving, looked_over(project.repository, remote, leaving.plan, bounds))


def _decide_history(
    project: Opened, remote: Remote, report: Report, bounds: Bounds, *, dry_run: bool
) -> Report:
    """Let the code's history go, or leave here the runs that need it."""
    needing = needing_history(report.leaving.runs, report.outgoing)
    if not needing:
        return report
    settings, repository = project.workspace.settings, project.repository
    rule = settings.push_history
    if may_publish_history(repository, settings, remote):
        return report
    if rule == "ask" and dry_run:
        return replace(report, asks=frozenset(needing))
    if rule == "ask" and sys.stdin is not None and sys.stdin.isatty():
        if report.is_refused:  # nobody is asked for what cannot go
            return report
        for line in history_lines(report.outgoing):
            click.echo(line, err=True)
        if click.confirm(f"Let them go to {cell(remote.name)} from now on?", err=True):
            allow_history(repository, remote.push_url)
            return report
    rest = _look(project, remote, without(report.leaving, needing), bounds)
    return replace(rest, stays=frozenset(needing))
