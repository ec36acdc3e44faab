"""Groups of runs: those that repeat one experiment, such as the seeds of one configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from gitxp.comparison.groups.codes import Codes, column_codes, joined_codes
from gitxp.comparison.groups.seeds import is_seed
from gitxp.comparison.groups.spelling import spelled_keys
from gitxp.query.columns import param_title
from gitxp.query.order import known_column
from gitxp.query.run_rows import RunRows
from gitxp.text import cell

# What runs are grouped by where nothing is said: whoever has the same of it differs by seeds alone.
BY_DEFAULT: Final = ("experiment", "params", "data", "code_tree")
By = Sequence[str] | str | None
_FIELDS: Final = ("params", "data", "tags")


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that have the same in every column that they are grouped by.

    Attributes:
        key: What tells the group from the others: by column, the value of its runs. A column that
            they lack is missing, too.
        runs: Their ids, in the order in which they were given.
        places: Their numbers among the rows.
    """

    key: Mapping[str, Any]
    runs: tuple[str, ...]
    places: tuple[int, ...]

    @property
    def label(self) -> str:
        """What people call it; empty where there is no other.

        Example:
            >>> Group({"params.lr": 0.1, "code_tree": "a" * 40}, (), ()).label
            'lr=0.1 code_tree=aaaaaaa'
        """
        return group_labels([self], [*self.key])[0]


def group_labels(
    groups: Sequence[Group], columns: Sequence[str], *, tell_lacking: bool = True
) -> list[str]:
    """Return what people call each of several groups, so that no two are called the same.

    Args:
        columns: Those in which they differ.
        tell_lacking: Say of each group which of them it lacks; else only where it has none.

    Example:
        >>> one = Group({"params.lr": 0.123412}, (), ())
        >>> other = Group({"params.lr": 0.123441, "params.momentum": 0.9}, (), ())
        >>> group_labels([one, other], ["params.lr", "params.momentum"])
        ['lr=0.123412 without momentum', 'lr=0.123441 momentum=0.9']
        >>> group_labels([one], ["params.lr", "params.momentum"], tell_lacking=False)
        ['lr=0.1234']
    """
    labels = _labels(groups, columns, tell_lacking=tell_lacking)
    if len({*labels}) == len(groups):
        return labels
    # Text may read like what another group has in further columns.
    return _labels(groups, columns, tell_lacking=tell_lacking, exactly=True)


def _labels(
    groups: Sequence[Group], columns: Sequence[str], *, tell_lacking: bool, exactly: bool = False
) -> list[str]:
    told: list[list[str]] = [[] for _ in groups]
    for name in columns:
        having = [at for at, group in enumerate(groups) if name in group.key]
        values = [groups[at].key[name] for at in having]
        for at, text in zip(having, spelled_keys(name, values, exactly=exactly), strict=True):
            told[at].append(f"{cell(param_title(name))}={text}")
    for group, one in zip(groups, told, strict=True):
        lacking = [cell(param_title(name) or name) for name in columns if name not in group.key]
        if lacking and (tell_lacking or not one):
            one.append(f"without {', '.join(lacking)}")
    return [" ".join(one) for one in told]


@dataclass(frozen=True)
class Grouping:
    """Runs in groups.

    Attributes:
        rows: All of the runs.
        columns: Those in which the groups differ.
        codes: The number of its group for each row; groups are numbered as they first come.
    """

    rows: RunRows
    columns: tuple[str, ...]
    codes: Codes

    def __len__(self) -> int:
        return int(self.codes.max(initial=-1)) + 1

    @cached_property
    def firsts(self) -> Sequence[int]:
        """The place of the first run of each group."""
        places: list[int] = np.unique(self.codes, return_index=True)[1].tolist()
        return places

    @cached_property
    def groups(self) -> Sequence[Group]:
        """The groups, each where its first run stands."""
        if not len(self):
            return []
        order = np.argsort(self.codes, kind="stable")
        members = np.split(order, np.cumsum(np.bincount(self.codes))[:-1])
        ids = self.rows.values("run")
        keys = self.rows.take(self.firsts).dicts(self.columns)
        return [
            Group(present_key(key), tuple(ids[place] for place in places), tuple(places))
            for key, places in zip(keys, (one.tolist() for one in members), strict=True)
        ]


def find_groups(rows: RunRows, by: By = None, *, without: str | None = None) -> Grouping:
    """Return runs in groups of those that have the same in some columns.

    Args:
        by: A column or several, such as `params.lr`, `tags.group` or `code_tree`; `params`,
            `data` and `tags` stand for every column of theirs, but for seeds (see `is_seed`).
            Where None, runs are in one group that differ in nothing but seeds: their experiment,
            all their params, the versions of their data sets and the tree of their code are the
            same.
        without: A column in which the runs of a group may differ all the same.

    Raises:
        UnknownColumn: If no run has one of the columns.
    """
    asked = BY_DEFAULT if by is None else (by,) if isinstance(by, str) else tuple(by)
    codes = np.zeros(len(rows), np.int64)
    columns = []
    for name in named_columns(rows, asked):
        if name == without or not rows.column(name).varies():
            continue
        found = column_codes(rows.column(name))
        if (found != found[0]).any():  # 1 and 1.0 are no two groups
            codes = joined_codes(codes, found)
            columns.append(name)
    return Grouping(rows, tuple(columns), _as_they_come(codes))


def named_columns(rows: RunRows, asked: Sequence[str]) -> Iterator[str]:
    """Yield every column that is asked for to group by, once; see `find_groups`.

    Raises:
        UnknownColumn: If no run has one of them.
    """
    yielded: set[str] = set()
    for one in asked:
        if one in _FIELDS:
            starts = (f"{one}.", f"{one}[")
            names = [name for name in rows.names if name.startswith(starts) and not is_seed(name)]
        else:
            names = [known_column(rows, one)]
        yield from (name for name in names if name not in yielded)
        yielded.update(names)


def _as_they_come(codes: Codes) -> Codes:
    """Return the numbers of groups anew, in the order in which they first come."""
    _, firsts, inverse = np.unique(codes, return_index=True, return_inverse=True)
    rank = np.empty(len(firsts), np.int64)
    rank[np.argsort(firsts)] = np.arange(len(firsts))
    numbered: Codes = rank[inverse]
    return numbered


def present_key(key: Mapping[str, Any]) -> dict[str, Any]:
    """Return a key without the fields of a run's own that it lacks."""
    return {name: one for name, one in key.items() if one is not None or name.startswith(_FIELDS)}
