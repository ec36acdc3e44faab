"""What `--baseline` names: a run, or by the word `baseline` the one in force."""

from __future__ import annotations

from collections.abc import Iterable

from gitxp.cli.opening import Opened
from gitxp.errors import CannotCompare
from gitxp.model.identity import ExperimentName
from gitxp.model.standing import BASELINE


def named_baseline(project: Opened, typed: str | None, experiments: Iterable[str]) -> str | None:
    """Return the run that is meant, as other commands take it.

    The word stands for the baseline in force in the experiment of the runs that are shown; a run
    that is called so comes first.

    Args:
        typed: None where each run is measured against its own.
        experiments: Those of the runs that are shown.

    Raises:
        CannotCompare: If the word means no run, or several.
    """
    if typed != BASELINE:
        return typed
    from gitxp.query.lookup import matches

    if matches(project.keys, typed, home=project.workspace.home):
        return typed
    names = set(map(ExperimentName, experiments))
    chosen = {one.experiment: one.run for one in project.abouts.baselines}
    in_force = {chosen.get(name) for name in names}
    runs = sorted(run for run in in_force if run is not None)
    if len(in_force) <= 1 and (runs or not names):
        return runs[0] if runs else None
    project.tell_problems(project.abouts.problems)  # there the choice may stand
    if not runs:
        lacking = min(names) if len(names) == 1 else f"none of {len(names)} experiments"
        lacks = "has no baseline" if len(names) == 1 else "has a baseline"
        raise CannotCompare(
            f"{lacking} {lacks} in force",
            hint="git xp baseline set RUN, or name a run: --baseline RUN",
        )
    raise CannotCompare(
        f"the runs are of {len(names)} experiments, which have no baseline in common",
        hint=f"name a run, such as: --baseline {runs[0].short}",
    )
