"""The door: a filter read from text, and the runs that it chooses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from gitxp.query.filter.budget import Budget
from gitxp.query.filter.check import check_condition
from gitxp.query.filter.evaluate import Evaluation
from gitxp.query.filter.parser import parse
from gitxp.query.filter.resolve import check_fields
from gitxp.query.filter.tree import Node
from gitxp.query.filter.values import Values

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs are meant.

    Attributes:
        source: The text that it was read from.
        root: What that says.
    """

    source: str
    root: Node

    def select(
        self,
        columns: Mapping[str, Values],
        size: int,
        *,
        now: datetime | None = None,
        budget: Budget | None = None,
    ) -> NDArray[np.bool_]:
        """Return which of `size` runs are meant: those for which it is known to hold.

        Args:
            columns: Values by the name of their column, as `gitxp.query.columns` spells it; only
                those that the filter names are looked up.
            now: The time from which `age`, `"2h ago"` and the like are counted; the clock's where
                None.
            budget: How long that may take; one that is handed over several times bounds them
                together.

        Raises:
            InvalidFilter: If it names a field that no run has, or takes too long.
        """
        self.check(columns.keys() if size else ())
        budget = budget or Budget(size)
        evaluation = Evaluation(self.source, columns, now or datetime.now(UTC), budget)
        chosen = evaluation.truth(self.root).yes
        return chosen if chosen.size == size else np.broadcast_to(chosen, size)

    def check(self, names: Collection[str]) -> None:
        """Return if some run has each field that is named.

        Args:
            names: The columns that there are; where there are none only what could never be one is
                refused.

        Raises:
            InvalidFilter: If no run has one.
        """
        check_fields(self.source, self.root, names)


def parse_filter(source: str) -> Filter:
    """Return the filter that a text says.

    Raises:
        InvalidFilter: If it says none, with the place of the mistake.

    Example:
        >>> from gitxp.query.filter.values import values_of
        >>> columns = {"params.lr": values_of([0.1, 0.01, "auto"])}
        >>> parse_filter("params.lr < 0.05").select(columns, 3).tolist()
        [False, True, False]
        >>> parse_filter("not params.lr < 0.05").select(columns, 3).tolist()
        [True, False, False]
    """
    root = parse(source)
    check_condition(source, root)
    return Filter(source, root)
