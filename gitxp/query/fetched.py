"""Runs as they were last fetched from a remote, whatever became of them here."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from gitxp.errors import UnknownRun
from gitxp.model.names import LONGEST_NAME
from gitxp.query.index.refresh import Recorded, fetched_rows
from gitxp.query.live import Problem
from gitxp.query.lookup import matches, resolve, unreadable
from gitxp.query.removed import removal_of
from gitxp.query.run_rows import RunKey, RunRows
from gitxp.query.watched import watched_runs, with_watched
from gitxp.storage.configuration import remote_names
from gitxp.storage.repository import Repository
from gitxp.storage.transport.remotes import unknown_remote
from gitxp.text import shown

# What leads to a run that was only fetched: by the remote, and by what it is asked for with.
WayThere: TypeAlias = Callable[[str, str], str]


def way_in_python(remote: str, text: str) -> str:
    """Return what leads to a run that was only fetched, for whoever asks from Python.

    Example:
        >>> way_in_python("origin", "lr-1")
        "did you mean 'origin/lr-1'? Of all runs there: remote='origin'"
    """
    return f"did you mean {f'{remote}/{text}'!r}? Of all runs there: remote={remote!r}"


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


@dataclass(frozen=True, slots=True)
class Named:
    """Runs that somebody named.

    Attributes:
        rows: All among which they were looked for, and behind them those that were fetched.
        keys: What finds each that was named, with its place among `rows`.
    """

    rows: RunRows
    keys: tuple[RunKey, ...]


class Found(NamedTuple):
    """A run that somebody named.

    Attributes:
        key: What finds it.
        remote: From which it was fetched; None where it is one of those that were looked through.
    """

    key: RunKey
    remote: str | None


def find_run(repository: Repository, runs: Sequence[RunKey], text: str, *, home: str) -> Found:
    """Return the run that `text` means among `runs`, or, as `origin/<run>`, as last fetched.

    A run here that is called so comes first. See `gitxp.query.lookup.resolve`.

    Raises:
        UnknownRun: If there is none.
        DamagedRecord: If it is the id of one that was fetched and cannot be read.
        AmbiguousRun: If a prefix fits several.
    """
    remote = remote_meant(repository, runs, text, home=home)
    if remote is None:
        return Found(_resolve_here(repository, runs, text, home=home), None)
    there = fetched_runs(repository, remote)
    return Found(_resolve_there(repository, there, remote, text, home=home), remote)


def find_named(
    repository: Repository,
    rows: RunRows,
    texts: Sequence[str],
    *,
    home: str,
    way: WayThere = way_in_python,
) -> Named:
    """Return the runs that `texts` mean with their rows, each found as `find_run` finds it.

    One that stands here as it was fetched is not taken twice.

    Args:
        way: The hint of the error where one was only fetched.
    """
    every = rows
    keys: list[RunKey] = []
    known: dict[tuple[str, str | None], RunKey] = {}
    fetched: dict[str, Recorded] = {}
    for text in texts:
        remote = remote_meant(repository, rows.keys, text, home=home)
        if remote is None:
            keys.append(_resolve_here(repository, rows.keys, text, home=home, way=way))
            continue
        if remote not in fetched:
            fetched[remote] = fetched_runs(repository, remote)
        key = _resolve_there(repository, fetched[remote], remote, text, home=home)
        known = known or {(key.id, key.tip): key for key in rows.keys}
        if (key.id, key.tip) not in known:
            known[key.id, key.tip] = key._replace(place=len(every))
            every = every.followed_by(fetched[remote].rows.take([key.place]))
        keys.append(known[key.id, key.tip])
    return Named(every, tuple(keys))


def _resolve_here(
    repository: Repository,
    runs: Sequence[RunKey],
    text: str,
    *,
    home: str,
    way: WayThere = way_in_python,
) -> RunKey:
    """Return the run that `text` means among `runs`.

    The error names one that was only fetched, and one that was removed.
    """
    try:
        return resolve(runs, text, home=home)
    except UnknownRun as error:
        for remote in remote_names(repository):
            if matches(fetched_rows(repository, remote).rows.keys, text, home=home):
                raise UnknownRun(str(error), hint=way(remote, text)) from error
        removed = _removed(repository, text, meant=text)
        if removed is None:
            raise
        raise removed from error


def _resolve_there(
    repository: Repository, there: Recorded, remote: str, text: str, *, home: str
) -> RunKey:
    """Return the run that `text` means among those fetched; the error tells if it was removed."""
    try:
        return resolve_fetched(there.rows.keys, remote, text, home=home, problems=there.problems)
    except UnknownRun as error:
        removed = _removed(repository, text, meant=text.removeprefix(f"{remote}/"))
        if removed is None:
            raise
        raise removed from error


def _removed(repository: Repository, text: str, *, meant: str) -> UnknownRun | None:
    """Return the error that a run was removed; None where it was not.

    Args:
        text: What was typed.
        meant: Its id, the beginning of that, or its name.
    """
    removal = removal_of(repository, meant)
    if removal is None:
        return None
    told = f"no run {shown(text, LONGEST_NAME)}: it was removed here"
    by = f" by {shown(removal.command)}" if removal.command else ""
    return UnknownRun(told + by, hint=removal.way_back)


def remote_meant(
    repository: Repository, runs: Sequence[RunKey], text: str, *, home: str
) -> str | None:
    """Return the remote whose run `text` means, as `origin/<run>`; None where it means one here."""
    if "/" in text and not matches(runs, text, home=home):
        # Names of remotes may have slashes, too.
        for remote in sorted(remote_names(repository), key=len, reverse=True):
            if text.startswith(f"{remote}/"):
                return remote
    return None


def resolve_fetched(
    runs: Sequence[RunKey],
    remote: str,
    text: str,
    *,
    home: str,
    problems: Sequence[Problem] = (),
) -> RunKey:
    """Return the run that `text`, which is `<remote>/<run>`, means among those fetched from there.

    Args:
        problems: What could not be read beside them.

    Raises:
        UnknownRun: If there is none.
        DamagedRecord: If it is the id of one that cannot be read.
        AmbiguousRun: If a prefix fits several.
    """
    asked = text.removeprefix(f"{remote}/")
    try:
        return resolve(runs, asked, home=home)
    except UnknownRun as error:
        raise unreadable(problems, asked, remote=remote) or UnknownRun(
            f"no run {shown(text, LONGEST_NAME)}: neither here nor fetched",
            hint=f"git xp fetch {shlex.quote(remote)}",
        ) from error


def _check_known(repository: Repository, remote: str) -> None:
    known = remote_names(repository)
    if remote not in known:
        raise unknown_remote(remote, known)
