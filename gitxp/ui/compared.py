"""What a run is measured against, in words: by how much it differs, and whether that is better."""

from __future__ import annotations

from typing import Final

from gitxp.query.outcome import Outcome
from gitxp.ui.screen import Screen

BETTER_COLOURS: Final = {True: "green", False: "red"}


def difference(outcome: Outcome) -> str:
    """Return by how much a run's value is above its baseline's; empty where it has none.

    Example:
        >>> difference(Outcome("loss", 0.1, baseline=0.3)), difference(Outcome("loss", 0.1))
        ('-0.2', '')
    """
    return "" if outcome.difference is None else f"{outcome.difference:+.4g}"


def compared(outcome: Outcome, screen: Screen) -> str:
    """Return the same in words, and whether it is better; empty where there is no baseline."""
    if outcome.difference is None:
        return ""
    told = f"{difference(outcome)} on baseline"
    if outcome.is_better is None:
        return told
    word = "better" if outcome.is_better else "worse"
    return f"{told}, {screen.painted(word, BETTER_COLOURS[outcome.is_better])}"
