"""Why the seeds say nothing of two runs."""

from __future__ import annotations

from enum import StrEnum


class Untested(StrEnum):
    """Why the groups of a run and of what it is measured against are not compared."""

    REPEATS = "the two differ in nothing but seeds"
    NOT_FINITE = "its value is not finite"
    BASELINE_NOT_FINITE = "the value that it is measured against is not finite"
    # Its last value is of another step than those of the runs that it was to repeat.
    UNFINISHED = "it is not finished"
    BASELINE_UNFINISHED = "what it is measured against is not finished"
    UNKNOWN = "the runs that may repeat the two are not known"
