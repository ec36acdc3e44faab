"""Questions about many runs of which one cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

from gitxp.errors import DamagedRecord, GitxpError, UnknownRun
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run
from gitxp.query.live import Problem
from gitxp.query.run_rows import RunKey
from gitxp.storage.configuration import remote_names
from gitxp.storage.refs import INCOMING, SHARED, incoming_ref, run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository

One = TypeVar("One", Run, RunKey)
Read = TypeVar("Read")
PassOver = Callable[[Problem], None]


def read_one(run: One, read: Callable[[One], Read]) -> Read:
    """Return what is read of one run.

    Raises:
        GitxpError: If it cannot be read: what was wrong, with the run's id.
    """
    try:
        return read(run)
    except UnknownRun:  # which says of itself that it was removed
        raise
    except GitxpError as error:
        message = f"run {run.label!r} ({run.id}): {error}"
        raise type(error)(message, hint=error.hint or f"git xp verify {run.id}") from error


def read_each(
    repository: Repository, runs: Sequence[One], read: Callable[[One], Read], pass_over: PassOver
) -> Iterator[tuple[One, Read]]:
    """Yield each run with what is read of it; one that cannot be read is passed over.

    Args:
        pass_over: Called with each that cannot be read.
    """
    refs = _Refs(repository)
    for run in runs:
        try:
            found = read(run)
        except GitxpError as error:
            pass_over(Problem(refs.of(run), str(error)))
        else:
            yield run, found


def read_some(
    repository: Repository, runs: Sequence[One], read: Callable[[One], Read], pass_over: PassOver
) -> Iterator[tuple[One, Read]]:
    """Yield those runs that can be read, each with what is read of it; see `read_each`.

    Raises:
        GitxpError: If the only one cannot be read; see `read_one`.
        DamagedRecord: If none of several can be.
    """
    if len(runs) == 1:
        yield runs[0], read_one(runs[0], read)
        return
    unread: list[Problem] = []

    def leave_out(problem: Problem) -> None:
        unread.append(problem)
        pass_over(problem)

    yield from read_each(repository, runs, read, leave_out)
    if runs and len(unread) == len(runs):
        one = unread[0]
        raise DamagedRecord(
            f"none of {len(runs)} runs can be read, such as {one.ref}: {one.message}",
            hint="git xp verify",
        )


def read_compared(
    repository: Repository, runs: Sequence[One], read: Callable[[One], Read], pass_over: PassOver
) -> list[Read]:
    """Return what is read of runs that are set beside each other, the first of them above all.

    The others are measured against it, and beside none that could be read nothing would differ.

    Raises:
        GitxpError: If the first or the only other one cannot be read; see `read_one`.
        DamagedRecord: If none of several others can be.
    """
    found: list[Read] = [read_one(run, read) for run in runs[:1]]
    others: Sequence[One] = runs[1:]
    try:
        found += [one for _, one in read_some(repository, others, read, pass_over)]
    except DamagedRecord as error:
        if len(others) == 1:
            raise
        told = f"none of the {len(others)} runs to compare with {runs[0].label!r} can be read"
        raise DamagedRecord(told, hint=error.hint) from error
    return found


class _Refs:
    """The refs of runs; Git is asked for all of them at once, and only if one is to be told."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def of(self, run: Run | RunKey) -> str:
        """Return the ref that leads to a run as it was read: here, or as it was fetched."""
        own = run_ref(ExperimentName(run.experiment), RunId(run.id))
        names = [own, *(incoming_ref(remote, own) for remote in self._remotes)]
        return next((name for name in names if self._tips.get(name) == run.tip), own)

    @cached_property
    def _remotes(self) -> list[str]:
        return remote_names(self._repository)

    @cached_property
    def _tips(self) -> dict[str, str]:
        return list_refs(self._repository, SHARED, INCOMING)
