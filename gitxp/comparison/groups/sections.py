"""Runs in sections: those that have the same in some columns stand beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from gitxp.comparison.groups.groups import Group, find_groups, named_columns
from gitxp.query.run_rows import RunRows


@dataclass(frozen=True, slots=True)
class Sections:
    """Runs, one section after the other.

    Attributes:
        rows: All of the runs, those of a section in the order in which they were given.
        columns: What tells the sections apart; where nothing does, all that was asked for,
            be it a field of which no run has a column.
        groups: The runs of each section: by its first run, but those last that lack a column.
    """

    rows: RunRows
    columns: tuple[str, ...]
    groups: Sequence[Group]


def find_sections(rows: RunRows, by: Sequence[str]) -> Sections:
    """Return runs in sections of those that have the same in some columns.

    Args:
        by: Columns, spelled and meant as `find_groups` has them.

    Raises:
        UnknownColumn: If no run has one of the columns.
    """
    grouping = find_groups(rows, by)
    columns = grouping.columns or tuple(named_columns(rows, by)) or tuple(by)
    groups = sorted(replace(grouping, columns=columns).groups, key=lambda one: -len(one.key))
    places = list(chain.from_iterable(one.places for one in groups))
    return Sections(rows.take(places), columns, groups)
