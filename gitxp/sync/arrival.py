"""What becomes of a record that was fetched, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What was done with what arrived, or with a run here because of it."""

    NEW = "new"
    UPDATED = "updated"
    MERGED = "merged"
    AHEAD = "ahead"
    REMOVED = "removed"
    LEFT_OUT = "left out"
    SURVIVES = "survives"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of one record.

    Attributes:
        ref: Where the record is shared; of a run or of an experiment.
        reason: Why, where that does not go without saying.
        hint: What to type, where it will be refused again.
        name: Of a run that is here no more.
    """

    ref: str
    outcome: Outcome
    reason: str = ""
    name: str = ""
    hint: str = ""
