"""`git xp fetch`: what a remote has is brought here, and waits until it is merged."""

from __future__ import annotations

import re
import shlex

import click

from gitxp.cli import options
from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json
from gitxp.cli.progress import Progress
from gitxp.cli.remote import chosen_remote, remote_argument
from gitxp.cli.sharing import (
    counted_abouts,
    going_on,
    tell_missed,
    tell_refused,
    tell_strange,
)
from gitxp.cli.told import counted
from gitxp.storage.refs import incoming_refs, parse_run_ref
from gitxp.sync.fetch import Fetched, fetch
from gitxp.ui.format import cell

_ID = re.compile(r"[0-9a-f]{4,32}")


@click.command("fetch")
@remote_argument
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@options.quiet
@options.as_json("What came, as one object.")
def command(
    remote: str | None,
    runs: tuple[str, ...],
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Bring runs of a remote here, without merging them: git xp pull does both.

    Each RUN is the id of a run there, or its beginning. Where no REMOTE is named it is the one
    that Git would fetch from. Until they are merged, fetched runs are shown by
    git xp list --remote REMOTE. Branches, tags and git fetch itself are left as they are. Exits
    with 1 if the remote has runs that it did not send.
    """
    if wrong := [text for text in runs if not _ID.fullmatch(text)]:
        raise click.UsageError(f"expected ids of runs, or the first digits: found {wrong[0]!r}")
    project = open_project(quiet=quiet)
    chosen = chosen_remote(project.repository, remote)
    progress = Progress(f"fetching from {cell(chosen.name)}")
    said = f"git xp fetch {shlex.join([chosen.name, *runs])}"
    fetched = fetch(
        project.repository, chosen, only=runs or None, command=said, heard=progress.tell
    )
    progress.erase()
    if as_json:
        print_json(
            {
                "remote": chosen.name,
                "runs": fetched.there,
                "new": list(fetched.new),
                "live": list(fetched.live),
                "refused": dict(fetched.refused),
                "missed": list(fetched.missed),
                "ignored": list(fetched.strange),
                "into": incoming_refs(chosen.name),
            }
        )
        return ANSWER_IS_NO if fetched.missed else 0
    tell_missed(chosen.name, fetched.missed)
    if not quiet:
        live = going_on(project.repository, chosen.name, fetched)
        click.echo(told(chosen.name, fetched, live))
        tell_strange(fetched.strange)
        tell_refused(fetched.refused)
        if fetched.new:
            click.echo("merge them with: git xp pull", err=True)
    return ANSWER_IS_NO if fetched.missed else 0


def told(remote: str, fetched: Fetched, live: str) -> str:
    """Return what came, in one line.

    Args:
        live: What to add of runs that go on.
    """
    runs = sum(parse_run_ref(ref) is not None for ref in fetched.new)
    new = [f"{runs:,} new"] if runs else []
    came = ", ".join(new + counted_abouts(fetched.new)) or "nothing new"
    there = counted(fetched.there, "run")
    return f"fetched from {cell(remote)}: {came} ({there} there{live})"
