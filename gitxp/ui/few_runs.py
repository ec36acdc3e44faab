"""What has to be said of bootstrap intervals of few runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitxp.statistics.interval import ENOUGH_FOR_BOOTSTRAP


def few_runs_note(counts: Iterable[int], instead: str) -> Iterator[str]:
    """Yield that bootstrap intervals are too narrow, where one is of few runs.

    Args:
        counts: How many runs each interval is of; one run has none.
        instead: What to ask for instead.

    Example:
        >>> list(few_runs_note([1, 3, 20], "--interval t"))
        ['of fewer than 10 runs a bootstrap interval is too narrow: --interval t']
        >>> list(few_runs_note([1, 20], "--interval t"))
        []
    """
    if any(2 <= count < ENOUGH_FOR_BOOTSTRAP for count in counts):
        yield (
            f"of fewer than {ENOUGH_FOR_BOOTSTRAP} runs a bootstrap interval is too narrow: "
            f"{instead}"
        )
