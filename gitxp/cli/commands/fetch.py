"""`git xp fetch`: what a remote has is brought here, and waits until it is merged."""

from __future__ import annotations

from functools import partial

import click

from gitxp.cli import options
from gitxp.cli.remote import check_ids, chosen_remote, remote_argument
from gitxp.storage.repository import open_repository
from gitxp.storage.transport.asking import asking
from gitxp.storage.transport.known import ask_remote


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

    Each RUN is the id of a run there, or its beginning; what this clone has lost of it comes, too.
    Where no REMOTE is named it is the one that Git would fetch from. Until they are merged, fetched
    runs are shown by git xp list --remote REMOTE. Branches, tags and git fetch itself are left as
    they are. Exits with 1 if the remote has runs that it did not send.
    """
    check_ids(runs)
    repository = open_repository()
    chosen = chosen_remote(repository, remote)
    with asking(partial(ask_remote, repository, chosen)) as asked:
        from gitxp.cli.fetching import fetch_runs

        return fetch_runs(chosen, asked, runs, quiet=quiet, as_json=as_json)
