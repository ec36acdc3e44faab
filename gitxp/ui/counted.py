"""What has to be said of the runs that groups count, and of those they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gitxp.text import cut, few

# Why a group, or a run, has no place in a picture.
NONFINITE: Final = "NaN, infinite or too large"
UNFINISHED: Final = "unfinished"
WITHOUT: Final = "without a value"
# Each reason names so many groups, as a note is to be read.
_MOST_NAMED: Final = 5
_LONGEST_NAME: Final = 40


def counted_notes(*, nonfinite: bool, unfinished: bool, reruns: bool) -> Iterator[str]:
    """Yield what n counts, where runs were left out.

    Example:
        >>> list(counted_notes(nonfinite=False, unfinished=False, reruns=True))
        ['of runs with the same seed, n counts the newest']
    """
    if nonfinite or unfinished:
        yield "n counts neither NaN and infinite values nor unfinished runs"
    if reruns:
        yield "of runs with the same seed, n counts the newest"


def gap_note(count: int) -> str:
    """Return how many values curves have no point for; nothing where that is none.

    Example:
        >>> gap_note(2), gap_note(0)
        ('2 values are NaN, infinite or too large', '')
    """
    if not count:
        return ""
    return f"{count:,} {'value is' if count == 1 else 'values are'} {NONFINITE}"


def not_drawn_notes(missing: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield what a picture does not show, and why.

    Args:
        missing: What each group or run is called, and the reason why it has no place.

    Example:
        >>> list(not_drawn_notes([("lr=10", NONFINITE), ("lr=0", WITHOUT), ("lr=1", NONFINITE)]))
        ['not drawn: lr=10, lr=1 (NaN, infinite or too large), lr=0 (without a value)']
        >>> list(not_drawn_notes((f"lr={one}", UNFINISHED) for one in range(7)))
        ['not drawn: lr=0, lr=1, lr=2, lr=3, lr=4 and 2 more (unfinished)']
        >>> list(not_drawn_notes([]))
        []
    """
    names: dict[str, list[str]] = {}
    for name, reason in missing:
        names.setdefault(reason, []).append(name)
    if names:
        told = (f"{few_named(those)} ({reason})" for reason, those in names.items())
        yield f"not drawn: {', '.join(told)}"


def few_named(names: Sequence[str]) -> str:
    """Return names side by side, of many the first and how many more there are.

    Example:
        >>> few_named(["lr=1", "lr=2"])
        'lr=1, lr=2'
    """
    return few([cut(name, _LONGEST_NAME) for name in names], _MOST_NAMED)
