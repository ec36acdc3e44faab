"""Runs and experiments as they stand once all that was said of them is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gitxp.model.event import (
    ChoosingBaseline,
    Describing,
    Event,
    Judging,
    Keeping,
    Noting,
    Removal,
    Renaming,
    Retraction,
    Return,
    Statement,
    Tagging,
    Unkeeping,
    Untagging,
    in_order,
)
from gitxp.model.identity import RunId
from gitxp.model.run import Judgement, Note, Run, Tag

# The tag that is none: it says what the run is to show.
HYPOTHESIS = "hypothesis"


@dataclass(frozen=True, slots=True)
class Description:
    """What an experiment is about, and who said so when."""

    text: str
    author: str
    time: datetime


# What is typed for the baseline in force.
BASELINE: Final = "baseline"


@dataclass(frozen=True, slots=True)
class BaselineChoice:
    """Against which run those of an experiment are measured, and who said so when.

    Attributes:
        run: None where against none any more.
    """

    run: RunId | None
    author: str
    time: datetime


def fold_events(run: Run, events: Iterable[Event]) -> Run:
    """Return the run as it stands after what was said of it.

    A tag of `run` that was set at a later clock than an event's outlasts it. Folding again
    changes nothing.

    Args:
        run: As its record tells it, without its events.
        events: All of the run's, in any order.

    Example:
        >>> from datetime import UTC, datetime
        >>> from gitxp.model.identity import EventId, ExperimentName, RunId
        >>> from gitxp.model.run import Session
        >>> day = datetime(2026, 1, 2, tzinfo=UTC)
        >>> run = Run(RunId("0" * 32), ExperimentName("lr"), (Session(day),),
        ...           tags={"old": Tag(1, clock=5), "new": Tag(1, clock=9)})
        >>> said = (Untagging("old"), Untagging("new"), Tagging("kind", "cosine"))
        >>> event = Event(EventId("1" * 32), 7, day, "Ada", said)
        >>> fold_events(run, [event]).tags
        {'new': Tag(value=1, clock=9), 'kind': Tag(value='cosine', clock=7)}
    """
    standing = _Standing(
        tags=dict(run.tags),
        name=run.name,
        name_generated=run.name_generated,
        hypothesis=run.hypothesis,
        notes=[],
        judgement=None,
    )
    for event in _counted(events):
        for statement in event.said:
            standing.take(statement, event)
    return replace(
        run,
        tags=standing.tags,
        name=standing.name,
        name_generated=standing.name_generated,
        hypothesis=standing.hypothesis,
        notes=tuple(standing.notes),
        judgement=standing.judgement,
        is_kept=standing.is_kept,
    )


def fold_description(events: Iterable[Event]) -> Description | None:
    """Return how an experiment is described after what was said of it; None where it is not."""
    found = None
    for event in _counted(events):
        for statement in event.said:
            if isinstance(statement, Describing):
                found = Description(statement.text, event.author, event.time)
    return found if found is not None and found.text else None


def fold_removals(events: Iterable[Event]) -> dict[RunId, Removal]:
    """Return by run the removal that stands; of a run that was brought back there is none."""
    found: dict[RunId, Removal] = {}
    for event in _counted(events):
        for statement in event.said:
            match statement:
                case Removal(run):
                    found[run] = statement
                case Return(run):
                    found.pop(run, None)
    return found


def fold_baselines(events: Iterable[Event]) -> tuple[BaselineChoice, ...]:
    """Return every choice of an experiment's baseline that counts, the one in force last."""
    return tuple(
        BaselineChoice(statement.run, event.author, event.time)
        for event in _counted(events)
        for statement in event.said
        if isinstance(statement, ChoosingBaseline)
    )


def baseline_in_force(choices: Sequence[BaselineChoice]) -> RunId | None:
    """Return the run against which an experiment's runs are measured; None where against none.

    Args:
        choices: As `fold_baselines` returns them.
    """
    return choices[-1].run if choices else None


def _counted(events: Iterable[Event]) -> Iterator[Event]:
    """Yield in order the events that nobody has taken back; a retraction itself stays."""
    told = in_order(events)
    taken_back = {
        statement.event
        for event in told
        for statement in event.said
        if isinstance(statement, Retraction)
    }
    return (event for event in told if event.id not in taken_back)


@dataclass(slots=True)
class _Standing:
    tags: dict[str, Tag]
    name: str
    name_generated: bool
    hypothesis: str
    notes: list[Note]
    judgement: Judgement | None
    is_kept: bool = False

    def take(self, statement: Statement, event: Event) -> None:
        match statement:
            case Tagging() | Untagging():
                self._tag(statement, event.clock)
            case Noting(text):
                self.notes.append(Note(text, event.author, event.time))
            case Judging(verdict, text):
                self.judgement = Judgement(verdict, text, event.author, event.time)
            case Keeping() | Unkeeping():
                self.is_kept = isinstance(statement, Keeping)
            case Renaming(name):
                self.name, self.name_generated = name, False

    def _tag(self, statement: Tagging | Untagging, clock: int) -> None:
        known = self.tags.get(statement.key)
        if statement.key == HYPOTHESIS:
            self.hypothesis = str(statement.value) if isinstance(statement, Tagging) else ""
        elif known is not None and known.clock > clock:
            return
        elif isinstance(statement, Tagging):
            self.tags[statement.key] = Tag(statement.value, clock)
        else:
            self.tags.pop(statement.key, None)
