"""What a run is measured against, in words: by how much it differs, and whether that is better."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from gitxp.query.outcome import Outcome
from gitxp.ui.screen import Screen

if TYPE_CHECKING:
    from gitxp.comparison.baseline.against import AgainstBaseline
    from gitxp.comparison.baseline.stand import Stand

BETTER_COLOURS: Final = {True: "green", False: "red"}
_WORDS: Final = {"cannot be said": "more than noise"}  # only which way is better cannot
_COLOURS: Final = {"better": "green", "worse": "red"}
_NO_SEEDS: Final = "whether more than noise cannot be said without several seeds on both sides"


def difference(outcome: Outcome) -> str:
    """Return by how much a run's value is above its baseline's; empty where it has none.

    Example:
        >>> difference(Outcome("loss", 0.1, baseline=0.3)), difference(Outcome("loss", 0.1))
        ('-0.2', '')
    """
    return "" if outcome.difference is None else f"{outcome.difference:+.4g}"


def compared(
    outcome: Outcome, screen: Screen, stand: Stand | None = None, *, is_short: bool = False
) -> str:
    """Return the same in words, and whether it is better; empty where there is no baseline.

    Args:
        stand: What the seeds say, where that was asked.
        is_short: Whether figures of the test are left out.
    """
    if outcome.difference is None:
        return ""
    told = f"{difference(outcome)} on baseline"
    if stand is not None and stand.against is None:
        return f"{told}, which it repeats"
    if stand is not None and stand.against is not None and stand.is_tested:
        if not math.isnan(stand.against.p_corrected):
            return told + _over_seeds(stand.against, screen, is_short=is_short)
        if not is_short:
            return f"{told}{_word(outcome, screen)}; the seeds changed nothing"
    return told + _word(outcome, screen)


def _word(outcome: Outcome, screen: Screen) -> str:
    if outcome.is_better is None:
        return ""
    word = "better" if outcome.is_better else "worse"
    return f", {screen.painted(word, BETTER_COLOURS[outcome.is_better])}"


def _over_seeds(found: AgainstBaseline, screen: Screen, *, is_short: bool) -> str:
    """Return what a test says of the groups; their means may differ otherwise than the two runs."""
    conclusion = str(found.conclusion)
    word = _WORDS.get(conclusion, conclusion)
    painted = screen.painted(word, _COLOURS[word]) if word in _COLOURS else word
    if is_short:
        return f", {painted}" + (" over seeds" if word in _COLOURS else "")
    told = found.difference
    return (
        f"; over seeds {told.difference:+.4g}, {painted} "
        f"(p = {found.p_corrected:.2g}, g = {told.effect:.2g}, {told.n} and {told.n_against} runs)"
    )


def stand_notes(stands: Collection[Stand], screen: Screen) -> Iterator[str]:
    """Yield what has to be known of everything that is compared, once."""
    tested = [one.against for one in stands if one.against is not None and one.is_tested]
    notes = []
    if tested and tested[0].comparisons > 1:
        notes.append(f"p is corrected for {tested[0].comparisons} comparisons")
    if any(one.against is not None and not one.is_tested for one in stands):
        notes.append(_NO_SEEDS)
    for note in notes:
        for line in wrap(note, screen.width or len(note)):
            yield screen.painted(line, "dim")
