"""Permutation tests of many samples against one other, by one product of matrices."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gitxp.statistics.resampling import SEED
from gitxp.statistics.samples import Sample, by_size

# How many numbers lie in memory at a time: 16 MiB of them.
_AT_ONCE: Final = 1 << 21
# Below this part of the largest value sums differ by rounding alone.
_ROUNDING: Final = 1e-12


def permutation_p_values(
    samples: Sequence[Sample], against: Sample, *, resamples: int = 10_000, seed: int = SEED
) -> list[float]:
    """Return how often a random division of the values into two such groups parts them as far.

    Fisher, The Design of Experiments (1935), section 21: exact where there are no more divisions
    than `resamples`; else with the observed one among those drawn, so that no p-value is zero
    (Phipson & Smyth, Statistical Applications in Genetics and Molecular Biology 9 (2010), 39). It
    is two-sided, twice the smaller of the two tails.

    Divisions and p-values are those of `scipy.stats.permutation_test` with the same seed. That
    copies all values once a division, which for a hundred groups of a hundred runs takes minutes of
    a processor; here a division is a row of zeros and ones, and all samples of one size are summed
    by one product, so that each costs a multiplication a value.

    Args:
        samples: Of two values or more.
        against: The other one.

    Example:
        >>> one, other = np.array([1.0, 2.0, 3.0]), np.array([7.0, 8.0, 9.0])
        >>> permutation_p_values([one], other)
        [0.1]
    """
    found = [math.nan] * len(samples)
    for places, rows in by_size(samples):
        p_values = _p_values(rows, np.sort(against), resamples, seed)
        for place, p_value in zip(places, p_values.tolist(), strict=True):
            found[place] = p_value
    return found


def _p_values(
    rows: NDArray[np.float64], against: Sample, resamples: int, seed: int
) -> NDArray[np.float64]:
    """Return the p-values of rows of one size."""
    size = rows.shape[1]
    values = np.hstack([rows, np.tile(against, (len(rows), 1))])
    # Around zero a sum says all: that of the others is its negative.
    values -= values.mean(axis=1, keepdims=True)
    slack = _ROUNDING * values.shape[1] * np.abs(values).max(axis=1)
    observed = values[:, :size].sum(axis=1)
    is_exact = math.comb(values.shape[1], size) <= resamples
    # Of those that are drawn the observed one is one more.
    count = 0 if is_exact else 1
    lower, higher = np.full(len(rows), count), np.full(len(rows), count)
    drawn = None if is_exact else resamples
    for chosen in _divisions(size, len(against), drawn, seed, wide=len(rows)):
        sums = chosen @ values.T
        lower += (sums <= observed + slack).sum(axis=0)
        higher += (sums >= observed - slack).sum(axis=0)
        count += len(chosen)
    p_values: NDArray[np.float64] = np.minimum(2 * np.minimum(lower, higher) / count, 1.0)
    return p_values


def _divisions(
    size: int, others: int, drawn: int | None, seed: int, *, wide: int
) -> Iterator[NDArray[np.float64]]:
    """Yield divisions, some at a time: a row each, 1 for a value of the sample, 0 for the others'.

    Args:
        drawn: How many are drawn; every one where None.
        wide: How many sums are made of each.
    """
    total = size + others
    chance = np.random.default_rng(seed)
    every: Iterator[Sequence[int] | NDArray[np.int64]] = (
        combinations(range(total), size)
        if drawn is None
        else (chance.permutation(total)[:size] for _ in range(drawn))
    )
    together = max(1, _AT_ONCE // max(total, wide))
    while chosen := list(islice(every, together)):
        rows = np.zeros((len(chosen), total))
        np.put_along_axis(rows, np.array(chosen), 1.0, axis=1)
        yield rows
