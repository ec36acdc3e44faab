"""Groups of runs as a frame, and as plain facts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from gitxp.comparison.baseline.against import AgainstBaseline
from gitxp.comparison.groups.groups import Group
from gitxp.comparison.groups.spread import GroupSpread, Spread
from gitxp.model.goal import goal_fields
from gitxp.query.run_frame import runs_frame
from gitxp.query.run_rows import RunRows

if TYPE_CHECKING:
    import pandas as pd

_AGAINST: Final = (
    "difference", "difference_low", "difference_high", "effect", "p_welch", "p_permutation",
    "p_corrected",
)  # fmt: skip
_COUNTS: Final = ("n", "nonfinite", "unfinished", "reruns")
_NUMBERS: Final = ("mean", "std", "sem", "low", "high", "median", "min", "max")


def group_fields(one: GroupSpread) -> dict[str, Any]:
    """Return what a group comes to, by the names of columns."""
    return {
        "n": one.summary.n,
        "nonfinite": one.nonfinite,
        "unfinished": one.unfinished,
        "reruns": one.reruns,
        "mean": one.summary.mean,
        "std": one.summary.std,
        "sem": one.summary.sem,
        "low": one.interval.low,
        "high": one.interval.high,
        "median": one.summary.median,
        "min": one.summary.min,
        "max": one.summary.max,
    }


def against_fields(one: AgainstBaseline | None) -> dict[str, Any]:
    """Return how a group compares with the baseline; nothing of the baseline's own group."""
    if one is None:
        return {**dict.fromkeys(_AGAINST), "conclusion": None}
    found = one.difference
    numbers = (
        found.difference, found.low, found.high, found.effect, found.p_welch, found.p_permutation,
        one.p_corrected,
    )  # fmt: skip
    return {**dict(zip(_AGAINST, numbers, strict=True)), "conclusion": str(one.conclusion)}


def spread_fields(spread: Spread) -> dict[str, Any]:
    """Return groups as the fields of an object in JSON; what cannot be said is None."""
    groups = []
    for one in spread.groups:
        found = group_fields(one)
        if spread.baseline is not None:
            found |= against_fields(one.against)
        numbers = {name: said(number) for name, number in found.items()}
        groups.append({**one.group.key, **numbers, "runs": list(one.group.runs)})
    return {
        "metric": spread.measure.name,
        **goal_fields(spread.measure.goal),
        "interval": spread.settled.interval,
        "confidence": spread.settled.confidence,
        "columns": list(spread.columns),
        "baseline": None if spread.baseline is None else list(spread.baseline.runs),
        "groups": groups,
    }


def said(number: Any) -> Any:
    """Return a number as JSON has it: None for NaN, which says that something cannot be said."""
    return None if isinstance(number, float) and math.isnan(number) else number


def group_frame(spread: Spread, rows: RunRows) -> pd.DataFrame:
    """Return a frame with a row a group.

    Args:
        rows: Those of which the groups were made.

    Returns:
        The columns in which the groups differ, in the types that `runs_frame` gives them; then
        those of `group_fields`, with a baseline those of `against_fields`, and `runs`, the ids.
    """
    import pandas as pd

    parts = [typed_frame([group_fields(one) for one in spread.groups], _COUNTS, _NUMBERS)]
    if spread.baseline is not None:
        against = pd.DataFrame([against_fields(one.against) for one in spread.groups])
        parts.append(against.astype(dict.fromkeys(_AGAINST, "float64")))
    return framed([one.group for one in spread.groups], spread.columns, parts, rows)


def typed_frame(
    fields: Sequence[Mapping[str, Any]], counts: Sequence[str], numbers: Sequence[str]
) -> pd.DataFrame:
    """Return a frame of counts and then other numbers, which has its columns also without a row."""
    import pandas as pd

    dtypes = {**dict.fromkeys(counts, "int64"), **dict.fromkeys(numbers, "float64")}
    made: pd.DataFrame = pd.DataFrame(list(fields), columns=list(dtypes)).astype(dtypes)
    return made


def framed(
    groups: Sequence[Group], columns: Sequence[str], parts: Sequence[pd.DataFrame], rows: RunRows
) -> pd.DataFrame:
    """Return a frame with a row a group: what tells it from others, what it comes to, its runs.

    Args:
        columns: Those in which the groups differ, in the types that `runs_frame` gives them.
        parts: Frames with a row for each group as well.
        rows: Those of the runs, and perhaps of others.
    """
    import pandas as pd

    places = {run: place for place, run in enumerate(rows.values("run"))}
    firsts = rows.take([places[group.runs[0]] for group in groups])
    frame = runs_frame(firsts, columns).reset_index(drop=True)
    made = pd.concat([frame, *parts], axis=1)
    made["runs"] = [list(group.runs) for group in groups]
    return made
