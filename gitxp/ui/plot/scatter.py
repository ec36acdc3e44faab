"""Runs as points: one field of theirs against another, or many side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gitxp.comparison.groups.groups import By, find_groups
from gitxp.comparison.groups.measured import find_measure
from gitxp.comparison.groups.seeds import is_seed
from gitxp.errors import InvalidValue
from gitxp.model.goal import Goal
from gitxp.query.headlines import varying_params
from gitxp.query.run_rows import RunRows
from gitxp.ui.plot.fields import Field, field, field_column, telling_fields
from gitxp.ui.plot.labels import run_labels
from gitxp.ui.plot.picture import Cloud, ParallelChart, ScatterChart

_MOST_AXES: Final = 8
_FEWEST_AXES: Final = 2
# As many as a legend beside the picture has room for.
_MOST_CLOUDS: Final = 50


def scatter_chart(
    rows: RunRows, x: str, y: str, goals: Mapping[str, Goal], *, by: By = None
) -> ScatterChart:
    """Return runs as points, one field of theirs against another.

    Args:
        x: A column, or a metric.
        y: Likewise.
        goals: By metric, which way the team has said is better.
        by: What gives points the same colour, as columns; all have one where None.

    Raises:
        UnknownColumn: If no run has one of the fields.
        InvalidValue: If a field has too many different words for an axis.
    """
    import numpy as np

    across, up = field(rows, x, goals), field(rows, y, goals)
    is_drawn = ~(np.isnan(across.places) | np.isnan(up.places))
    names = run_labels(rows)
    clouds = []
    coloured, groups = _coloured(rows, by)
    for number, (label, members) in enumerate(coloured):
        places = [place for place in members if is_drawn[place]]
        if places:
            named = tuple(names[place] for place in places)
            is_rest = number == len(coloured) - 1 and groups > len(coloured)
            clouds.append(Cloud(label, named, across.places[places], up.places[places], is_rest))
    title = f"{up.axis.label} against {across.axis.label}"
    left_out = len(rows) - int(is_drawn.sum())
    _check_some(len(rows) - left_out, rows, {across.axis.label: across, up.axis.label: up})
    notes = [_lacking(left_out)]
    if groups > len(coloured):
        notes.append(f"{len(coloured) - 1} of {groups} groups are told apart")
    note = "; ".join(filter(None, notes))
    return ScatterChart(title, across.axis, up.axis, tuple(clouds), note)


def _coloured(rows: RunRows, by: By) -> tuple[list[tuple[str, Sequence[int]]], int]:
    """Return what each cloud is called with its runs, and how many groups there are.

    Of many groups the last cloud holds those that no legend has room for: no run is left out.
    """
    if by is None:
        return [("", range(len(rows)))], 1
    groups = find_groups(rows, by).groups
    own = groups if len(groups) <= _MOST_CLOUDS else groups[: _MOST_CLOUDS - 1]
    clouds: list[tuple[str, Sequence[int]]] = [(one.label, one.places) for one in own]
    if others := groups[len(own) :]:
        places = tuple(place for group in others for place in group.places)
        clouds.append((f"{len(others)} more groups", places))
    return clouds, len(groups)


def parallel_chart(
    rows: RunRows, fields: Sequence[str] | None, metric: str | None, goals: Mapping[str, Goal]
) -> ParallelChart:
    """Return runs as lines over axes: what they were given, and last what came of it.

    Args:
        fields: Columns or metrics; the params in which the runs differ where None.
        metric: The last axis, which colours the lines; see `find_measure`.
        goals: By metric, which way the team has said is better.

    Raises:
        UnknownColumn: If no run has one of the fields.
        UnknownMetric: If no run has the metric.
        InvalidValue: If there are too few axes, or too many.
    """
    import numpy as np

    measure = find_measure(rows, metric, goals)
    asked = _fields(rows, fields, goals)
    if not _FEWEST_AXES <= len(asked) + 1 <= (_MOST_AXES if fields is None else len(asked) + 1):
        raise InvalidValue(
            "no param that all of these runs have differs: there is nothing to draw side by side",
            hint="name fields, such as: --field params.lr",
        )
    found: list[Field] = [field(rows, name, goals) for name in (*asked, measure.column)]
    places = np.stack([one.places for one in found], axis=1)
    is_whole = ~np.isnan(places).any(axis=1)
    _check_some(int(is_whole.sum()), rows, {one.axis.label: one for one in found})
    names = run_labels(rows)
    return ParallelChart(
        f"{found[-1].axis.label} by {', '.join(one.axis.label for one in found[:-1])}",
        tuple(one.axis for one in found),
        tuple(names[place] for place in np.flatnonzero(is_whole)),
        places[is_whole],
        _lacking(int((~is_whole).sum())),
    )


def _fields(
    rows: RunRows, fields: Sequence[str] | None, goals: Mapping[str, Goal]
) -> Sequence[str]:
    if fields is not None:
        return [field_column(rows, name, goals) for name in fields]
    # A param that only some have, such as the momentum of one optimizer, has no place for others.
    shared = [
        name
        for name in varying_params(rows)
        if not is_seed(name) and rows.column(name).count == len(rows)
    ]
    return telling_fields(rows, shared)[: _MOST_AXES - 1]


def _check_some(drawn: int, rows: RunRows, fields: Mapping[str, Field]) -> None:
    """Refuse to draw nothing.

    Raises:
        InvalidValue: Naming the field that the most runs lack.
    """
    import numpy as np

    if drawn or not len(rows):
        return
    lacking = {label: int(np.isnan(one.places).sum()) for label, one in fields.items()}
    worst = max(lacking, key=lambda label: lacking[label])
    raise InvalidValue(
        f"none of {len(rows)} runs has a value for each axis: {lacking[worst]} lack {worst!r}",
        hint="choose others, or fewer runs: --where 'has(params.lr)'",
    )


def _lacking(count: int) -> str:
    if not count:
        return ""
    return f"{count} {'run lacks' if count == 1 else 'runs lack'} a value for one of the axes"
