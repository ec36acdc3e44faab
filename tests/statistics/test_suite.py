"""Aggregates of a suite, as Agarwal et al. (2021) define them and their library computes them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from gitxp.statistics.suite import interquartile_mean, probability_of_improvement

# Five runs of four tasks each.
MINE = [
    np.array([0.21, 0.11, 0.42, 0.40, 0.45]),
    np.array([0.91, 0.34, -0.05, 0.46, 0.44]),
    np.array([1.37, 1.17, 1.47, 0.89, 0.95]),
    np.array([1.85, 1.98, 1.97, 2.14, 2.21]),
]
THEIRS = [
    np.array([0.04, -0.28, -0.15, 0.08, 0.46]),
    np.array([0.15, 0.36, 0.61, 0.72, 0.91]),
    np.array([1.12, 0.86, 1.27, 1.22, 0.94]),
    np.array([1.60, 1.44, 1.73, 1.71, 1.56]),
]
SCORES = st.lists(st.integers(-9, 9), min_size=1, max_size=5).map(lambda one: np.array(one, float))


def ends(estimate):
    return estimate.low, estimate.high


def test_aggregates_are_those_of_rliable():
    # rliable 1.2.0: aggregate_iqm with its interval of 20,000 resamples, and
    # probability_of_improvement with one of 3,000.
    iqm = interquartile_mean(MINE)
    assert iqm.value == pytest.approx(0.853)
    assert ends(iqm) == pytest.approx((0.724, 0.985), abs=0.02)
    improvement = probability_of_improvement(MINE, THEIRS)
    assert improvement.value == pytest.approx(0.705)
    assert ends(improvement) == pytest.approx((0.54, 0.86), abs=0.03)


@given(st.lists(SCORES, min_size=1, max_size=4))
def test_the_middle_half_is_that_of_all_scores(tasks):
    expected = scipy.stats.trim_mean(np.concatenate(tasks), 0.25)
    found = interquartile_mean(tasks, resamples=100)
    assert found.value == pytest.approx(expected)
    assert math.isnan(found.low) == (min(map(len, tasks)) < 2)


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=4))
def test_improvement_is_the_mean_of_mann_and_whitney(pairs):
    mine, theirs = zip(*pairs, strict=True)
    expected = np.mean(
        [scipy.stats.mannwhitneyu(x, y).statistic / (len(x) * len(y)) for x, y in pairs]
    )
    found = probability_of_improvement(mine, theirs, resamples=100)
    turned = probability_of_improvement(theirs, mine, resamples=100)
    assert found.value == pytest.approx(expected)
    assert turned.value == pytest.approx(1 - expected)


def test_a_run_that_always_wins_is_an_improvement_for_sure():
    found = probability_of_improvement([one + 10 for one in MINE], THEIRS)
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))


def test_the_order_of_runs_changes_nothing():
    mixed = [one[::-1] for one in MINE]
    assert interquartile_mean(MINE) == interquartile_mean(mixed)
    one, other = (probability_of_improvement(mine, THEIRS) for mine in (MINE, mixed))
    assert one == other


@pytest.mark.parametrize("tasks", [[], [np.array([])], [np.array([]), np.array([])]])
def test_nothing_is_said_of_no_runs(tasks):
    assert math.isnan(interquartile_mean(tasks).value)
    assert math.isnan(probability_of_improvement(tasks, tasks).value)


def test_one_run_of_a_task_has_no_interval():
    alone = [*MINE[:3], MINE[3][:1]]
    for found in (interquartile_mean(alone), probability_of_improvement(alone, THEIRS)):
        assert not math.isnan(found.value)
        assert math.isnan(found.low)


def test_intervals_hold_the_truth_about_as_often_as_promised():
    chance = np.random.default_rng(2)
    held = 0
    for _ in range(200):
        tasks = [chance.normal(mean, 1, 10) for mean in (-1, 0, 1)]
        found = interquartile_mean(tasks, resamples=300)
        held += found.low <= 0 <= found.high  # by symmetry
    assert 0.86 <= held / 200 <= 0.99
