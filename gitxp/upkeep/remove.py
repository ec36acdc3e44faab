"""Removing runs: out of sight, into the trash, and said in their experiment's own record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from gitxp.errors import RunStillActive
from gitxp.model.event import Removal
from gitxp.model.identity import ExperimentName
from gitxp.model.run import Run
from gitxp.storage.about import NewEvent, change_refs_and_say
from gitxp.storage.configuration import configured_author
from gitxp.storage.operations import Operation, RefChange
from gitxp.storage.refs import run_ref, trash_ref
from gitxp.storage.repository import Repository


def remove_runs(repository: Repository, runs: Sequence[Run], *, command: str) -> Operation:
    """Move runs to the trash and say so, all of them or none.

    Raises:
        RunStillActive: If one of them has not been recorded yet.
        RefChanged: If one of them was changed meanwhile.
        DamagedRecord: If the record of one of their experiments cannot be read.
    """
    now = datetime.now(UTC)
    changes: list[RefChange] = []
    said: dict[ExperimentName, list[Removal]] = {}
    for run in runs:
        if run.tip is None:
            raise RunStillActive(
                f"run {run.label!r} is still running", hint="git xp recover --force"
            )
        changes.append(RefChange(run_ref(run.experiment, run.id), run.tip, None))
        changes.append(RefChange(trash_ref(int(now.timestamp() * 1000), run.id), None, run.tip))
        said.setdefault(run.experiment, []).append(Removal(run.id, run.tip))
    author = configured_author(repository)
    events = [
        NewEvent(experiment, tuple(removals), author, now) for experiment, removals in said.items()
    ]
    return change_refs_and_say(repository, changes, events, command=command)
