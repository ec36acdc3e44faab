"""What a run is measured against, in words: by how much it differs, and whether that is better."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from gitxp.comparison.baseline.conclusion import Conclusion
from gitxp.comparison.baseline.words import (
    difference_text,
    gain_words,
    noise_notes,
    nonfinite_words,
    over_seeds,
    verdict_words,
    with_words,
)
from gitxp.query.outcome import Outcome
from gitxp.ui.screen import Screen
from gitxp.ui.table import wrapped

if TYPE_CHECKING:
    from gitxp.comparison.baseline.against import AgainstBaseline
    from gitxp.comparison.baseline.stand import Stand

_SINGLE: Final = "on baseline: of two single runs; whether more than noise: git xp log"
_OTHER: Final = "baseline"
# Said by the two values alone: what seeds say is said in other words.
_SIDES: Final = ("better", "worse")
_COLOURS: Final = {Conclusion.BETTER: "green", Conclusion.WORSE: "red"}


def difference(outcome: Outcome) -> str:
    """Return by how much a run's value is above its baseline's; empty where it has none.

    Example:
        >>> difference(Outcome("loss", 0.1, baseline=0.3)), difference(Outcome("loss", 0.1))
        ('-0.2', '')
    """
    return "" if outcome.difference is None else difference_text(outcome.difference)


def compared(
    outcome: Outcome, screen: Screen, stand: Stand | None = None, *, is_short: bool = False
) -> str:
    """Return the same in words, and whether it is better; empty where there is no baseline.

    Only what seeds say has a colour.

    Args:
        stand: What the seeds say, where that was asked.
        is_short: Whether figures of the test are left out, and all that has to be known of the
            words stands beside them: no `stand_notes` follow.
    """
    if outcome.difference is None:
        return ""
    if math.isnan(outcome.difference):
        return nonfinite_words(outcome.value, other=_OTHER)
    told = f"{difference(outcome)} on baseline"
    if stand is not None and stand.repeats:
        return f"{told}, which it repeats"
    if stand is not None and stand.against is not None and stand.has_verdict:
        verdict = screen.painted(verdict_words(stand.against), verdict_colour(stand))
        words = _by_test(stand.against, verdict, has_figures=not is_short)
    else:
        words = gain_words(stand, is_better=outcome.is_better, other=_OTHER)
        words += " by one run" if is_short and words in _SIDES else ""
    return with_words(told, words, stand, joint=", ")


def verdict_colour(stand: Stand | None) -> str:
    """Return the colour of what seeds say of a difference; empty where they say nothing."""
    conclusion = None if stand is None else stand.conclusion
    return "" if conclusion is None else _COLOURS.get(conclusion, "")


def _by_test(found: AgainstBaseline, verdict: str, *, has_figures: bool) -> str:
    """Return what a test says of the groups to which two runs belong."""
    said = over_seeds(found, verdict)
    if not has_figures:
        return said
    told = found.difference
    corrected = f", corrected {found.p_corrected:.2g}" if found.comparisons > 1 else ""
    return (
        f"{said} (p = {told.p_welch:.2g}{corrected}, g = {told.effect:.2g}, "
        f"{told.n} and {told.n_against} runs)"
    )


def stand_notes(shown: Collection[Stand | None], screen: Screen) -> Iterator[str]:
    """Yield what has to be known of everything that is compared, once; see `noise_notes`.

    Args:
        shown: What the seeds say of each difference; None where they are not asked.
    """
    for note in noise_notes(shown, has_figures=True):
        yield from _note(note, screen)


def single_note(screen: Screen) -> Iterator[str]:
    """Yield what has to be known of differences of which the seeds were not asked."""
    yield from _note(_SINGLE, screen)


def _note(text: str, screen: Screen) -> Iterator[str]:
    yield from (screen.painted(line, "dim") for line in wrapped(text, screen.width))
