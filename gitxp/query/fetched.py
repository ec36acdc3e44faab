"""Runs as they were last fetched from a remote, whatever became of them here."""

from __future__ import annotations

from collections.abc import Sequence

from gitxp.query.index.refresh import Recorded, fetched_rows
from gitxp.query.lookup import matches, resolve
from gitxp.query.run_rows import RunKey
from gitxp.query.watched import watched_runs, with_watched
from gitxp.storage.configuration import remote_names
from gitxp.storage.repository import Repository
from gitxp.storage.transport.remotes import unknown_remote


def fetched_runs(repository: Repository, remote: str) -> Recorded:
    """Return the rows of the runs that were fetched from a remote, and of those that go on there.

    Raises:
        UnknownRemote: If there is neither a remote of that name nor a run that came from it.
    """
    fetched = fetched_rows(repository, remote)
    watched = watched_runs(repository, remote=remote)
    rows = with_watched(repository, fetched.rows, watched.runs) if watched.runs else fetched.rows
    problems = (*fetched.problems, *watched.problems)
    if not len(rows) and not problems:
        _check_known(repository, remote)
    return Recorded(rows, problems)


def find_run(repository: Repository, runs: Sequence[RunKey], text: str, *, home: str) -> RunKey:
    """Return the run that `text` means among `runs`, or, as `origin/<run>`, as last fetched.

    A run here that is called so comes first. See `gitxp.query.lookup.resolve`.

    Raises:
        UnknownRun: If there is none.
        AmbiguousRun: If a prefix fits several.
    """
    if "/" in text and not matches(runs, text, home=home):
        # Names of remotes may have slashes, too.
        for remote in sorted(remote_names(repository), key=len, reverse=True):
            if text.startswith(f"{remote}/"):
                fetched = fetched_runs(repository, remote).rows.keys
                return resolve(fetched, text.removeprefix(f"{remote}/"), home=home)
    return resolve(runs, text, home=home)


def _check_known(repository: Repository, remote: str) -> None:
    known = remote_names(repository)
    if remote not in known:
        raise unknown_remote(remote, known)
