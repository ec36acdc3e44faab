"""What was said of runs after they ran, and a run as it stands once that is counted."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, ClassVar

from gitxp.errors import InvalidName
from gitxp.model.identity import RunId
from gitxp.model.run import Run, Tag

_EVENT_ID = re.compile(r"[0-9a-f]{32}")


class EventId(str):
    """The random name of one event: 32 lower-case hexadecimal digits."""

    __slots__ = ()

    def __new__(cls, text: str) -> EventId:
        """Parse `text`, or raise `InvalidName`."""
        if not _EVENT_ID.fullmatch(text):
            raise InvalidName(
                f"invalid event id {text!r}: expected 32 lower-case hexadecimal digits"
            )
        return super().__new__(cls, text)

    @classmethod
    def random(cls) -> EventId:
        """Return an id that nobody has used."""
        return cls(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Tagging:
    """A tag of the run is set. Said in the run's own record."""

    kind: ClassVar[str] = "tag"
    key: str
    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Untagging:
    """A tag of the run is taken off. Said in the run's own record."""

    kind: ClassVar[str] = "untag"
    key: str


@dataclass(frozen=True, slots=True)
class Removal:
    """A run was removed while its record stood at `tip`. Said in the experiment's record."""

    kind: ClassVar[str] = "removal"
    run: RunId
    tip: str


@dataclass(frozen=True, slots=True)
class Return:
    """A removed run was brought back, its record at `tip`. Said in the experiment's record."""

    kind: ClassVar[str] = "return"
    run: RunId
    tip: str


@dataclass(frozen=True, slots=True)
class UnknownStatement:
    """What a newer gitxp said and this one does not know; kept as it stands.

    Attributes:
        content: Everything but the kind.
    """

    kind: str
    content: Mapping[str, Any] = field(default_factory=dict)


Statement = Tagging | Untagging | Removal | Return | UnknownStatement


@dataclass(frozen=True, slots=True)
class Event:
    """All that one command said of one record.

    Attributes:
        clock: Orders events; see `next_clock`.
        time: Aware and UTC.
        said: In the order in which it counts.
        extra: What a newer gitxp wrote and this one does not know, where it stood.
    """

    id: EventId
    clock: int
    time: datetime
    author: str
    said: tuple[Statement, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return `events` in the order in which they count: by clock, then by id."""
    return tuple(sorted(events, key=attrgetter("clock", "id")))


def fold_events(run: Run, events: Iterable[Event]) -> Run:
    """Return the run as it stands after what was said of it.

    A tag of `run` that was set at a later clock than an event's outlasts it. Folding again
    changes nothing.

    Args:
        events: Those of the run's record, in any order.

    Example:
        >>> from datetime import UTC, datetime
        >>> from gitxp.model.identity import ExperimentName
        >>> from gitxp.model.run import Session
        >>> day = datetime(2026, 1, 2, tzinfo=UTC)
        >>> run = Run(RunId("0" * 32), ExperimentName("lr"), (Session(day),),
        ...           tags={"old": Tag(1, clock=5), "new": Tag(1, clock=9)})
        >>> said = (Untagging("old"), Untagging("new"), Tagging("kind", "cosine"))
        >>> event = Event(EventId("1" * 32), 7, day, "Ada", said)
        >>> fold_events(run, [event]).tags
        {'new': Tag(value=1, clock=9), 'kind': Tag(value='cosine', clock=7)}
    """
    tags = dict(run.tags)
    for event in in_order(events):
        for statement in event.said:
            _fold_tag(tags, statement, event.clock)
    return replace(run, tags=tags)


def _fold_tag(tags: dict[str, Tag], statement: Statement, clock: int) -> None:
    if not isinstance(statement, Tagging | Untagging):
        return
    known = tags.get(statement.key)
    if known is not None and known.clock > clock:
        return
    if isinstance(statement, Tagging):
        tags[statement.key] = Tag(statement.value, clock)
    else:
        tags.pop(statement.key, None)
