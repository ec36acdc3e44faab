"""A push, step by step: planned, looked over, decided about, sent and told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import click

from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.opening import Opened
from gitxp.cli.output import print_json, say
from gitxp.cli.progress import Progress
from gitxp.cli.pushed import Report, fields, history_lines, show, tell, tell_unsearched
from gitxp.cli.selecting import Selection
from gitxp.cli.sharing import tell_checkpoint
from gitxp.errors import RemoteFailed, RouteRefused
from gitxp.model.identity import RunId
from gitxp.policy.routes import check_route
from gitxp.storage.configuration import remote_names
from gitxp.storage.refs import parse_run_ref
from gitxp.storage.transport.conversation import Conversation
from gitxp.storage.transport.last_seen import allow_history
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import Sent
from gitxp.sync.large_files.upload import Upload
from gitxp.sync.leaving import Leaving, needing_history, routed_plan, without
from gitxp.sync.live.over import take_away_those_over
from gitxp.sync.outgoing.look import Bounds
from gitxp.sync.push import plan_push, push
from gitxp.sync.sending import ask_first, looked_over, may_publish_history, upload_for
from gitxp.ui.format import cell, safe

if TYPE_CHECKING:
    from gitxp.cli.commands.push import PushOptions
    from gitxp.sync.replacing import InPlace


def push_runs(
    project: Opened,
    remote: Remote,
    talk: Conversation,
    listed: Callable[[], Mapping[str, str]],
    runs: Sequence[str],
    selection: Selection,
    wanted: PushOptions,
) -> int:
    """Push all runs, or those that are meant, and return the exit status; see `plan_push`."""
    meant = _meant(project, runs, selection)
    settings = project.workspace.settings
    replaced = _replaceable(project, remote, meant, listed()) if wanted.replaces else {}
    plan = plan_push(
        project.repository,
        remote,
        only=meant.only,
        in_place=replaced,
        talk=talk,
        listed=listed,
    )
    leaving = routed_plan(project.repository, settings, plan, remote.name, reroute=wanted.reroute)
    tips = listed()
    stays = {ref: why for ref, why in meant.unread.items() if plan.there.get(ref) != tips.get(ref)}
    leaving = replace(leaving, unread={**leaving.unread, **stays})
    if meant.only is not None:
        _check_routes(project, leaving, remote.name)
    bounds = Bounds.of(settings, wanted.allowed)
    report = _look(project, remote, leaving, bounds)
    report = _decide_history(project, remote, report, bounds, dry_run=wanted.dry_run)
    if not wanted.as_json:
        tell_unsearched(report)
    if wanted.dry_run or report.is_refused:
        _show(project, remote, report, wanted)
        return ANSWER_IS_NO if report.is_refused else 0
    sent, upload = _send(project, remote, talk, report, wanted)
    left = (report.stays, plan.diverged, report.kept, leaving.unread, upload.failed)
    return 0 if all(one.is_there for one in sent) and not any(left) else ANSWER_IS_NO


def follow_runs(
    project: Opened,
    remote: Remote,
    runs: Sequence[str],
    selection: Selection,
    wanted: PushOptions,
    every: float | None,
) -> int:
    """Push checkpoints of runs while they go on, and return the exit status; see `push_live`.

    Args:
        every: Seconds from one checkpoint to the next; as the settings have it where None.
    """
    from gitxp.cli.live import push_live  # all that makes records, for nothing where not
    from gitxp.sync.live.objection import Rules

    settings = project.workspace.settings
    bounds = Bounds.of(settings, wanted.allowed)
    meant = _meant(project, runs, selection)
    status = push_live(
        project,
        remote,
        meant.only,
        Rules(settings, bounds, reroute=wanted.reroute, asks_hook=wanted.asks_hook),
        every=settings.live_every if every is None else every,
        quiet=wanted.quiet,
        as_json=wanted.as_json,
    )
    return status or (ANSWER_IS_NO if meant.unread else 0)


def _show(project: Opened, remote: Remote, report: Report, wanted: PushOptions) -> None:
    """Show what would go, or why nothing does."""
    if wanted.as_json:
        print_json(fields(remote, report, []))
        return
    refused = report.is_refused
    show(remote, report, lambda: project.names, refused=refused, dry_run=wanted.dry_run)


def _send(
    project: Opened, remote: Remote, talk: Conversation, report: Report, wanted: PushOptions
) -> tuple[Sequence[Sent], Upload]:
    """Send what goes, large files first, and tell of it."""
    going = report.leaving.plan
    if wanted.asks_hook:
        for line in ask_first(project.repository, remote, going):
            say(cell(line))
    upload = _upload(project, remote, report)
    progress = Progress(f"pushing to {cell(remote.name)}")
    sent = push(project.repository, remote, going, talk=talk, heard=progress.tell)
    progress.erase()
    _let_go_of_replaced(project, remote, report, sent)
    _take_away_those_over(project, remote, sent)
    if wanted.as_json:
        print_json(fields(remote, report, sent, upload))
    else:
        tell(remote, report, sent, upload, lambda: project.names, quiet=wanted.quiet)
    return sent, upload


def _let_go_of_replaced(
    project: Opened, remote: Remote, report: Report, sent: Sequence[Sent]
) -> None:
    there = {one.ref for one in sent if one.is_there}
    gone = {ref: one.tip for ref, one in report.replaced.items() if ref in there}
    if gone:
        from gitxp.sync.replacing import let_go_of_replaced

        let_go_of_replaced(project.repository, remote, gone)


def _take_away_those_over(project: Opened, remote: Remote, sent: Sequence[Sent]) -> None:
    try:
        pushed = [one.ref for one in sent if one.is_there]
        for one in take_away_those_over(project.repository, remote, pushed):
            tell_checkpoint(one)
    except RemoteFailed as error:
        say(f"note: checkpoints of runs that are over stay there: {safe(str(error))}")


def _upload(project: Opened, remote: Remote, report: Report) -> Upload:
    checking = Progress("checking large files")
    uploading = Progress(f"uploading large files to {cell(remote.name)}")
    upload = upload_for(
        project.repository,
        remote,
        report.leaving,
        report.outgoing,
        checked=checking.show_bytes,
        moved=uploading.show_bytes,
    )
    uploading.erase()
    return upload


class _Meant(NamedTuple):
    """What is to go.

    Attributes:
        only: The ids of the runs; None for all.
        unread: Why records stay that may be meant, and cannot be read, by their refs.
    """

    only: set[RunId] | None
    unread: Mapping[str, str]


def _meant(project: Opened, runs: Sequence[str], selection: Selection) -> _Meant:
    if not selection.is_given:
        return _Meant({RunId(project.find(text).id) for text in runs} if runs else None, {})
    from gitxp.cli.selection import problems_of, selected_runs

    only = {run.id for run in selected_runs(project, selection, runs)}
    problems = problems_of(project, selection, runs)
    return _Meant(only, {one.ref: one.message for one in problems if parse_run_ref(one.ref)})


def _replaceable(
    project: Opened, remote: Remote, meant: _Meant, tips: Mapping[str, str]
) -> Mapping[str, InPlace]:
    """Return what was fetched last of the runs that are meant, and whether it may be replaced."""
    from gitxp.sync.replacing import replaceable  # all that a pull takes, for nothing where not

    assert meant.only is not None
    home = project.workspace.home
    return replaceable(project.repository, remote, meant.only, tips, home=home)


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
