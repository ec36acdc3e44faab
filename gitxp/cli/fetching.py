"""A fetch, and what is said of it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

import click

from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json
from gitxp.cli.progress import Progress
from gitxp.cli.sharing import counted_abouts, going_on, tell_missed, tell_refused, tell_strange
from gitxp.cli.told import counted, tell_mended
from gitxp.storage.refs import incoming_refs, parse_run_ref
from gitxp.storage.transport.known import Answer
from gitxp.storage.transport.remotes import Remote
from gitxp.sync.fetch import Fetched, fetch
from gitxp.ui.format import cell


def fetch_runs(
    remote: Remote,
    asked: Callable[[], Answer],
    runs: Sequence[str],
    *,
    quiet: bool,
    as_json: bool,
) -> int:
    """Fetch all runs, or those whose ids begin so, and return the exit status; see `fetch`."""
    project = open_project(quiet=quiet)
    progress = Progress(f"fetching from {cell(remote.name)}")
    said = f"git xp fetch {shlex.join([remote.name, *runs])}"
    fetched = fetch(
        project.repository,
        remote,
        only=runs or None,
        command=said,
        asked=asked,
        heard=progress.tell,
        tell_mended=tell_mended,
    )
    progress.erase()
    if as_json:
        print_json(
            {
                "remote": remote.name,
                "runs": fetched.there,
                "new": list(fetched.new),
                "live": list(fetched.live),
                "refused": dict(fetched.refused),
                "missed": dict(fetched.missed),
                "unreached": list(fetched.unreached),
                "ignored": list(fetched.strange),
                "into": incoming_refs(remote.name),
            }
        )
        return ANSWER_IS_NO if fetched.lacks_some else 0
    tell_missed(remote.name, fetched)
    if not quiet:
        live = going_on(project.repository, remote.name, fetched)
        click.echo(_told(remote.name, fetched, live))
        tell_strange(fetched.strange)
        tell_refused(fetched.refused)
        if fetched.new:
            click.echo("merge them with: git xp pull", err=True)
    return ANSWER_IS_NO if fetched.lacks_some else 0


def _told(remote: str, fetched: Fetched, live: str) -> str:
    """Return what came, in one line.

    Args:
        live: What to add of runs that go on.
    """
    runs = sum(parse_run_ref(ref) is not None for ref in fetched.new)
    new = [f"{runs:,} new"] if runs else []
    came = ", ".join(new + counted_abouts(fetched.new)) or "nothing new"
    there = counted(fetched.there, "run")
    return f"fetched from {cell(remote)}: {came} ({there} there{live})"
