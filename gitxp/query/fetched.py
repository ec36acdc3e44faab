"""Runs as they were last fetched from a remote, whatever became of them here."""

from __future__ import annotations

from gitxp.errors import UnknownRemote
from gitxp.query.index.refresh import Recorded, fetched_rows
from gitxp.storage.configuration import remote_names
from gitxp.storage.repository import Repository


def fetched_runs(repository: Repository, remote: str) -> Recorded:
    """Return the rows of the runs that were fetched from a remote.

    Raises:
        UnknownRemote: If there is neither a remote of that name nor a run that came from it.
    """
    fetched = fetched_rows(repository, remote)
    if not len(fetched.rows) and not fetched.problems:
        _check_known(repository, remote)
    return fetched


def _check_known(repository: Repository, remote: str) -> None:
    known = remote_names(repository)
    if remote not in known:
        hint = f"known are: {', '.join(known) or 'none'}"
        raise UnknownRemote(f"there is no remote {remote!r}", hint=hint)
