"""How many runs came out against their baselines, by their rows alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitxp.model.goal import Goal, metric_goal
from gitxp.query.columns import column
from gitxp.query.headlines import headline_metrics
from gitxp.query.outcome import Outcome, outcome_fields
from gitxp.query.run_rows import RunRows


@dataclass(frozen=True, slots=True)
class RowComparison:
    """Against which runs rows are measured.

    Attributes:
        known: Where baselines are looked up.
        against: The id of the run to compare all with; each with its own baseline where None.
    """

    known: RunRows
    against: str | None = None

    def compares(self, rows: RunRows) -> bool:
        """Return whether any of the runs is measured against another."""
        return any(self._baselines(rows))

    def outcomes(
        self, rows: RunRows, metric: str, goals: Mapping[str, Goal]
    ) -> list[Outcome | None]:
        """Return how each run came out in a metric; None for one that has none of it."""
        goal = metric_goal(metric, goals)
        name = column("metrics", metric)
        by_run = self._values(rows, name)
        return [
            None if value is None else Outcome(metric, value, by_run.get(baseline), goal)
            for value, baseline in zip(rows.values(name), self._baselines(rows), strict=True)
        ]

    def fields(self, rows: RunRows, goals: Mapping[str, Goal]) -> Iterator[dict[str, Any]]:
        """Yield the fields of each row, and how the run came out in each headline metric."""
        names = headline_metrics(rows, goals)
        columns = [self.outcomes(rows, name, goals) for name in names]
        baselines = self._baselines(rows)
        for place, row in enumerate(rows.dicts()):
            found = (outcomes[place] for outcomes in columns)
            yield {
                **row,
                "measured_against": baselines[place],
                "outcomes": [outcome_fields(one) for one in found if one is not None],
            }

    def _baselines(self, rows: RunRows) -> list[str | None]:
        """Return the run against which each is measured: none against itself."""
        if self.against is None:
            return rows.values("baseline")
        return [None if run == self.against else self.against for run in rows.values("run")]

    def _values(self, rows: RunRows, name: str) -> dict[str | None, float]:
        """Return by id the values of a column that the baselines have which are here."""
        wanted = set(self._baselines(rows))
        ids = self.known.values("run")
        places = [place for place, run in enumerate(ids) if run in wanted]
        values = self.known.take(places).values(name) if places else []
        pairs = zip((ids[place] for place in places), values, strict=True)
        return {run: value for run, value in pairs if value is not None}
