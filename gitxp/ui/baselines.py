"""Baselines as people read them: which run is in force, its results, and who chose what before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from gitxp.model.goal import Goal, metric_goal
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.model.standing import BaselineChoice
from gitxp.query.abouts import Baseline
from gitxp.query.headlines import headlines
from gitxp.ui.format import cell, fact, number
from gitxp.ui.goals import goal_note, marked
from gitxp.ui.said import said_by
from gitxp.ui.screen import Screen

_MOST_METRICS: Final = 3
_MARGIN: Final = 10
_fact = partial(fact, margin=_MARGIN)


def baseline_lines(
    baselines: Sequence[Baseline],
    known: Mapping[RunId, Run],
    screen: Screen,
    goals: Mapping[str, Goal],
    now: datetime,
) -> Iterator[str]:
    """Yield the lines of each experiment: its baseline, the results of that, and its history.

    Args:
        known: The runs that are here.
        goals: By metric, which way the team has said is better.
    """
    shown: list[str] = []
    for place, one in enumerate(baselines):
        if place:
            yield ""
        yield screen.painted(f"experiment {one.experiment}", "yellow")
        run = known.get(one.run) if one.run else None
        yield _fact("baseline", told_baseline(one.run, run.name if run else None) or "none")
        yield _fact("chosen", f"by {said_by(one.choices[-1], now)}")
        if run is not None:
            names = headlines(run.metrics, goals)[:_MOST_METRICS]
            titles = [marked(name, metric_goal(name, goals), screen) for name in names]
            values = [number(run.metrics[name].last.value) for name in names]
            yield from _facts("metrics", map(" ".join, zip(titles, values, strict=True)))
            shown += names
        earlier = reversed(one.choices[:-1])
        yield from _facts("before", (_told_choice(choice, known, now) for choice in earlier))
    yield from goal_note(shown, goals, screen)


def _told_choice(choice: BaselineChoice, known: Mapping[RunId, Run], now: datetime) -> str:
    found = known.get(choice.run) if choice.run else None
    told = told_baseline(choice.run, None if found is None else found.name)
    return f"{told or 'none'}, by {said_by(choice, now)}"


def _facts(name: str, texts: Iterable[str]) -> Iterator[str]:
    """Yield a line a text, the name before the first."""
    for place, text in enumerate(texts):
        yield f"{'':<{_MARGIN}}{text}" if place else _fact(name, text)


def told_baseline(run: RunId | None, name: str | None) -> str:
    """Return the short id of a baseline and its name; empty where there is no baseline.

    Args:
        name: None where the run is not here.

    Example:
        >>> told_baseline(RunId("c0ffee00" * 4), "cosine"), told_baseline(RunId("1" * 32), None)
        ('c0ffee0 cosine', '1111111, which is not here')
    """
    if run is None:
        return ""
    return (
        f"{run.short}, which is not here" if name is None else f"{run.short} {cell(name)}".rstrip()
    )
