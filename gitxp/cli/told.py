"""Runs, as a command names them in the line that says what it did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gitxp.cli.output import say
from gitxp.model.identity import SHORT_ID
from gitxp.model.run import Run
from gitxp.ui.format import cell

if TYPE_CHECKING:
    from gitxp.query.run_rows import RunKey
    from gitxp.upkeep.mend import Mended

SHOWN: Final = 5


def counted(number: int, noun: str) -> str:
    """Return how many there are of what a noun with a plain plural names.

    Example:
        >>> counted(1, "run"), counted(2000, "run")
        ('1 run', '2,000 runs')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def told_run(run: Run | RunKey) -> str:
    """Return the short id, the experiment and the name of a run."""
    return f"{run.id[:SHORT_ID]} {run.experiment} {cell(run.name)}".rstrip()


def told_runs(runs: Sequence[Run]) -> str:
    """Return what one run is called, or how many there are and the ids of the first."""
    if len(runs) == 1:
        return f"run {told_run(runs[0])}"
    shown = ", ".join(run.id.short for run in runs[:SHOWN])
    return f"{len(runs)} runs ({shown}{', …' if len(runs) > SHOWN else ''})"


def tell_kept(refs: Sequence[str]) -> None:
    """Say what becomes of refs that lack objects and stay, in a shallow or partial clone."""
    ref = refs[0] if len(refs) == 1 else "REF"
    say(
        "hint: what is missing here comes from a remote that has it: git xp pull; "
        f"what none has is let go of by: git update-ref -d {ref}"
    )


def tell_mended(mended: Mended) -> None:
    """Say what became of a ref whose objects were gone."""
    from gitxp.upkeep.mend import Mending  # hardly ever needed

    if mended.outcome is Mending.RESTORED:
        say(f"brought back the missing objects of {mended.ref}")
        return
    say(
        f"warning: removed {mended.ref}, whose objects are gone (it was {mended.commit}); "
        f"undo: git xp undo {mended.operation}"
    )
