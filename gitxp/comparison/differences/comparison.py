"""What sets runs apart, as frozen values: sections of rows, in each row a cell a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gitxp.comparison.differences.equality import are_same
from gitxp.comparison.values import Change
from gitxp.model.goal import MetricGoal
from gitxp.model.run import Run

if TYPE_CHECKING:
    import pandas as pd

    from gitxp.comparison.baseline.stand import Stand


@dataclass(frozen=True, slots=True)
class Cell:
    """What one run has in one field. Where it has nothing at all, there is no cell.

    Attributes:
        value: As it was recorded, its type kept; None is a value.
        difference: Of a metric, the value less that of the first run; NaN where either of them is
            not finite.
        is_better: Of a metric, whether that is a gain; None where it cannot be said, or is none.
        stand: Of a difference, what the seeds of both say of it; None where they are not asked.
    """

    value: Any
    difference: float | None = None
    is_better: bool | None = None
    stand: Stand | None = None

    @property
    def is_by_seeds(self) -> bool:
        """Whether seeds tell of the difference, and not only the two values."""
        return self.stand is not None and self.stand.tells


@dataclass(frozen=True, slots=True)
class Row:
    """One field, and what each run has there.

    Attributes:
        cells: One a run, in the order of the runs; None where a run has no such field.
        goal: Of a metric, which way is better; None where nobody says so.
    """

    field: str
    cells: tuple[Cell | None, ...]
    goal: MetricGoal | None = None

    @property
    def differs(self) -> bool:
        """Whether not all runs have the same here; a value of another type is another value.

        Differences from baselines set runs apart only where there is one at all.

        Example:
            >>> Row("lr", (Cell(1), Cell(1))).differs, Row("lr", (Cell(1), Cell(1.0))).differs
            (False, True)
        """
        values = [cell.value for cell in self.cells if cell is not None]
        if all(isinstance(value, Change) and not value for value in values):
            return False
        first, *others = self.cells
        if first is None:
            return any(cell is not None for cell in others)
        return any(cell is None or not are_same(first.value, cell.value) for cell in others)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields of one kind, such as params."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Comparison:
    """What sets runs apart; `gitxp.compare` returns one, which a notebook shows as a table.

    Attributes:
        runs: Those that were compared, the first of which others are measured against.
        labels: What each is called here: its name, with its id where several have that name.
        sections: What differs, or all that is known, the most telling first. Each has a `title`
            and `rows`; a row has the name of its `field`, and `cells`, one a run; a cell has a
            `value`, and of a metric a `difference` to the first run, `is_better`, and as `stand`
            what the seeds say of that. Where a run has no such field the cell is None.
        same: Titles of the sections in which all runs have the same.

    Example:
        >>> import gitxp
        >>> for lr in (0.1, 0.2):
        ...     with gitxp.start_run("lr", f"lr-{lr}", params={"lr": lr, "epochs": 3}):
        ...         pass
        >>> found = gitxp.compare("lr-0.1", "lr-0.2")
        >>> found.frame.loc[("params", "lr")].tolist(), "code" in found.same
        ([0.1, 0.2], True)
    """

    runs: tuple[Run, ...]
    labels: tuple[str, ...]
    sections: tuple[Section, ...]
    same: tuple[str, ...]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A frame with a row a field, indexed by `section` and `field`, and a column a run.

        Columns are named by the runs' ids. Cells hold values as they were recorded, and
        `pandas.NA` where a run has no such field.
        """
        from gitxp.comparison.differences.frame import comparison_frame

        return comparison_frame(self)

    def __repr__(self) -> str:
        told = ", ".join(f"{one.title} ({len(one.rows)})" for one in self.sections)
        runs = "1 run" if len(self.runs) == 1 else f"{len(self.runs)} runs"
        return f"<Comparison of {runs}: {told or 'nothing differs'}>"

    def _repr_html_(self) -> str:
        from gitxp.comparison.differences.html_table import comparison_table

        return comparison_table(self)


def labels_of(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return what each run is called among others: its name where only one of them has it."""
    names = [run.name for run in runs]
    return tuple(
        run.label if names.count(run.name) == 1 else f"{run.name} {run.id.short}".strip()
        for run in runs
    )
