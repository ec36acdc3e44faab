"""Removing runs: out of sight, and into the trash."""

from __future__ import annotations

import time
from collections.abc import Sequence

from gitxp.errors import RunStillActive
from gitxp.model.run import Run
from gitxp.storage.operations import Operation, RefChange
from gitxp.storage.refs import run_ref, trash_ref
from gitxp.storage.refstore import change_refs
from gitxp.storage.repository import Repository


def remove_runs(repository: Repository, runs: Sequence[Run], *, command: str) -> Operation:
    """Move runs to the trash, all of them or none.

    Raises:
        RunStillActive: If one of them has not been recorded yet.
        RefChanged: If one of them was changed meanwhile.
    """
    now = time.time_ns() // 1_000_000
    changes: list[RefChange] = []
    for run in runs:
        if run.tip is None:
            raise RunStillActive(
                f"run {run.label!r} is still running", hint="git xp recover --force"
            )
        changes.append(RefChange(run_ref(run.experiment, run.id), run.tip, None))
        changes.append(RefChange(trash_ref(now, run.id), None, run.tip))
    return change_refs(repository, changes, command=command)
