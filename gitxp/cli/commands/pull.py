"""`git xp pull`: runs of a remote are brought here and merged."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import click

from gitxp.cli import options
from gitxp.cli.exits import ANSWER_IS_NO
from gitxp.cli.opening import open_project
from gitxp.cli.output import print_json, say
from gitxp.cli.progress import Progress
from gitxp.cli.remote import check_ids, chosen_remote, remote_argument
from gitxp.cli.sharing import (
    arrival_fields,
    arrival_lines,
    counts,
    going_on,
    tell_missed,
    tell_refused,
    tell_strange,
)
from gitxp.cli.told import tell_mended
from gitxp.query.found import find_rows
from gitxp.storage.repository import Repository
from gitxp.storage.transport.remotes import Remote
from gitxp.sync.arrival import Arrival, Outcome
from gitxp.sync.fetch import Fetched, fetch
from gitxp.sync.pull import merge_incoming
from gitxp.ui.format import cell


@click.command("pull")
@remote_argument
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option(
    "--restored",
    is_flag=True,
    help="This clone was restored from a copy: take its own runs back, or those that are named.",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Take each RUN in place of what is here, where no merge holds both.",
)
@options.quiet
@options.as_json("What became of each record, as one object.")
def command(
    remote: str | None,
    runs: tuple[str, ...],
    restored: bool,  # noqa: FBT001
    replace: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Bring runs of a remote here, and merge what was said of them on both sides.

    Tags, notes, verdicts and the like of two people are all kept: nothing conflicts. A run that
    somebody removed goes to the trash, unless something was added to it here since; git xp undo
    takes a whole pull back.

    Each record is checked as git xp verify does it. One that breaks the rules is named and not
    merged, the others are, and the exit status is 1. So is one in which somebody else wrote what
    only the clone does where the run was started, and this is that clone. One that was restored
    from a copy, or is a copy, does not know what it wrote since: --restored takes that back, of
    each RUN that is named by its id or its beginning, or of all. It says which those are.

    Two copies of a clone that both went on with a run wrote two records, which nothing merges.
    --replace takes the one that is there; what was recorded and said here goes to the trash.
    """
    _check_named(runs, restored=restored, replace=replace)
    check_ids(runs)
    project = open_project(quiet=quiet)
    repository = project.repository
    chosen = chosen_remote(repository, remote)
    progress = Progress(f"fetching from {cell(chosen.name)}")
    said = f"git xp pull {shlex.quote(chosen.name)}"
    fetched = fetch(
        repository,
        chosen,
        looked_at=runs,
        command=said,
        heard=progress.tell,
        tell_mended=tell_mended,
    )
    progress.erase()
    progress = Progress("merging")
    arrivals = merge_incoming(
        repository,
        chosen,
        home=project.workspace.home,
        command=said,
        restored=runs if restored else None,
        replacing=runs if replace else (),
        watch=progress.show,
        tell_mended=tell_mended,
    )
    progress.erase()
    refused = [one for one in arrivals if one.outcome is Outcome.REFUSED]
    if as_json:
        print_json(_fields(chosen, fetched, arrivals))
    else:
        _tell(repository, chosen, fetched, refused if quiet else arrivals)
        if not quiet:
            tell_strange(fetched.strange)
            live = going_on(repository, chosen.name, fetched)
            click.echo(f"pulled from {cell(chosen.name)}: {counts(arrivals)}{live}")
    return ANSWER_IS_NO if refused or fetched.refused or fetched.lacks_some else 0


def _tell(
    repository: Repository, remote: Remote, fetched: Fetched, told: Sequence[Arrival]
) -> None:
    """Name what did not simply arrive."""
    lines = arrival_lines(told, {})
    if lines:
        names = {key.id: key.name for key in find_rows(repository).rows.keys}
        lines = arrival_lines(told, names)
    for line in lines:
        say(line)
    tell_refused(fetched.refused)
    tell_missed(remote.name, fetched)


def _check_named(runs: Sequence[str], *, restored: bool, replace: bool) -> None:
    if restored and replace:
        raise click.UsageError("--restored and --replace do not go together")
    if replace and not runs:
        raise click.UsageError("--replace is for runs that are named, behind the remote")
    if runs and not (restored or replace):
        raise click.UsageError("what is pulled is all; of single runs: git xp fetch, or --restored")


def _fields(remote: Remote, fetched: Fetched, arrivals: Sequence[Arrival]) -> dict[str, Any]:
    return {
        "remote": remote.name,
        "records": [arrival_fields(one) for one in arrivals],
        "live": list(fetched.live),
        "refused": dict(fetched.refused),
        "missed": dict(fetched.missed),
        "unreached": list(fetched.unreached),
    }
