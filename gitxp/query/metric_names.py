"""Which metrics somebody means: by name, by glob, or by regular expression."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from gitxp.errors import InvalidName, InvalidValue, UnknownMetric
from gitxp.model.names import LONGEST_NAME
from gitxp.query.columns import parse_column
from gitxp.query.nearest import known_hint, nearest_name
from gitxp.text import shown

if TYPE_CHECKING:  # not where a script runs, which has no rows
    from gitxp.query.run_rows import RunRows

MetricName = str | re.Pattern[str]
_SHOWN: Final = 10


def metric_names(rows: RunRows) -> list[str]:
    """Return the name of every metric that one of the runs has."""
    columns = (parse_column(name) for name in rows.names if name.startswith("metrics"))
    return [str(column.keys[0]) for column in columns if column.reducer == "count"]


def asked_metrics(asked: Sequence[MetricName] | MetricName) -> Sequence[MetricName]:
    """Return the metrics that are asked for, of which one may be given by itself.

    Raises:
        InvalidValue: If it is something else than names and regular expressions.
    """
    if _is_name(asked):
        return [asked]
    given: Any = asked  # whatever a script passes
    is_one = not isinstance(given, Iterable) or isinstance(given, bytes)
    several = [given] if is_one else list(given)
    for one in several:
        if not _is_name(one):
            raise InvalidValue(
                f"{shown(one)} is given as a metric: expected a name, a glob, or a compiled "
                "regular expression of text",
                hint="such as 'loss', 'val/*' or re.compile('^val/')",
            )
    return several


def matching_metrics(rows: RunRows, asked: Sequence[MetricName]) -> list[str]:
    """Return the metrics of the runs that are asked for; see `metrics_among`."""
    return metrics_among(metric_names(rows), asked, others=metric_names(rows.every))


def metrics_among(
    known: Collection[str], asked: Sequence[MetricName], *, others: Collection[str] = ()
) -> list[str]:
    """Return those metrics that are asked for.

    Args:
        known: Their names.
        others: What may be named as well, and is meant by what fits none of `known`: metrics of
            runs that the question is not about.
        asked: A name of a metric; else a glob, where `*` stands for any text, `/` as well; or a
            compiled regular expression, which is searched for in the name.

    Raises:
        UnknownMetric: If one of them fits none.
        InvalidValue: If one is neither.
    """
    found: dict[str, None] = {}
    for one in asked_metrics(asked):
        fitting = [name for name in known if _fits(name, one)]
        if one in known or one in others:  # a name may look like a glob
            fitting = [str(one)]
        fitting = fitting or [name for name in others if _fits(name, one)]
        if not fitting:
            raise _unknown(one, others or known)
        found |= dict.fromkeys(fitting)
    return list(found)


def one_metric(rows: RunRows, asked: str) -> str:
    """Return the one metric of the runs that is meant; see `matching_metrics`.

    Raises:
        UnknownMetric: If no run has it.
        InvalidValue: If several metrics are meant.
    """
    name, *others = matching_metrics(rows, [asked])
    if others:
        hint = f"one of: {', '.join(repr(one) for one in (name, *others[:_SHOWN]))}"
        raise InvalidValue(
            f"{shown(asked, LONGEST_NAME)} means {1 + len(others)} metrics: expected one", hint=hint
        )
    return name


def _is_name(asked: object) -> TypeGuard[MetricName]:
    if isinstance(asked, re.Pattern):
        return isinstance(asked.pattern, str)  # one of bytes is searched for in no text
    return isinstance(asked, str)


def _fits(name: str, asked: MetricName) -> bool:
    if isinstance(asked, re.Pattern):
        return asked.search(name) is not None
    return fnmatchcase(name, asked)


def _named_by(text: str) -> str:
    """Return the name of the metric whose column a text names; the text where it names none."""
    try:
        column = parse_column(text)
    except InvalidName:
        return text
    return ".".join(map(str, column.keys)) if column.field == "metrics" else text


def _unknown(asked: MetricName, known: Collection[str]) -> UnknownMetric:
    if isinstance(asked, re.Pattern):
        message = f"no run has a metric that matches {shown(asked.pattern, LONGEST_NAME)}"
    else:
        message = f"no run has the metric {shown(asked, LONGEST_NAME)}"
        nearest = nearest_name(_named_by(asked), known)
        if nearest is not None:
            return UnknownMetric(message, hint=f"did you mean {nearest!r}?")
    return UnknownMetric(message, hint=known_hint(known))
