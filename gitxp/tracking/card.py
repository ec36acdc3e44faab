"""An open run as a card of HTML: how it stands at the moment it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitxp.model.names import is_system_metric
from gitxp.model.params import param_leaves
from gitxp.text import value

if TYPE_CHECKING:
    from gitxp.tracking.active_run import ActiveRun


def active_card(run: ActiveRun) -> str:
    """Return the status, the params and the curves of a run that this process has open."""
    # Loaded here: most runs are shown in no notebook.
    from gitxp.html import Curve, run_card

    name = f"{run.experiment}/{run.name}" if run.name else str(run.experiment)
    results = [] if run.is_finished else [one for one in run.metrics if not is_system_metric(one)]
    curves = [Curve(one, run.series(one)) for one in results]
    params = [(".".join(map(str, path)), value(item)) for path, item in param_leaves(run.params)]
    return run_card(name, str(run.status), params, curves, f"git xp show {run.id.short}")
