"""What the seeds say of a difference, in the same few words wherever one is shown."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from gitxp.comparison.baseline.conclusion import Conclusion
from gitxp.comparison.baseline.untested import Untested
from gitxp.text import finite_number

if TYPE_CHECKING:  # which load NumPy
    from gitxp.comparison.baseline.against import AgainstBaseline
    from gitxp.comparison.baseline.stand import Stand

NOT_FINITE: Final = "not finite"
_NO_SEEDS: Final = "whether more than noise cannot be said without several seeds on both sides"
_UNFINISHED: Final = "whether more than noise cannot be said of a run that is not finished"
# Of what is not finite, and of what repeats the other, all is said beside it.
_NOTES: Final = {
    Untested.UNFINISHED: _UNFINISHED,
    Untested.BASELINE_UNFINISHED: _UNFINISHED,
    Untested.UNKNOWN: "whether more than noise cannot be said of a run whose group is not known",
}


def difference_text(difference: float) -> str:
    """Return a difference of two values; NaN is that of values that are not finite.

    An infinite one is of finite values that lie further apart than a float can tell.

    Example:
        >>> difference_text(-0.25), difference_text(math.nan), difference_text(math.inf)
        ('-0.25', 'not finite', '> +1.798e+308')
    """
    return NOT_FINITE if math.isnan(difference) else finite_number(difference, "+.4g")


def nonfinite_words(value: float, *, other: str) -> str:
    """Return which of two values is not finite, where they have no difference.

    Args:
        other: What the value is measured against.

    Example:
        >>> nonfinite_words(math.inf, other="baseline"), nonfinite_words(0.5, other="baseline")
        ('not finite', 'baseline not finite')
    """
    return f"{other} {NOT_FINITE}" if math.isfinite(value) else NOT_FINITE


def gain_words(stand: Stand | None, *, is_better: bool | None, other: str) -> str:
    """Return whether a difference is a gain, by the seeds where they tell; empty if nobody does.

    Where they do not tell, `better` and `worse` say only to which side it lies; that is what
    `noise_notes` is for.

    Args:
        stand: What the seeds say of the two; None where they are not asked.
        is_better: Whether the one value is better than the other; None if nobody says.
        other: What the run is measured against.

    Example:
        >>> gain_words(None, is_better=True, other="baseline")
        'better'
    """
    alone = "" if is_better is None else "better" if is_better else "worse"
    if stand is None:
        return alone
    if stand.against is None:
        return _untested_words(stand.untested, alone, other)
    if not stand.is_tested:
        return alone
    if not stand.has_verdict:
        return _joined(alone, "the seeds changed nothing")
    return over_seeds(stand.against, verdict_words(stand.against))


def over_seeds(found: AgainstBaseline, verdict: str) -> str:
    """Return how far the means of two groups lie apart, and what that is.

    Both stand together wherever a verdict does: it is one on the means, which may differ otherwise
    than the two runs beside whose difference it is told.

    Args:
        verdict: See `verdict_words`.
    """
    return f"over seeds {difference_text(found.difference.difference)}, {verdict}"


def with_words(difference: str, words: str, stand: Stand | None, *, joint: str) -> str:
    """Return how far two runs lie apart, and what is said of it; either may be empty.

    Args:
        joint: What stands between the two, where `words` are no clause of their own.

    Example:
        >>> with_words("-0.5", "better", None, joint=", "), with_words("-0.5", "", None, joint=", ")
        ('-0.5, better', '-0.5')
    """
    is_clause = stand is not None and stand.has_verdict
    return ("; " if is_clause else joint).join(filter(None, (difference, words)))


def _untested_words(why: Untested | None, alone: str, other: str) -> str:
    match why:
        case Untested.REPEATS:
            return "repeats it"
        case Untested.UNFINISHED:
            return _joined(alone, "not finished")
        case Untested.BASELINE_UNFINISHED:
            return _joined(alone, f"{other} not finished")
    return alone


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def verdict_words(found: AgainstBaseline) -> str:
    """Return what a test tells that could be made."""
    if found.conclusion is not Conclusion.CANNOT_BE_SAID:
        return str(found.conclusion)
    return "more than noise"  # only which way is better cannot be said


def reruns_words(count: int, *, is_most: bool = False) -> str:
    """Return which of several runs with one seed counts in a comparison of two groups.

    Args:
        count: How many others are left out.
        is_most: Whether that is so of one of several comparisons, and others leave out fewer.

    Example:
        >>> reruns_words(2)
        'of runs with the same seed the newest counts, or the one compared: 2 are left out'
    """
    told = f"{'up to ' if is_most else ''}{count} {'is' if count == 1 else 'are'} left out"
    return f"of runs with the same seed the newest counts, or the one compared: {told}"


def noise_notes(shown: Collection[Stand | None], *, has_figures: bool) -> list[str]:
    """Return what has to be known of all differences that are shown together, each once.

    Args:
        shown: What the seeds say of each; None where they are not asked.
        has_figures: Whether p-values are shown.
    """
    tested = [one.against for one in shown if one is not None and one.is_tested]
    count = max((one.comparisons for one in tested if one is not None), default=0)
    notes = []
    if count > 1:
        what = "p" if has_figures else "what is said over seeds"
        notes.append(f"{what} is corrected for {count} comparisons")
    if any(one is None or (one.against is not None and not one.is_tested) for one in shown):
        notes.append(_NO_SEEDS)
    left_out = [one.left_out for one in shown if one is not None]
    if any(one.nonfinite or one.nonfinite_against for one in left_out):
        notes.append("over seeds, values that are not finite are left out")
    if any(one.unfinished or one.unfinished_against for one in left_out):
        notes.append("over seeds, runs that are not finished are left out")
    reruns = {one.reruns + one.reruns_against for one in left_out} - {0}
    if reruns:
        notes.append(f"over seeds, {reruns_words(max(reruns), is_most=len(reruns) > 1)}")
    untested = (one.untested for one in shown if one is not None and one.untested)
    return [*notes, *dict.fromkeys(_NOTES[why] for why in untested if why in _NOTES)]
