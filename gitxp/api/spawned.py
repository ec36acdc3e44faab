"""A child of `multiprocessing` that was not forked joins the run of the process above it.

A forked child has its parent's run at hand. One that was spawned starts from nothing, and finds
the run by the journals: a process above it is one of the writers.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict

from gitxp.api.current import OPEN_RUNS
from gitxp.api.recorded import RECORDED_RUNS
from gitxp.errors import GitxpError, NoActiveRun
from gitxp.storage.journal.fold import fold_journal
from gitxp.storage.journal.places import all_journals
from gitxp.storage.journal.process import ancestors, mark_of
from gitxp.storage.journal.reader import Journal, WriterJournal, read_journal
from gitxp.tracking.active_run import ActiveRun
from gitxp.tracking.request import StartRequest
from gitxp.tracking.start import join_run
from gitxp.tracking.workspace import Workspace

# Of several threads that log at once only one joins.
_JOINING = threading.Lock()


def join_parent_run() -> ActiveRun | None:
    """Become a writer of the run that is open in a process above this one.

    Only in a child of `multiprocessing`: any other program that a script starts has runs of its
    own.

    Returns:
        None where there is no such run.

    Raises:
        NoActiveRun: If several runs are open in the process above.
    """
    if not _is_spawned():
        return None
    with _JOINING:
        return OPEN_RUNS.innermost() if OPEN_RUNS.are_any else _joined()


def _joined() -> ActiveRun | None:
    try:
        workspace = Workspace.open(None, dict(os.environ))
    except GitxpError:  # in no repository
        return None
    found = _nearest(workspace)
    if not found:
        return None
    if len(found) > 1:
        names = ", ".join(repr(fold_journal(journal).run.label) for journal, _ in found)
        raise NoActiveRun(f"several runs are open in the process that started this one: {names}")
    ((journal, writer),) = found
    run = join_run(
        workspace,
        journal.run,
        fold_journal(journal).run.experiment,
        StartRequest(),
        on_finish=OPEN_RUNS.remove,
        on_record=RECORDED_RUNS.add,
        rank=_rank_in_torch() if writer.rank is None else writer.rank,
    )
    OPEN_RUNS.add(run)
    return run


def _is_spawned() -> bool:
    # Whoever `multiprocessing` has started has loaded it; nobody else need do so for this.
    module = sys.modules.get("multiprocessing.process")
    return module is not None and module.parent_process() is not None


def _nearest(workspace: Workspace) -> list[tuple[Journal, WriterJournal]]:
    """Return the open runs of the nearest process above that has any, with its part of each."""
    writing = list(_writing(workspace))
    for pid in ancestors():
        mark = asdict(mark_of(pid))
        found = [
            (journal, writer)
            for journal, writer in writing
            if next(writer.said("writer"), {}).get("process") == mark
        ]
        if found:
            return found
    return []


def _writing(workspace: Workspace) -> Iterator[tuple[Journal, WriterJournal]]:
    for run, folder in all_journals(workspace.repository):
        try:
            journal = read_journal(run, folder)
        except FileNotFoundError:  # recorded a moment ago
            continue
        if journal is not None:
            yield from ((journal, one) for one in journal.writers if not one.has_ended)


def _rank_in_torch() -> int | None:
    """Return this process's rank as torch has it, which spawns ranks without a launcher too."""
    torch = sys.modules.get("torch.distributed")
    if torch is None or not torch.is_available() or not torch.is_initialized():
        return None
    return int(torch.get_rank())
