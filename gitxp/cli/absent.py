"""Baselines that runs keep and that are not here: nobody has pushed them, or they were removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gitxp.cli.opening import Opened
from gitxp.cli.output import say
from gitxp.model.identity import SHORT_ID
from gitxp.query.run_rows import RunRows
from gitxp.text import few

_SHOWN: Final = 3
# What lists the commands that can be taken back.
_ANY: Final = "git xp undo --list"


def tell_absent_baselines(project: Opened, rows: RunRows) -> None:
    """Name the baselines of some runs that are not here, whose differences are left out."""
    kept = dict.fromkeys(run for run in rows.values("baseline") if run)
    known = project.found.rows.find(kept)
    absent = [run for run in kept if run not in known]
    if not absent:
        return
    from gitxp.storage.trash import removals

    # What was fetched has no trash: there nothing can be taken back.
    removed = removals(project.repository, absent) if project.remote is None else {}
    _tell([run for run in absent if run not in removed], "not here", "once pushed: git xp pull")
    hints = {one.way_back for one in removed.values()}
    _tell(list(removed), "in the trash", f"undo: {hints.pop() if len(hints) == 1 else _ANY}")


def _tell(runs: Sequence[str], where: str, hint: str) -> None:
    if not runs:
        return
    ids = few([run[:SHORT_ID] for run in runs], _SHOWN)
    are, them = ("is", "it") if len(runs) == 1 else ("are", "them")
    told = f"baseline{'s' * (len(runs) > 1)} {ids} {are} {where}"
    say(f"note: {told}, and nothing is measured against {them}; {hint}")
