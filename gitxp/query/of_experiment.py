"""The runs of an experiment, by the name that somebody typed."""

from __future__ import annotations

from gitxp.errors import UnknownExperiment
from gitxp.model.identity import ExperimentName
from gitxp.query.nearest import known_hint, nearest_hint
from gitxp.query.run_rows import RunRows


def rows_of_experiment(rows: RunRows, typed: str) -> RunRows:
    """Return the rows of an experiment and of those below it; of no runs any may be asked for.

    Raises:
        UnknownExperiment: If there are runs, and none belongs to it.
        InvalidName: If it cannot be the name of one.
    """
    name = ExperimentName.slug(typed)
    chosen = rows.of_experiment(name)
    if len(rows) and not len(chosen):
        known = set(rows.values("experiment"))
        hint = nearest_hint(name, sorted(known), otherwise=known_hint(known))
        raise UnknownExperiment(f"no run belongs to the experiment {name!r}", hint=hint)
    return chosen
