"""The runs of an experiment, by the name that somebody typed."""

from __future__ import annotations

from collections.abc import Iterable

from gitxp.errors import UnknownExperiment
from gitxp.model.identity import ExperimentName
from gitxp.query.live import Problem
from gitxp.query.nearest import known_hint, nearest_hint
from gitxp.query.run_rows import RunRows
from gitxp.storage.refs import may_be_below


def rows_of_experiment(rows: RunRows, typed: str, problems: Iterable[Problem]) -> RunRows:
    """Return the rows of an experiment and of those below it; of no runs any may be asked for.

    Args:
        problems: What could not be read beside them; if it may be of the experiment, that is known.

    Raises:
        UnknownExperiment: If there are runs, and none belongs to it.
        InvalidName: If it cannot be the name of one.
    """
    name = ExperimentName.slug(typed)
    chosen = rows.of_experiment(name)
    if len(rows) and not len(chosen) and not any(may_be_below(one.ref, name) for one in problems):
        known = set(rows.values("experiment"))
        hint = nearest_hint(name, sorted(known), otherwise=known_hint(known))
        raise UnknownExperiment(f"no run belongs to the experiment {name!r}", hint=hint)
    return chosen
