"""The remote that a command is about. Here is nothing that reads runs; see `selecting`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from gitxp.errors import UnknownRemote
from gitxp.storage.repository import Repository
from gitxp.storage.transport.remotes import Remote, find_remote

remote_argument = click.argument("remote", required=False, metavar="[REMOTE]")

_ID = re.compile(r"[0-9a-f]{4,32}")


def check_ids(runs: Sequence[str]) -> None:
    """Refuse what cannot be how the id of a run begins: names of runs there are not known."""
    if wrong := [text for text in runs if not _ID.fullmatch(text)]:
        raise click.UsageError(f"expected ids of runs, or the first digits: found {wrong[0]!r}")


def chosen_remote(repository: Repository, name: str | None, *, to_push: bool = False) -> Remote:
    """Return the remote of a command that takes runs behind it.

    Raises:
        UnknownRemote: If there is none of that name; perhaps a run was meant.
    """
    try:
        return find_remote(repository, name, to_push=to_push)
    except UnknownRemote as error:
        if name is None:
            raise
        hint = f"{error.hint}; runs are named behind the remote"
        raise UnknownRemote(str(error), hint=hint) from error
