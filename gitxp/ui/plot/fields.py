"""Fields of runs as axes: numbers where they are numbers, else a place for each word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gitxp.comparison.groups.measured import find_measure
from gitxp.comparison.groups.spelling import spelled_keys
from gitxp.errors import InvalidValue, UnknownMetric
from gitxp.model.goal import Goal, metric_goal
from gitxp.query.columns import param_title, parse_column
from gitxp.query.order import known_column
from gitxp.query.run_rows import RunRows
from gitxp.ui.drawable import drawable
from gitxp.ui.goals import marked
from gitxp.ui.plot.picture import Axis
from gitxp.ui.plot.units import seconds_since_1970, time_unit
from gitxp.ui.screen import Screen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_WORDS: Final = 40
# Params that span as much as that were mostly chosen by their logarithms.
_LOG_FROM: Final = 100
# Labels stand in pictures, which show every letter.
_LETTERS: Final = Screen(width=None, has_colours=False, has_unicode=True)


@dataclass(frozen=True, slots=True)
class Marks:
    """What the team has said of metrics that a picture says beside their names.

    Attributes:
        goals: By metric, which way it is better.
        units: By metric, in what it is measured.
    """

    goals: Mapping[str, Goal]
    units: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A field of runs as an axis.

    Attributes:
        places: Where each run stands, float64; NaN where it has no value that has a place.
        is_absent: Which runs have no value at all.
    """

    axis: Axis
    places: NDArray[np.float64]
    is_absent: NDArray[np.bool_]

    @property
    def is_beyond(self) -> NDArray[np.bool_]:
        """Which runs have a value, but one that has no place."""
        beyond: NDArray[np.bool_] = (self.places != self.places) & ~self.is_absent
        return beyond


def field(rows: RunRows, asked: str, marks: Marks) -> Field:
    """Return a field of runs, by the name of its column or that of a metric.

    Args:
        marks: What the team has said of metrics.

    Raises:
        UnknownColumn: If no run has such a field.
        InvalidValue: If its values are of more words than an axis can show.
    """
    name = field_column(rows, asked, marks)
    return number_field(rows, name, marks) or _words(
        asked, field_label(name, marks), _spelled(name, rows.values(name))
    )


def number_field(rows: RunRows, name: str, marks: Marks) -> Field | None:
    """Return a column as an axis of numbers; None where its values are none, or of two kinds."""
    import numpy as np

    label, values = field_label(name, marks), rows.values(name)
    numbers = _numbers(values)
    if numbers is None:
        return None
    places = drawable(np.array(numbers, float))
    absent = np.array([one is None for one in values], np.bool_)
    match next(one for one in values if one is not None):
        case timedelta():
            length, sign = time_unit(float(np.nanmax(np.abs(places))))
            return Field(Axis(f"{label} ({sign})"), places / length, absent)
        case datetime() as first:
            return Field(
                Axis(f"{label} (UTC)" if first.tzinfo else label, is_time=True), places, absent
            )
    return Field(Axis(label, is_log=name.startswith("params") and _spans(places)), places, absent)


def _numbers(values: Sequence[Any]) -> list[float] | None:
    """Return values of one kind as numbers, with NaN for none; None where they are no numbers.

    A length of time is its seconds, a moment those since 1970.
    """
    nan = float("nan")
    kinds = {_kind(one) for one in values if one is not None}
    if len(kinds) != 1 or None in kinds:
        return None
    return [nan if one is None else _number(one) for one in values]


def _spelled(name: str, values: Sequence[Any]) -> list[str | None]:
    """Return values of a column as words, no two of them alike; None where a run has none."""
    texts = iter(spelled_keys(name, [one for one in values if one is not None]))
    return [None if one is None else next(texts) for one in values]


def _words(asked: str, label: str, texts: Sequence[str | None]) -> Field:
    """Return a field of words, each of which has its place.

    Raises:
        InvalidValue: If there are more than an axis can show.
    """
    import numpy as np

    words = sorted({one for one in texts if one is not None})
    if len(words) > _MOST_WORDS:
        raise InvalidValue(
            f"{asked!r} has {len(words)} different values: expected numbers, or a few words"
        )
    at = {word: place for place, word in enumerate(words)}
    found = np.array([np.nan if one is None else at[one] for one in texts], float)
    return Field(Axis(label, tuple(words)), found, np.isnan(found))


def field_column(rows: RunRows, asked: str, marks: Marks) -> str:
    """Return the name of the column that is meant: one of a metric by the metric's name alone.

    Raises:
        UnknownColumn: If no run has such a field.
    """
    if asked not in rows.every.names:
        try:
            return find_measure(rows, asked, marks.goals).column
        except UnknownMetric:
            pass  # then it is a column, or nothing, of which the next line tells
    return known_column(rows, asked)


def field_label(name: str, marks: Marks, screen: Screen = _LETTERS) -> str:
    """Return what people call the field of a column.

    Args:
        marks: What the team has said of metrics.
        screen: What shows it; by default whatever shows every letter.

    Example:
        >>> marks = Marks(goals={}, units={"loss": "bits"})
        >>> field_label("metrics.loss:min", marks), field_label("params.lr", marks)
        ('loss (bits) ↓ min', 'lr')
    """
    column = parse_column(name)
    if column.field == "metrics":
        metric = str(column.keys[0])
        goal = metric_goal(metric, marks.goals)
        # Whether somebody said so or the name does is no matter for who looks at a figure.
        known = None if goal is None else replace(goal, is_guessed=False)
        # How often a metric was logged is measured in nothing.
        unit = "" if column.reducer == "count" else marks.units.get(metric, "")
        label = marked(metric, known, screen, unit)
        return label if column.reducer in (None, "last") else f"{label} {column.reducer}"
    return param_title(name) if column.field == "params" else name


def telling_fields(rows: RunRows, columns: Sequence[str]) -> list[str]:
    """Return those of some columns in which runs differ, and that an axis can show."""
    found = []
    for name in columns:
        values = [one for one in rows.values(name) if one is not None]
        is_number = _numbers(values) is not None
        if rows.column(name).varies() and (
            is_number or len({*_spelled(name, values)}) <= _MOST_WORDS
        ):
            found.append(name)
    return found


def _kind(one: Any) -> type | None:
    """Return of which kind a number is; None for what is none."""
    match one:
        case bool():
            return None
        case int() | float():
            return float
        case datetime() | timedelta():
            return type(one)
    return None


def _number(one: float | datetime | timedelta) -> float:
    match one:
        case datetime():
            return seconds_since_1970(one)
        case timedelta():
            return one.total_seconds()
    return float(one)


def _spans(places: NDArray[np.float64]) -> bool:
    import numpy as np

    finite = places[~np.isnan(places)]
    return bool(len(finite) and finite.min() > 0 and finite.max() / finite.min() >= _LOG_FROM)
