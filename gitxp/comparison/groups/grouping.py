"""Which runs belong together: by what they have in columns, or as somebody says."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gitxp.comparison.groups.groups import named_columns
from gitxp.errors import InvalidValue
from gitxp.query.run_rows import RunRows

Label = tuple[Hashable, ...]
# What a level of groups is called whose labels come from nowhere that has a name.
_UNNAMED: Final = "group"


@dataclass(frozen=True, slots=True)
class Labels:
    """What says of some runs which group each is in.

    Attributes:
        names: What each value of a label is of: columns, or one name for labels that were given.
        of_run: By the id of each run that is in a group.
    """

    names: tuple[str, ...]
    of_run: Mapping[str, Label]

    def members(self, rows: RunRows) -> RunRows:
        """Return the rows of those runs that are in a group."""
        return rows.take([key.place for key in rows.keys if key.id in self.of_run])


def grouped_by(rows: RunRows, by: object) -> Labels:
    """Return the groups of runs.

    Args:
        by: A column or several, as `find_groups` takes them, or a mapping of ids to labels, which
            a pandas series is as well. Runs that a mapping does not name are in no group.

    Raises:
        UnknownColumn: If no run has such a column.
        InvalidValue: If it is none of these.
    """
    given: Any = by
    if isinstance(given, str):
        given = [given]
    if hasattr(given, "items"):
        of_run = {str(run): (_told_apart(label),) for run, label in given.items()}
        return Labels((str(getattr(given, "name", None) or _UNNAMED),), of_run)
    is_columns = isinstance(given, Sequence) and all(isinstance(one, str) for one in given)
    if not is_columns or not given:
        raise InvalidValue(
            f"by is {by!r}: expected a column, columns, or a mapping of runs to groups",
            hint='by="params.lr"',
        )
    names = list(named_columns(rows, given))
    columns = [list(map(_told_apart, rows.values(name))) for name in names]
    # Without a column in which they could differ, all are in one group.
    labels = list(zip(*columns, strict=True)) if columns else [()] * len(rows)
    return Labels(tuple(names), dict(zip(rows.values("run"), labels, strict=True)))


def _told_apart(value: Any) -> Hashable:
    """Return a value by which a group is told from others; None where there is none."""
    if isinstance(value, float) and math.isnan(value):
        return None  # not equal to itself: each run would be a group
    try:
        hash(value)
    except TypeError:  # a list, or a tuple of one
        return repr(value)
    told: Hashable = value
    return told


def in_order(labels: Iterable[Label]) -> list[Label]:
    """Return labels in ascending order, those without a value last; by kind where kinds differ.

    Example:
        >>> in_order([("b",), (None,), (0.5,), ("a",), (2,)])
        [(0.5,), (2,), ('a',), ('b',), (None,)]
    """
    listed = list(labels)
    try:
        return sorted(listed, key=lambda label: [_place(value) for value in label])
    except TypeError:  # of a kind that has no order
        return listed


def _place(value: Any) -> tuple[int, str, Any]:
    if value is None:
        return (2, "", 0)
    if isinstance(value, int | float):
        return (0, "", value)
    return (1, type(value).__name__, value)
