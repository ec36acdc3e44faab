"""`git xp push`: runs go to a remote, once it is known what would leave with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from gitxp.cli import options
from gitxp.cli.remote import chosen_remote, remote_argument
from gitxp.cli.selecting import Selection, takes_selection
from gitxp.storage.meanwhile import begin
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository
from gitxp.storage.transport.conversation import conversation

# What reads runs is loaded while the remote is asked what it has, and Git what is here: it takes a
# tenth of a second, and so does the remote.


@dataclass(frozen=True, slots=True)
class PushOptions:
    """What is asked of a push, whatever runs it is about.

    Attributes:
        allowed: Paths of files that may go whatever they look like.
        reroute: Whether runs go whose route is to other remotes.
        replaces: Whether they go in place of what was fetched last and no pull merges.
        asks_hook: Whether the `pre-push` hook is asked.
        dry_run: Whether nothing is to go.
    """

    allowed: Sequence[str]
    reroute: bool
    replaces: bool
    asks_hook: bool
    dry_run: bool
    quiet: bool
    as_json: bool


@click.command("push")
@remote_argument
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@takes_selection(short_limit=False)
@click.option("--reroute", is_flag=True, help="Also runs whose route is to other remotes.")
@click.option(
    "--replace",
    is_flag=True,
    help="Send each RUN in place of what was fetched last and no pull merges.",
)
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
    replace: bool,  # noqa: FBT001
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

    A run edited on both sides is not sent: git xp pull first. Where that refuses what is there,
    --replace sends the record of this clone in its place, unless it changed there since, and names
    the commit that stood there. What was recorded and said there is lost then, but for the clones
    that have it. What a pull merges stays there, and so does what holds all that is here, but for
    the clone that started the run; each is named, and the other runs go.

    A run goes to no other remotes than its route says. Exits with 1 if something did not go that
    should have.
    """
    _check_live(live=live, every=every, dry_run=dry_run)
    if replace and (live or selection.is_given or not runs):
        raise click.UsageError("--replace is for runs that are named, behind the remote")
    repository = open_repository()
    chosen = chosen_remote(repository, remote, to_push=True)
    wanted = PushOptions(allowed, reroute, replace, not no_verify, dry_run, quiet, as_json)
    if live:
        from gitxp.cli.opening import open_project
        from gitxp.cli.pushing import follow_runs

        project = open_project(quiet=quiet, changes_runs=True)
        return follow_runs(project, chosen, runs, selection, wanted, every)
    with conversation(repository, chosen, sends=not dry_run) as talk:
        from gitxp.cli.opening import open_project

        project = open_project(quiet=quiet, changes_runs=True)
        listed = begin(lambda: list_refs(repository))  # with those of runs that were just recorded
        from gitxp.cli.pushing import push_runs

        return push_runs(project, chosen, talk, listed, runs, selection, wanted)


def _check_live(*, live: bool, every: float | None, dry_run: bool) -> None:
    if live and dry_run:
        raise click.UsageError("--live and --dry-run do not go together")
    if every is not None and not live:
        raise click.UsageError("--every says something of --live alone")
