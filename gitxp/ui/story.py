"""The story of an experiment as people read it: a page a run, or a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from gitxp.model.run import Run, Status
from gitxp.model.standing import Description
from gitxp.query.columns import param_title
from gitxp.query.origins import origins
from gitxp.query.outcome import Outcome, Pair
from gitxp.query.story import Chapter
from gitxp.ui.baselines import told_baseline
from gitxp.ui.compared import compared
from gitxp.ui.format import cell, duration, fact, moment, number, value
from gitxp.ui.goals import marked
from gitxp.ui.graph import Node, graph_lines
from gitxp.ui.run_columns import STATUS_COLOURS, VERDICT_COLOURS
from gitxp.ui.said import indented, said_by, said_lines
from gitxp.ui.screen import Screen

if TYPE_CHECKING:
    from gitxp.comparison.baseline.stand import Stand

_MARGIN: Final = 10
_INDENT: Final = 4
_fact = partial(fact, margin=_MARGIN)


def heading_lines(experiment: str, description: Description, now: datetime) -> Iterator[str]:
    """Yield what an experiment is about."""
    yield f"experiment {experiment}"
    yield _fact("by", said_by(description, now))
    yield ""
    yield from indented(description.text, _INDENT)
    yield ""


def page_lines(
    chapter: Chapter, screen: Screen, now: datetime, stands: Mapping[Pair, Stand]
) -> Iterator[str]:
    """Yield the lines of one run: who and when, what it was to show, and what came of it."""
    run = chapter.run
    yield _title(run, screen)
    for name, text in _facts(chapter, now).items():
        if text:
            yield _fact(name, text)
    for text in (run.hypothesis, run.description):
        if text:
            yield ""
            yield from indented(text, _INDENT)
    told = [
        *_outcomes(chapter, screen, stands),
        *said_lines(run, _verdict(run, screen), now, margin=_MARGIN),
    ]
    if told:
        yield ""
        yield from told
    yield ""


def one_line(
    chapter: Chapter, screen: Screen, stands: Mapping[Pair, Stand], *, names_experiment: bool
) -> str:
    """Return a run on one line."""
    run = chapter.run
    name = cell(run.name)
    if names_experiment:
        name = f"{run.experiment}/{name}" if name else str(run.experiment)
    parts = [
        screen.painted(run.id.short, "yellow") + (f" ({name})" if name else ""),
        "" if run.status is Status.FINISHED else _status(run, screen),
        cell(run.hypothesis) or ("" if run.name_generated else _params(chapter)),
        *(
            _outcome(one, screen, stand_of(chapter, one, stands), is_short=True)
            for one in chapter.outcomes[:1]
        ),
        _verdict(run, screen),
    ]
    dot = "\N{MIDDLE DOT}" if screen.has_unicode else "-"
    return f" {dot} ".join(part for part in parts if part)


def with_graph(pages: Sequence[tuple[Run, Sequence[str]]], screen: Screen) -> Iterator[str]:
    """Yield the lines of runs beside a graph of where each comes from.

    Args:
        pages: Each run before all from which it comes.
    """
    nodes = [Node(run.id, origins(run), lines) for run, lines in pages]
    return graph_lines(nodes, has_unicode=screen.has_unicode)


def _title(run: Run, screen: Screen) -> str:
    name = f"{run.experiment}/{cell(run.name)}" if run.name else str(run.experiment)
    return f"{screen.painted(f'run {run.id}', 'yellow')} ({name}, {_status(run, screen)})"


def _status(run: Run, screen: Screen) -> str:
    return screen.painted(str(run.status), STATUS_COLOURS[run.status])


def _facts(chapter: Chapter, now: datetime) -> dict[str, str]:
    run = chapter.run
    took = f", took {duration(run.duration)}" if run.duration is not None else ""
    return {
        "author": cell(run.author),
        "date": moment(run.started, now) + took,
        "parent": run.parent.short if run.parent else "",
        "continues": run.continues.short if run.continues else "",
        "params": _params(chapter),
        "tags": " ".join(f"{cell(key)}={value(tag.value)}" for key, tag in run.tags.items()),
        "kept": "yes" if run.is_kept else "",
    }


def _params(chapter: Chapter) -> str:
    return " ".join(
        f"{cell(param_title(name))}={value(given)}" for name, given in chapter.params.items()
    )


def stand_of(chapter: Chapter, outcome: Outcome, stands: Mapping[Pair, Stand]) -> Stand | None:
    """Return how a run stands in one metric; None where nothing is known of that."""
    if chapter.baseline is None:
        return None
    return stands.get(Pair(chapter.run.id, chapter.baseline.id, outcome.metric))


def _outcomes(chapter: Chapter, screen: Screen, stands: Mapping[Pair, Stand]) -> Iterator[str]:
    label = "outcome"
    for one in chapter.outcomes:
        told = _outcome(one, screen, stand_of(chapter, one, stands))
        yield f"{label + ':' if label else '':<{_MARGIN}}{told}"
        label = ""
    if chapter.measured is not None:
        name = None if chapter.baseline is None else chapter.baseline.name
        yield _fact("baseline", told_baseline(chapter.measured, name))


def _outcome(
    outcome: Outcome, screen: Screen, stand: Stand | None, *, is_short: bool = False
) -> str:
    told = f"{marked(outcome.metric, outcome.goal, screen)} {number(outcome.value)}"
    against = compared(outcome, screen, stand, is_short=is_short)
    return f"{told} ({against})" if against else told


def _verdict(run: Run, screen: Screen) -> str:
    if run.judgement is None:
        return ""
    verdict = str(run.judgement.verdict)
    return screen.painted(verdict, VERDICT_COLOURS[verdict])
