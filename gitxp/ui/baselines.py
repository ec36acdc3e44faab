"""Baselines as people read them: which run is in force, its results, and who chose what before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from gitxp.model.goal import Goal, metric_goal
from gitxp.model.identity import RunId
from gitxp.model.run import Run
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
        yield _fact("baseline", told_baseline(one.run, known))
        yield _fact("chosen", f"by {said_by(one.choices[-1], now)}")
        run = known.get(one.run) if one.run else None
        if run is not None:
            names = headlines(run.metrics, goals)[:_MOST_METRICS]
            titles = [marked(name, metric_goal(name, goals), screen) for name in names]
            values = [number(run.metrics[name].last.value) for name in names]
            yield from _facts("metrics", map(" ".join, zip(titles, values, strict=True)))
            shown += names
        yield from _facts(
            "before",
            (
                f"{told_baseline(choice.run, known)}, by {said_by(choice, now)}"
                for choice in reversed(one.choices[:-1])
            ),
        )
    yield from goal_note(shown, goals, screen)


def _facts(name: str, texts: Iterable[str]) -> Iterator[str]:
    """Yield a line a text, the name before the first."""
    for place, text in enumerate(texts):
        yield f"{'':<{_MARGIN}}{text}" if place else _fact(name, text)


def told_baseline(run: RunId | None, known: Mapping[RunId, Run]) -> str:
    """Return the short id of a baseline and its name, or that it is not here."""
    if run is None:
        return "none"
    if run not in known:
        return f"{run.short}, which is not here"
    return f"{run.short} {cell(known[run].name)}".rstrip()
