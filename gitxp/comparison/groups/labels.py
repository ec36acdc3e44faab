"""Which runs belong together: by what they have in columns, or as somebody says."""

from __future__ import annotations

import math
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from gitxp.comparison.groups.groups import find_groups, named_columns, present_key
from gitxp.comparison.groups.measured import column_numbers
from gitxp.comparison.groups.reruns import find_counted
from gitxp.errors import InvalidValue, UnknownMetric
from gitxp.query.columns import column
from gitxp.query.index.kinds import Kind, kind_of
from gitxp.query.run_rows import RunRows
from gitxp.text import shown

Label = tuple[Hashable, ...]
# What a level of groups is called whose labels come from nowhere that has a name.
_UNNAMED: Final = "group"
# What a group has in a column that its runs lack; None may be a value.
_ABSENT: Final[Any] = object()


@dataclass(frozen=True, slots=True)
class Labels:
    """What says of some runs which group each is in.

    Attributes:
        names: What each value of a label is of: columns, or one name for labels that were given.
        of_run: By the id of each run that is in a group.
        unfinished: How many were left out because they go on, or did not end well.
        reruns: How many were left out because a later run has the same seed.
        without: The groups of columns none of whose runs are in it.
        keys: By label, what its runs have in the columns, where these tell them apart.
    """

    names: tuple[str, ...]
    of_run: Mapping[str, Label]
    unfinished: int = 0
    reruns: int = 0
    without: tuple[Label, ...] = ()
    keys: Mapping[Label, Mapping[str, Any]] = field(default_factory=dict)

    def members(self, rows: RunRows) -> RunRows:
        """Return the rows of those runs that are in a group."""
        return rows.take([key.place for key in rows.keys if key.id in self.of_run])


def grouped_by(rows: RunRows, by: object, metric: str, *, only_finished: bool = True) -> Labels:
    """Return the groups of those runs that count in a metric.

    By columns these are the groups of `find_groups`, and the runs that count are those that
    `measure_groups` counts: of each seed the newest, and none that goes on or did not end well.

    Args:
        by: A column or several, as `find_groups` takes them, or a mapping of ids to labels, which
            a pandas series is as well: it is taken as it stands, and runs that it does not name
            are in no group.
        only_finished: By columns: leave out runs that go on, failed, or were killed.

    Raises:
        UnknownColumn: If no run has such a column.
        UnknownMetric: If runs have the metric, and none of them counts.
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
            f"by is {shown(by)}: expected a column, columns, or a mapping of runs to groups",
            hint='by="params.lr"',
        )
    _, is_there = column_numbers(rows.column(column("metrics", metric)))
    grouping = find_groups(rows, given)
    counted = find_counted(rows, grouping.codes, is_there, only_finished=only_finished)
    if is_there.any() and not counted.is_counted.any():
        raise UnknownMetric(
            f"no finished run has {metric!r}",
            hint="count the others, too: only_finished=False, or --unfinished",
        )
    names = list(named_columns(rows, given))
    firsts = list(grouping.rows.take(grouping.firsts).dicts(names))
    of_group = _group_labels(firsts, names)
    ids = rows.values("run")
    # Those without the metric have no curve, but perhaps the metric that is the axis.
    places = np.flatnonzero(counted.is_counted | ~(is_there | counted.is_unfinished)).tolist()
    of_run = {ids[place]: of_group[grouping.codes[place]] for place in places}
    taken = set(of_run.values())
    return Labels(
        tuple(names),
        of_run,
        unfinished=int((counted.is_unfinished & is_there).sum()),
        reruns=int(counted.is_rerun.sum()),
        without=tuple(one for one in of_group if one not in taken),
        keys=dict(zip(of_group, map(present_key, firsts), strict=True)),
    )


def _group_labels(firsts: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Label]:
    """Return what each group has in columns, no two groups the same, from its first run."""
    if not names:  # without a column in which they could differ, all are in one group
        return [()] * len(firsts)
    columns = [_column_labels([one.get(name, _ABSENT) for one in firsts]) for name in names]
    return list(zip(*columns, strict=True))


def _column_labels(values: Sequence[Any]) -> list[Hashable]:
    """Return what groups are called by their values in a column.

    Values that differ as `find_groups` sees them may be equal as labels, true and 1, or be no
    label at all, NaN and None: then all but the first kind of them are spelled as text, with
    their type before it where the text is a value, too.

    Example:
        >>> _column_labels([True, 1, 0.5, None, _ABSENT])
        ['True', 1, 0.5, 'None', None]
        >>> _column_labels([True, 1, "True"])
        ['bool True', 1, 'True']
    """
    keys = list(map(_identity, values))
    owners: dict[Hashable, _Identity] = {}
    for key in sorted(keys, key=lambda key: key.rank):
        owners.setdefault(key.label, key)
    labels = {key: label for label, key in owners.items()}
    for key, one in zip(keys, values, strict=True):
        if key not in labels:
            labels[key] = _spelled_otherwise(one, owners)
            owners[labels[key]] = key
    return [labels[key] for key in keys]


def _spelled_otherwise(value: Any, taken: Container[Hashable]) -> str:
    """Return a value as text that is no label yet."""
    text = str(value)
    while text in taken:
        text = f"{type(value).__name__} {text}"
    return text


class _Identity(NamedTuple):
    """What is the same for values of one group alone.

    Attributes:
        rank: Of two values with one label the one of the lower rank keeps it.
        spelled: What tells those apart that are equal to Python, such as tuples of 1 and of true.
    """

    rank: int
    label: Hashable
    spelled: str = ""


def _identity(value: Any) -> _Identity:
    if value is _ABSENT:
        return _Identity(0, None)
    label = _told_apart(value)
    match kind_of(value):
        case Kind.NONE:
            return _Identity(1, label)
        case Kind.TRUTH:
            return _Identity(4, label)
        case Kind.OTHER:
            return _Identity(5, label, repr(value))
    return _Identity(2 if label is None else 3, label)


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
