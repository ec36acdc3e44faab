"""What can be said of a difference from a baseline."""

from __future__ import annotations

from enum import StrEnum


class Conclusion(StrEnum):
    """What can be said of a difference."""

    BETTER = "better"
    WORSE = "worse"
    WITHIN_THE_NOISE = "within the noise"
    CANNOT_BE_SAID = "cannot be said"
