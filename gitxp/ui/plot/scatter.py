"""Runs as points: one field of theirs against another, or many side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gitxp.comparison.groups.groups import By, find_groups, group_labels
from gitxp.comparison.groups.measured import find_measure
from gitxp.comparison.groups.seeds import is_seed
from gitxp.errors import InvalidValue
from gitxp.query.headlines import varying_params
from gitxp.query.run_rows import RunRows
from gitxp.ui.counted import NONFINITE
from gitxp.ui.plot.fields import Field, Marks, field, field_column, number_field, telling_fields
from gitxp.ui.plot.labels import run_labels
from gitxp.ui.plot.picture import Axis, Cloud, ParallelChart, ScatterChart
from gitxp.ui.plot.style import COLOUR_COUNT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_AXES: Final = 8
_FEWEST_AXES: Final = 2
# As many as a legend beside the picture has room for.
_MOST_CLOUDS: Final = 50


def scatter_chart(rows: RunRows, x: str, y: str, marks: Marks, *, by: By = None) -> ScatterChart:
    """Return runs as points, one field of theirs against another.

    Args:
        x: A column, or a metric.
        y: Likewise.
        marks: What the team has said of metrics.
        by: What gives points the same colour, as columns; all have one where None.

    Raises:
        UnknownColumn: If no run has one of the fields.
        InvalidValue: If a field has too many different words for an axis.
    """
    import numpy as np

    across, up = field(rows, x, marks), field(rows, y, marks)
    is_drawn = ~(np.isnan(across.places) | np.isnan(up.places))
    names = run_labels(rows)
    coloured = _coloured(rows, by, marks)
    clouds = []
    for one in coloured.groups:
        places = [place for place in one.places if is_drawn[place]]
        if places:
            named = tuple(names[place] for place in places)
            shades = None if one.shades is None else one.shades[is_drawn[list(one.places)]]
            at = across.places[places], up.places[places]
            clouds.append(Cloud(one.label, named, *at, shades, one.is_pale))
    title = f"{up.axis.label} against {across.axis.label}"
    _check_some(int(is_drawn.sum()), rows, [across, up])
    notes = [*_left_out(is_drawn, [across, up]), coloured.note, _pale(clouds, coloured.shade)]
    note = "; ".join(filter(None, notes))
    return ScatterChart(title, across.axis, up.axis, tuple(clouds), note, coloured.shade)


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Runs of one cloud, by their places among the rows; see `Cloud`."""

    label: str
    places: Sequence[int]
    shades: NDArray[np.float64] | None = None
    is_pale: bool = False


@dataclass(frozen=True, slots=True)
class _Coloured:
    """All runs in clouds, and how their colours are to be read."""

    groups: Sequence[_Group]
    note: str = ""
    shade: Axis | None = None


def _coloured(rows: RunRows, by: By, marks: Marks) -> _Coloured:
    """Return runs by what gives them a colour.

    Few groups have a colour and a shape each. Of more than there are colours those that a number
    tells apart have that on a scale of colours; others stay apart as long as a legend has room.
    """
    if by is None:
        return _Coloured([_Group("", range(len(rows)))])
    found = find_groups(rows, by)
    if len(found) > COLOUR_COUNT and len(found.columns) == 1:
        shade = _shaded(rows, found.columns[0], marks)
        if shade is not None:
            return shade
    if len(found) > _MOST_CLOUDS:
        many = f"{len(found):,} groups are too many for a colour each: choose by --by or --where"
        return _Coloured([_Group("", range(len(rows)))], many)
    named = zip(group_labels(found.groups, found.columns), found.groups, strict=True)
    return _Coloured([_Group(name, one.places) for name, one in named])


def _shaded(rows: RunRows, column: str, marks: Marks) -> _Coloured | None:
    """Return all runs coloured by a column of numbers; None where it is none."""
    import numpy as np

    found = number_field(rows, column, marks)
    if found is None:
        return None
    is_without = np.isnan(found.places)
    own, without = np.flatnonzero(~is_without).tolist(), np.flatnonzero(is_without).tolist()
    groups = [_Group("", without, is_pale=True), _Group("", own, found.places[own])]
    return _Coloured(groups, shade=found.axis)


def _pale(clouds: Sequence[Cloud], shade: Axis | None) -> str:
    """Return how many points have no place on the scale of colours."""
    count = sum(len(cloud.x) for cloud in clouds if cloud.is_pale)
    if shade is None or not count:
        return ""
    are = "run is" if count == 1 else "runs are"
    return f"{count:,} {are} pale: without a finite {shade.label}"


def parallel_chart(
    rows: RunRows, fields: Sequence[str] | None, metric: str | None, marks: Marks
) -> ParallelChart:
    """Return runs as lines over axes: what they were given, and last what came of it.

    Args:
        fields: Columns or metrics; the params in which the runs differ where None.
        metric: The last axis, which colours the lines; see `find_measure`.
        marks: What the team has said of metrics.

    Raises:
        UnknownColumn: If no run has one of the fields.
        UnknownMetric: If no run has the metric.
        InvalidValue: If there are too few axes, or too many.
    """
    import numpy as np

    measure = find_measure(rows, metric, marks.goals)
    asked, note = _fields(rows, fields, marks)
    if not _FEWEST_AXES <= len(asked) + 1 <= (_MOST_AXES if fields is None else len(asked) + 1):
        raise InvalidValue(
            "no param that all of these runs have differs: there is nothing to draw side by side",
            hint="name fields, such as: --field params.lr",
        )
    found: list[Field] = [field(rows, name, marks) for name in (*asked, measure.column)]
    places = np.stack([one.places for one in found], axis=1)
    is_whole = np.logical_and.reduce(~np.isnan(places), axis=1)
    _check_some(int(is_whole.sum()), rows, found)
    names = run_labels(rows)
    return ParallelChart(
        f"{found[-1].axis.label} by {', '.join(one.axis.label for one in found[:-1])}",
        tuple(one.axis for one in found),
        tuple(names[place] for place in np.flatnonzero(is_whole)),
        places[is_whole],
        "; ".join(filter(None, [*_left_out(is_whole, found), note])),
    )


def _fields(rows: RunRows, fields: Sequence[str] | None, marks: Marks) -> tuple[Sequence[str], str]:
    """Return the columns of the axes before the last, and what is to be said of others."""
    if fields is not None:
        return [field_column(rows, name, marks) for name in fields], ""
    # A param that only some have, such as the momentum of one optimizer, has no place for others.
    shared = [
        name
        for name in varying_params(rows)
        if not is_seed(name) and rows.column(name).count == len(rows)
    ]
    telling = telling_fields(rows, shared)
    shown = telling[: _MOST_AXES - 1]
    if len(telling) == len(shown):
        return shown, ""
    return shown, f"the first {len(shown)} of {len(telling):,} params: choose by --field"


def _check_some(drawn: int, rows: RunRows, fields: Sequence[Field]) -> None:
    """Refuse to draw nothing.

    Raises:
        InvalidValue: Naming the field in which the most runs have no place.
    """
    if drawn or not len(rows):
        return
    worst = max(fields, key=lambda one: int((one.is_absent | one.is_beyond).sum()))
    label, absent, beyond = worst.axis.label, int(worst.is_absent.sum()), int(worst.is_beyond.sum())
    told = [f"{absent} lack {label!r}"] if absent else []
    told += [f"of {beyond} {label!r} is {NONFINITE}"] if beyond else []
    fewer = "choose others, or fewer runs: --where 'has(params.lr)'"
    raise InvalidValue(
        f"none of {len(rows)} runs has a value to draw for each axis: {' and '.join(told)}",
        hint=fewer if absent else "draw another metric or field, such as: -m loss",
    )


def _left_out(is_drawn: NDArray[np.bool_], fields: Sequence[Field]) -> Iterator[str]:
    """Yield how many runs are not drawn: those without a value, and those whose has no place."""
    import numpy as np

    is_absent = np.logical_or.reduce([one.is_absent for one in fields])
    lacking, beyond = int(is_absent.sum()), int((~is_drawn & ~is_absent).sum())
    if lacking:
        lack = "run lacks" if lacking == 1 else "runs lack"
        yield f"{lacking:,} {lack} a value to draw for one of the axes"
    if beyond:
        are = "run is" if beyond == 1 else "runs are"
        yield f"{beyond:,} {are} {NONFINITE} for one of the axes"
