"""`git xp push`: runs go to a remote, once it is known what would leave with them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import click

from gitxp.cli import options
from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.opening import Opened, open_project
from gitxp.cli.output import print_json
from gitxp.cli.progress import Progress
from gitxp.cli.pushed import Report, fields, history_lines, show, tell, tell_unsearched
from gitxp.cli.selection import Selection, selected_runs, takes_selection
from gitxp.cli.sharing import chosen_remote, remote_argument
from gitxp.errors import RouteRefused
from gitxp.model.identity import RunId
from gitxp.policy.routes import check_route
from gitxp.storage.configuration import remote_names
from gitxp.storage.transport.last_seen import allow_history, is_history_allowed
from gitxp.storage.transport.pre_push import ask_hook
from gitxp.storage.transport.remotes import Remote
from gitxp.sync.large_files import Upload, large_files_to_push, upload_large_files
from gitxp.sync.leaving import Leaving, needing_history, routed_plan, without
from gitxp.sync.outgoing.look import Bounds, look_over
from gitxp.sync.push import plan_push, push
from gitxp.ui.format import cell


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

    A run edited on both sides is not sent: git xp pull first. A run goes to no other remotes than
    its route says. Exits with 1 if something did not go that should have.
    """
    project = open_project(quiet=quiet)
    chosen = chosen_remote(project.repository, remote, to_push=True)
    only = _only(project, runs, selection)
    plan = plan_push(project.repository, chosen, only=only)
    settings = project.workspace.settings
    leaving = routed_plan(project.repository, settings, plan, chosen.name, reroute=reroute)
    if only is not None:
        _check_routes(project, leaving, chosen.name)
    bounds = Bounds.of(settings, allowed)
    report = _decide_history(
        project, chosen, _look(project, chosen, leaving, bounds), bounds, dry_run=dry_run
    )
    if not as_json:
        tell_unsearched(report)
    refused = bool(report.outgoing.secrets or report.outgoing.oversized)

    def names() -> Mapping[str, str]:
        return project.names

    if dry_run or refused:
        if as_json:
            print_json(fields(chosen, report, []))
        else:
            show(chosen, report, names, refused=refused, dry_run=dry_run)
        return ANSWER_IS_NO if refused else 0
    upload = _upload(project, chosen, report.leaving)
    if report.leaving.plan.sends and not no_verify:
        ask_hook(project.repository, chosen, report.leaving.plan.sends)
    progress = Progress(f"pushing to {cell(chosen.name)}")
    sent = push(project.repository, chosen, report.leaving.plan, heard=progress.tell)
    progress.erase()
    if as_json:
        print_json(fields(chosen, report, sent, upload))
    else:
        tell(chosen, report, sent, upload, names, quiet=quiet)
    is_whole = all(one.is_there for one in sent) and not report.stays and not plan.diverged
    return 0 if is_whole else ANSWER_IS_NO


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
    plan = leaving.plan
    there = plan.there.values()
    outgoing = look_over(project.repository, plan.tips, there, bounds, remote=remote.name)
    return Report(leaving, outgoing)


def _decide_history(
    project: Opened, remote: Remote, report: Report, bounds: Bounds, *, dry_run: bool
) -> Report:
    """Let the code's history go, or leave here the runs that need it."""
    needing = needing_history(report.leaving.runs, report.outgoing)
    if not needing:
        return report
    rule = project.workspace.settings.push_history
    repository, url = project.repository, remote.push_url
    if rule == "allow" or (rule == "ask" and (dry_run or is_history_allowed(repository, url))):
        return report
    if rule == "ask" and sys.stdin is not None and sys.stdin.isatty():
        for line in history_lines(report.outgoing):
            click.echo(line, err=True)
        if click.confirm(f"Let them go to {cell(remote.name)} from now on?", err=True):
            allow_history(repository, url)
            return report
    rest = _look(project, remote, without(report.leaving, needing), bounds)
    return replace(rest, stays=frozenset(needing))


def _upload(project: Opened, remote: Remote, leaving: Leaving) -> Upload:
    plan = leaving.plan
    there = plan.there.values()
    files = large_files_to_push(project.repository, remote.name, plan.tips, known=there)
    return upload_large_files(project.repository, remote.name, files)
