"""Baselines that runs keep and that are not here: nobody has pushed them, or they were removed."""

from __future__ import annotations

from typing import Final

from gitxp.cli.opening import Opened
from gitxp.cli.output import say
from gitxp.model.identity import SHORT_ID
from gitxp.query.run_rows import RunRows

_SHOWN: Final = 3


def tell_absent_baselines(project: Opened, rows: RunRows) -> None:
    """Name the baselines of some runs that are not here, whose differences are left out."""
    kept = dict.fromkeys(run for run in rows.values("baseline") if run)
    known = project.found.rows.find(kept)
    absent = [run[:SHORT_ID] for run in kept if run not in known]
    if not absent:
        return
    more = f" and {len(absent) - _SHOWN:,} more" if len(absent) > _SHOWN else ""
    told = f"baseline{'s' * (len(absent) > 1)} {', '.join(absent[:_SHOWN])}{more}"
    said = "are not here, and nothing is measured against them"
    if len(absent) == 1:
        said = "is not here, and nothing is measured against it"
    say(f"note: {told} {said}; once pushed: git xp pull")
