"""Several tasks at once: aggregates of a suite, with few runs of each.

Agarwal, Schwarzer, Castro, Courville & Bellemare, "Deep Reinforcement Learning at the Edge of the
Statistical Precipice", NeurIPS 34 (2021), whose own library is rliable.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gitxp.statistics.resampling import SEED, drawn_counts
from gitxp.statistics.samples import Sample, exponent_of, restored

# The share of scores that is cut off at either end.
_QUARTER: Final = 0.25
# How many scores lie in memory at a time.
_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, and where it probably lies; NaN where that cannot be said.

    Attributes:
        low: The lower end of a percentile interval.
        high: The upper end.
    """

    value: float
    low: float = math.nan
    high: float = math.nan


def interquartile_mean(
    tasks: Sequence[Sample],
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = SEED,
) -> Estimate:
    """Return the mean of the middle half of all scores of a suite.

    The lowest and the highest quarter of them, whichever tasks they are of, are left out (Agarwal
    et al. 2021, section 4.3): less moved by a few tasks than a mean, and less variable than a
    median. Scores of different tasks have to be in one unit. The interval is by a bootstrap that
    draws among the runs of each task for itself (section 4.1); it needs two of each.

    Example:
        >>> interquartile_mean([np.array([0.0, 1.0, 2.0]), np.array([3.0, 90.0])]).value
        2.0
    """
    from scipy.stats import trim_mean

    if not sum(map(len, tasks)):
        return Estimate(math.nan)
    scores = np.sort(np.concatenate(tasks))
    (exponent,) = exponent_of(np.abs(scores[[0, -1]]).max(keepdims=True)).tolist()
    value = trim_mean(np.ldexp(scores, -exponent), _QUARTER)
    if min(map(len, tasks)) < 2:
        return Estimate(float(np.ldexp(value, exponent)))
    small = [np.ldexp(one, -exponent) for one in tasks]
    means = [trim_mean(drawn, _QUARTER, axis=1) for drawn in _redrawn(small, resamples, seed)]
    return _estimate(float(value), np.concatenate(means), confidence, exponent)


def probability_of_improvement(
    tasks: Sequence[Sample],
    against: Sequence[Sample],
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = SEED,
) -> Estimate:
    """Return how likely a run has a higher score than one of another algorithm, on a random task.

    The mean over tasks of the share of pairs of runs in which it has, a tie being half of one
    (Agarwal et al. 2021, section 4.3): the statistic of Mann & Whitney, Annals of Mathematical
    Statistics 18 (1947), 50-60, by the number of pairs. It says nothing of how much higher. The
    interval is by a bootstrap within each task, on both sides; it needs two runs of each.

    Args:
        against: The scores of the other one, of the same tasks.

    Example:
        >>> probability_of_improvement([np.array([1.0, 3.0])], [np.array([2.0, 3.0])]).value
        0.375
    """
    sizes = [*map(len, tasks), *map(len, against)]
    if not sizes or min(sizes) == 0:
        return Estimate(math.nan)
    redrawn = np.zeros(resamples)
    value = 0.0
    for number, (mine, theirs) in enumerate(zip(tasks, against, strict=True)):
        mine, theirs = np.sort(mine), np.sort(theirs)
        wins = (mine[:, None] > theirs) + (mine[:, None] == theirs) / 2
        value += float(wins.mean()) / len(tasks)
        drawn, drawn_theirs = (
            next(drawn_counts(len(one), resamples, (seed, number, side), at_once=resamples))
            for side, one in enumerate((mine, theirs))
        )
        redrawn += ((drawn @ wins) * drawn_theirs).sum(axis=1) / (wins.size * len(tasks))
    if min(sizes) < 2:
        return Estimate(value)
    return _estimate(value, redrawn, confidence)


def _redrawn(tasks: Sequence[Sample], resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield resamples of all scores, some rows at a time, each drawn task by task."""
    ordered = [np.sort(one) for one in tasks]
    chances = [np.random.default_rng((seed, number)) for number in range(len(tasks))]
    at_once = max(1, _AT_ONCE // sum(map(len, tasks)))
    for start in range(0, resamples, at_once):
        count = min(at_once, resamples - start)
        yield np.concatenate(
            [
                one[chance.integers(0, len(one), (count, len(one)))]
                for one, chance in zip(ordered, chances, strict=True)
            ],
            axis=1,
        )


def _estimate(
    value: float, redrawn: NDArray[np.float64], confidence: float, exponent: int = 0
) -> Estimate:
    """Return an estimate of numbers that were divided by a power of two, for the numbers."""
    tail = (1 - confidence) / 2
    ends = np.quantile(redrawn, [tail, 1 - tail])
    return Estimate(*restored(np.array([value, *ends]), exponent).tolist())
