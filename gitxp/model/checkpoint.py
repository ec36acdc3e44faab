"""How a run that goes on elsewhere stood when its clone last told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# From one checkpoint to the next: who tells of a longer time is not believed.
LONGEST_INTERVAL: Final = timedelta(hours=24)
# A checkpoint may be late: the line is slow, the next one was lost, two clocks are apart.
_INTERVALS: Final = 3
_GRACE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is known of a checkpoint beside the run.

    Attributes:
        made: When, by the clock of the machine where the run goes on; UTC.
        every: How long after it the next one was to come.
        remote: The remote from which it was fetched; empty where it was not.
        seen: When this clone first had it, by its own clock; None where it is this clone's.
        is_record: Whether it is the record of a run that is over, which was made at its end and
            waits to be merged.
    """

    made: datetime
    every: timedelta
    remote: str = ""
    seen: datetime | None = None
    is_record: bool = False

    @property
    def told(self) -> datetime:
        """When the run was last told of: by either clock, so that neither makes it younger."""
        return self.made if self.seen is None else min(self.made, self.seen)

    @property
    def ending_hint(self) -> str:
        """What brings the run's record here, as of `Run.ending_hint`."""
        pull = f"git xp pull {self.remote}"
        return pull if self.is_record else f"once it is over in its own clone: {pull}"

    def is_stale(self, now: datetime) -> bool:
        """Return whether the next one should have come long since.

        Example:
            >>> from datetime import UTC
            >>> made = datetime(2026, 1, 2, tzinfo=UTC)
            >>> checkpoint = Checkpoint(made, every=timedelta(seconds=30))
            >>> [checkpoint.is_stale(made + timedelta(minutes=late)) for late in (1, 2, 3)]
            [False, False, True]
        """
        return now - self.told > _INTERVALS * self.every + _GRACE
