"""Removing runs: out of sight, into the trash, and said in their experiment's own record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from gitxp.errors import RunKept, RunNotMerged, RunStillActive
from gitxp.model.event import Removal
from gitxp.model.identity import ExperimentName
from gitxp.model.run import Run
from gitxp.storage.configuration import configured_author
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.operations import Operation, RefChange
from gitxp.storage.refs import run_ref, trash_ref
from gitxp.storage.repository import Repository


def remove_runs(repository: Repository, runs: Sequence[Run], *, command: str) -> Operation:
    """Move runs to the trash and say so, all of them or none.

    Raises:
        RunStillActive: If one of them has not been recorded yet.
        RunKept: If somebody said that one of them is to be kept.
        RefChanged: If one of them was changed meanwhile.
        DamagedRecord: If the record of one of their experiments cannot be read.
    """
    now = datetime.now(UTC)
    changes: list[RefChange] = []
    said: dict[ExperimentName, list[Removal]] = {}
    for run in runs:
        tip = removable_tip(run)
        changes.append(RefChange(run_ref(run.experiment, run.id), tip, None))
        changes.append(RefChange(trash_ref(int(now.timestamp() * 1000), run.id), None, tip))
        said.setdefault(run.experiment, []).append(Removal(run.id, tip))
    author = configured_author(repository)
    events = [
        NewEvent(experiment, tuple(removals), author, now) for experiment, removals in said.items()
    ]
    return change_refs_and_say(repository, changes, events, command=command)


def removable_tip(run: Run) -> str:
    """Return the tip of the record of a run that may be removed.

    Raises:
        RunStillActive: If it goes on, here or elsewhere, or has not been recorded yet.
        RunKept: If somebody said that it is to be kept.
        RunNotMerged: If its record was fetched only.
    """
    if run.checkpoint is not None and run.checkpoint.is_record:
        raise RunNotMerged(f"run {run.label!r} is not merged here yet", hint=run.ending_hint)
    if run.tip is None or run.checkpoint is not None:
        raise RunStillActive(f"run {run.label!r} is still running", hint=run.ending_hint)
    if run.is_kept:
        raise RunKept(f"run {run.label!r} is to be kept", hint=f"git xp keep --off {run.id.short}")
    return run.tip
