"""Groups of runs as a table: what tells them apart, how their metric spreads, what can be said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gitxp.comparison.baseline.against import AgainstBaseline
from gitxp.comparison.baseline.words import difference_text
from gitxp.comparison.differences.spelling import parted
from gitxp.comparison.groups.spelling import spelled_keys
from gitxp.comparison.groups.spread import GroupSpread, Spread
from gitxp.model.goal import Goal
from gitxp.query.columns import param_title
from gitxp.ui.counted import counted_notes
from gitxp.ui.few_runs import few_runs_note
from gitxp.ui.format import cell, finite_number
from gitxp.ui.goals import goal_note, marked
from gitxp.ui.screen import Screen
from gitxp.ui.table import (
    LONGEST_IN_A_PIPE,
    TableColumn,
    shortened,
    table_lines,
    text_width,
    wrapped,
)

_MOST_KEYS: Final = 6
# More are chosen by accident, or read by a program.
_MOST_GROUPS: Final = 100
# Of a value that tells a group apart, where it shares a line with others.
_LONGEST_KEY: Final = 32
_COLOURS: Final = {"better": "green", "worse": "red", "cannot be said": "yellow"}
_OWN_TITLES: Final = (
    "n", "mean", "std", "interval", "median", "min", "max", "NaN", "unfinished", "reruns",
    "on baseline", "g", "p", "p corrected", "p permuted", "conclusion",
)  # fmt: skip
# Where not all columns fit, those of the highest rank are left out first.
_NEEDED, _CONCLUSION, _N, _DIFFERENCE, _INTERVAL, _KEY, _LEFT_OUT, _STD = range(8)
_P_CORRECTED, _P, _EFFECT, _P_PERMUTED, _OTHER = range(8, 13)


def group_table(spread: Spread, screen: Screen, goals: Mapping[str, Goal]) -> Iterator[str]:
    """Yield the lines of a table of groups, of which there must be some.

    Args:
        goals: By metric, which way the team has said is better.
    """
    measure = spread.measure
    yield screen.painted(_fitted(marked(measure.name, measure.goal, screen), screen), "bold")
    keys = spread.columns[:_MOST_KEYS]
    shown = _first(spread)
    told = (one for one in _columns(shown) if any(one.cells))
    columns = [*_key_columns(shown, keys, screen), *told]
    yield from table_lines(columns, screen)
    notes = [*_notes(spread, screen, hidden=len(spread.columns) - len(keys))]
    if len(spread.groups) > len(shown.groups):
        which = f"the first {_MOST_GROUPS} of {len(spread.groups):,} groups"
        notes.append(f"{which}: choose with --where; --json has all")
    for note in notes:
        yield from (screen.painted(line, "dim") for line in wrapped(note, screen.width))
    if measure.goal is not None:
        yield from goal_note([measure.metric], goals, screen)


def _first(spread: Spread) -> Spread:
    """Return the groups that a table shows: the first of many, and the baseline wherever it is."""
    groups = spread.groups[:_MOST_GROUPS]
    others = spread.groups[_MOST_GROUPS:]
    baseline = [one for one in others if spread.baseline is not None and one.against is None]
    return replace(spread, groups=(*groups, *baseline))


def _key_columns(spread: Spread, keys: Sequence[str], screen: Screen) -> Iterator[TableColumn]:
    """Yield what tells the groups apart; long values are cut so that they still do."""
    # In a pipe all together are no longer than one text may be; a terminal has its own bound.
    together = LONGEST_IN_A_PIPE // max(len(keys), 1)
    room = max(_LONGEST_KEY, together) if screen.width is None else min(_LONGEST_KEY, screen.width)
    titles = Counter([*map(param_title, keys), *_OWN_TITLES])
    for place, name in enumerate(keys):
        title = param_title(name)
        values = [one.group.key.get(name, _ABSENT) for one in spread.groups]
        spelled = iter(spelled_keys(name, [one for one in values if one is not _ABSENT]))
        texts = ["" if one is _ABSENT else next(spelled) for one in values]
        told = parted(texts, room, dots=screen.dots, width_of=text_width)
        yield TableColumn(
            shortened(cell(name if titles[title] > 1 else title), room, screen),
            [shortened(text, room, screen) for text in told],
            is_number=all(type(one) in (int, float) for one in values if one is not _ABSENT),
            rank=_KEY if place else _NEEDED,
        )


_ABSENT: Final[Any] = object()


def _columns(spread: Spread) -> Iterator[TableColumn]:
    groups, confidence = spread.groups, 100 * spread.settled.confidence
    summaries = [one.summary for one in groups]
    yield _numbers("n", [str(one.n) for one in summaries], _N)
    yield _numbers("mean", [_number(one.mean) for one in summaries], _NEEDED)
    yield _numbers("std", [_number(one.std) for one in summaries], _STD)
    yield _numbers(f"{confidence:.4g} % interval", list(map(_interval, groups)), _INTERVAL)
    yield _numbers("median", [_number(one.median) for one in summaries], _OTHER)
    yield _numbers("min", [_number(one.min) for one in summaries], _OTHER)
    yield _numbers("max", [_number(one.max) for one in summaries], _OTHER)
    for title, counts in (
        ("NaN", [one.nonfinite for one in groups]),
        ("unfinished", [one.unfinished for one in groups]),
        ("reruns", [one.reruns for one in groups]),
    ):
        if any(counts):
            yield _numbers(title, [str(one or "") for one in counts], _LEFT_OUT)
    if spread.baseline is not None:
        yield from _against(spread)


def _against(spread: Spread) -> Iterator[TableColumn]:
    """Yield how the groups compare with the baseline."""
    found = [one.against for one in spread.groups]

    def numbers(title: str, of: Callable[[AgainstBaseline], float], rank: int) -> TableColumn:
        return _numbers(title, ["" if one is None else _number(of(one)) for one in found], rank)

    differences = [
        ""
        if one is None or math.isnan(one.difference.difference)
        else difference_text(one.difference.difference)
        for one in found
    ]
    yield _numbers("on baseline", differences, _DIFFERENCE)
    yield numbers("g", lambda one: one.difference.effect, _EFFECT)
    yield numbers("p", lambda one: one.difference.p_welch, _P)
    if any(one is not None and one.comparisons > 1 for one in found):
        yield numbers("p corrected", lambda one: one.p_corrected, _P_CORRECTED)
    yield numbers("p permuted", lambda one: one.difference.p_permutation, _P_PERMUTED)
    conclusions = ["baseline" if one is None else str(one.conclusion) for one in found]
    colours = [_COLOURS.get(one, "") for one in conclusions]
    yield TableColumn("conclusion", conclusions, rank=_CONCLUSION, colours=colours)


def _notes(spread: Spread, screen: Screen, *, hidden: int) -> Iterator[str]:
    """Yield what has to be known to read the table rightly."""
    if hidden:
        yield f"{hidden} more columns differ: choose with --by"
    if parted := _parted_by_code(spread):
        yield f"{parted} groups differ from another in code alone: {_joining(spread)} joins them"
    yield from counted_notes(
        nonfinite=any(one.nonfinite for one in spread.groups),
        unfinished=any(one.unfinished for one in spread.groups),
        reruns=any(one.reruns for one in spread.groups),
    )
    counts = [one.summary.n for one in spread.groups]
    if spread.settled.interval != "t":
        yield from few_runs_note(counts, "--interval t")
    if max(counts) == 1:
        yield "one run a group: only several seeds show what chance does"
    if spread.baseline is not None:
        around = f"baseline: {{}} ({_runs(len(spread.baseline.runs))})"
        room = LONGEST_IN_A_PIPE - len(around.format(""))
        yield around.format(shortened(spread.baseline.label or "all runs", room, screen))
        compared = [one.against for one in spread.groups if one.against is not None]
        yield from _test_notes(compared)
        for reason in dict.fromkeys(one.reason for one in compared if one.reason):
            yield f"cannot be said: {reason}"


def _test_notes(compared: Sequence[AgainstBaseline]) -> Iterator[str]:
    """Yield by what the conclusions are made; the permutation test is no part of them."""
    if any(not math.isnan(one.difference.p_welch) for one in compared):
        yield "p: Welch's test, which decides; p permuted: a permutation test; g: Hedges' effect"
    if compared and compared[0].comparisons > 1:
        yield f"p corrected: for {compared[0].comparisons} comparisons"


def _parted_by_code(spread: Spread) -> int:
    """Return how many groups there are that nothing but the code sets apart from another one."""
    if "code_tree" not in spread.columns:
        return 0
    rest = Counter(
        repr({name: value for name, value in one.group.key.items() if name != "code_tree"})
        for one in spread.groups
    )
    return sum(count for count in rest.values() if count > 1)


def _joining(spread: Spread) -> str:
    """Return the options that group by all but the code."""
    starts = {name.partition(".")[0].partition("[")[0] for name in spread.columns}
    return " ".join(
        f"--by {name}"
        for name in ("params", "data", "experiment")
        if name == "params" or name in starts
    )


def _fitted(text: str, screen: Screen) -> str:
    return shortened(text, screen.width or LONGEST_IN_A_PIPE, screen)


def _numbers(title: str, cells: Sequence[str], rank: int) -> TableColumn:
    return TableColumn(title, cells, is_number=True, rank=rank)


def _number(one: float) -> str:
    return "" if math.isnan(one) else finite_number(one)


def _interval(one: GroupSpread) -> str:
    low, high = one.interval.low, one.interval.high
    return "" if math.isnan(low) else f"{finite_number(low)} to {finite_number(high)}"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
