"""Permutation tests give SciPy's p-values, of however many groups, without SciPy's work."""

from __future__ import annotations

import time

import numpy as np
import pytest
import scipy.stats

from gitxp.statistics.permutation import permutation_p_values


def by_scipy(sample, against, resamples):
    return scipy.stats.permutation_test(
        (np.sort(sample), np.sort(against)),
        lambda one, other, axis: one.mean(axis=axis) - other.mean(axis=axis),
        vectorized=True,
        n_resamples=resamples,
        random_state=np.random.default_rng(0),
    ).pvalue


@pytest.mark.parametrize(("n", "n_against"), [(2, 2), (3, 5), (6, 6), (10, 7), (40, 25)])
def test_p_values_are_those_of_scipy(n, n_against):
    chance = np.random.default_rng(n)
    against = chance.normal(0, 1, n_against)
    samples = [chance.normal(shift, 1, n) for shift in (-1, 0, 0.3, 2)]
    expected = [by_scipy(one, against, 2000) for one in samples]
    assert permutation_p_values(samples, against, resamples=2000) == pytest.approx(expected)


def test_values_that_are_tied_are_counted_on_both_sides():
    chance = np.random.default_rng(1)
    against = chance.integers(0, 3, 12) / 10
    samples = [chance.integers(0, 3, 9) / 10 for _ in range(20)]
    expected = [by_scipy(one, against, 1000) for one in samples]
    assert permutation_p_values(samples, against, resamples=1000) == pytest.approx(expected)
    # Beside a large number, where SciPy takes sums for different that differ by rounding alone.
    moved = [one + 1000.0 for one in samples]
    assert permutation_p_values(moved, against + 1000.0, resamples=1000) == pytest.approx(expected)


def test_samples_of_unequal_size_are_told_in_their_order():
    chance = np.random.default_rng(2)
    against = chance.normal(0, 1, 8)
    samples = [chance.normal(1, 1, n) for n in (3, 9, 3, 4)]
    together = permutation_p_values(samples, against, resamples=500)
    assert together == [permutation_p_values([one], against, resamples=500)[0] for one in samples]


def test_hundred_groups_cost_hardly_more_than_a_few():
    """By SciPy the work of each division is that of all groups' values, which it copies."""
    chance = np.random.default_rng(3)
    against = chance.normal(0, 1, 100)
    samples = [chance.normal(0, 1, 100) for _ in range(100)]

    def took(ask):
        start = time.process_time()
        ask()
        return time.process_time() - start

    permutation_p_values(samples[:1], against, resamples=100)
    own = took(lambda: permutation_p_values(samples, against))
    few = took(lambda: [by_scipy(one, against, 10_000) for one in samples[:10]])
    assert own < few
