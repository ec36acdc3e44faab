"""What people say of runs and experiments beside what the runs themselves log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, ClassVar

from gitxp.model.identity import EventId, RunId
from gitxp.model.run import Verdict


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
class Noting:
    """Something is noted of the run. Said in the run's own record."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True, slots=True)
class Judging:
    """The run's hypothesis is judged. Said in the run's own record.

    Attributes:
        text: Why; empty where nothing is said of it.
    """

    kind: ClassVar[str] = "verdict"
    verdict: Verdict
    text: str = ""


@dataclass(frozen=True, slots=True)
class Keeping:
    """The run is to be kept: no command removes it. Said in the run's own record."""

    kind: ClassVar[str] = "keep"


@dataclass(frozen=True, slots=True)
class Unkeeping:
    """The run may go like any other. Said in the run's own record."""

    kind: ClassVar[str] = "unkeep"


@dataclass(frozen=True, slots=True)
class Renaming:
    """The run is called something else. Said in the run's own record."""

    kind: ClassVar[str] = "rename"
    name: str


@dataclass(frozen=True, slots=True)
class Describing:
    """The experiment is described. Said in the experiment's record.

    Attributes:
        text: Empty where the description is taken off.
    """

    kind: ClassVar[str] = "description"
    text: str = ""


@dataclass(frozen=True, slots=True)
class ChoosingBaseline:
    """Runs of the experiment are measured against a run from now on. Said in its record.

    Attributes:
        run: None where they are measured against none any more.
    """

    kind: ClassVar[str] = "baseline"
    run: RunId | None = None


@dataclass(frozen=True, slots=True)
class Retraction:
    """What another event of the same record said does not count any more."""

    kind: ClassVar[str] = "retraction"
    event: EventId


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


Statement = (
    Tagging
    | Untagging
    | Noting
    | Judging
    | Keeping
    | Unkeeping
    | Renaming
    | Describing
    | ChoosingBaseline
    | Retraction
    | Removal
    | Return
    | UnknownStatement
)


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
