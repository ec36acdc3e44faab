"""How far two samples lie apart: against printed results, SciPy, and chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from published import MICE_CONTROL, MICE_TREATED, SLEEP_ONE, SLEEP_TWO

from gitxp.statistics.difference import differences, hedges_g


def difference(one, against, **more):
    one, against = np.asarray(one, np.float64), np.asarray(against, np.float64)
    return differences([one], against, **more)[0]


# The examples of Wikipedia's page of Welch's t-test and of Rosetta Code, computed there by R.
WELCH = {
    "equal variances, equal sizes": (
        [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4],
        [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4],
        0.021378001462867,
    ),
    "unequal variances, unequal sizes": (
        [17.2, 20.9, 22.6, 18.1, 21.7, 21.4, 23.5, 24.2, 14.7, 21.8],
        [21.5, 22.8, 21.0, 23.0, 21.6, 23.6, 22.5, 20.7, 23.4, 21.8, 20.7, 21.7, 21.5, 22.5, 23.6,
         21.5, 22.5, 23.5, 21.5, 21.8],
        0.148841696605327,
    ),
    "the smaller group varies less": (
        [19.8, 20.4, 19.6, 17.8, 18.5, 18.9, 18.3, 18.9, 19.5, 22.0],
        [28.2, 26.6, 20.1, 23.3, 25.2, 22.1, 17.7, 27.6, 20.6, 13.7, 23.2, 17.5, 20.6, 18.0, 23.9,
         21.6, 24.3, 20.4, 24.0, 13.2],
        0.035972271029797,
    ),
    "far apart": ([3.0, 4.0, 1.0, 2.1], [490.2, 340.0, 433.9], 0.010751561149785),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other", "expected"), WELCH.values(), ids=list(WELCH))
def test_welch_is_as_printed(one, other, expected):
    assert difference(one, other).p_welch == pytest.approx(expected, rel=1e-9)


def test_sleep_is_as_in_the_documentation_of_r():
    # > t.test(extra ~ group, data = sleep)
    found = difference(SLEEP_ONE, SLEEP_TWO)
    assert found.difference == pytest.approx(0.75 - 2.33)
    assert found.p_welch == pytest.approx(0.07939, abs=1e-5)
    assert (found.low, found.high) == pytest.approx((-3.3654832, 0.2054832), abs=1e-7)


def test_mice_are_permuted_as_printed():
    # Efron & Tibshirani (1993), section 15.2: 0.132 on one side, of 1,000 permutations.
    found = difference(MICE_TREATED, MICE_CONTROL)
    assert found.difference == pytest.approx(30.63, abs=0.005)
    assert found.p_permutation / 2 == pytest.approx(0.132, abs=0.03)


def test_effect_is_as_printed():
    # Borenstein et al., Introduction to Meta-Analysis (2009), chapter 4.
    g = hedges_g(np.array([3.0]), np.array([5.5]), np.array([50]), 4.5, 50)
    assert g[0] == pytest.approx(0.5924, abs=5e-5)


def test_effect_beyond_the_largest_float_is_infinite_without_a_warning():
    g = hedges_g(np.array([1e308]), np.array([0.0]), np.array([2]), 1e-3, 2)
    assert g.tolist() == [math.inf]


def test_the_smallest_deviations_are_no_zero_without_a_warning():
    smallest, ones = np.array([5e-324, 1e-323, 0.0]), np.ones(3)
    (found,) = differences([smallest], ones)
    assert (found.difference, found.p_welch, found.effect) == (-1.0, 0.0, -math.inf)
    (found,) = differences([ones], smallest)
    assert (found.difference, found.p_welch, found.effect) == (1.0, 0.0, math.inf)
    (found,) = differences([smallest], smallest)
    assert (found.difference, found.p_welch, found.effect) == (0.0, 1.0, 0.0)
    (found,) = differences([np.array([2e-323, *[0.0] * 29])], ones)
    assert (found.p_welch, found.effect) == (0.0, -math.inf)


def test_few_values_are_permuted_exactly():
    # Of 20 divisions two are as far apart, the one observed and its mirror image.
    assert difference([1, 2, 3], [7, 8, 9]).p_permutation == pytest.approx(2 / 20)
    chance = np.random.default_rng(0)
    one, other = chance.normal(size=6), chance.normal(0.5, size=6)
    exact = scipy.stats.permutation_test(
        (one, other), lambda a, b: np.mean(a) - np.mean(b), n_resamples=math.inf
    )
    assert difference(one, other).p_permutation == pytest.approx(exact.pvalue)


def test_many_values_never_have_a_p_value_of_zero():
    chance = np.random.default_rng(0)
    found = difference(chance.normal(size=30), chance.normal(50, size=30), resamples=999)
    assert found.p_permutation == pytest.approx(2 / 1000)


@pytest.mark.parametrize(("one", "other"), [([], [1, 2]), ([1], [1, 2]), ([1, 2], [3]), ([1], [2])])
def test_nothing_but_the_difference_is_said_of_fewer_than_two_values_on_a_side(one, other):
    found = difference(one, other)
    assert math.isnan(found.difference) == (not one)
    told = (found.low, found.high, found.p_welch, found.p_permutation, found.effect)
    assert all(map(math.isnan, told))


def test_no_spread_on_either_side_leaves_welch_undefined():
    found = difference([0.1] * 3, [0.3] * 3)
    assert found.difference == pytest.approx(-0.2)
    assert all(map(math.isnan, (found.low, found.high, found.p_welch, found.effect)))
    assert found.p_permutation == pytest.approx(0.1)  # which needs no spread


def test_rounding_is_no_spread():
    found = difference([0.3, 0.1 + 0.2, 0.3], [0.3001] * 3)
    assert found.difference == pytest.approx(-1e-4)
    assert all(map(math.isnan, (found.low, found.high, found.p_welch, found.effect)))


@pytest.mark.parametrize("exponent", [1019, 600, -600, -1000])
def test_values_near_the_largest_and_the_smallest_float_differ_as_others_do(exponent):
    one, other = np.array([1.0, 1.25, 1.75]), np.array([7.0, 8.0, 8.5])
    far = difference(np.ldexp(one, exponent), np.ldexp(other, exponent))
    found = difference(one, other)
    same = ("p_welch", "p_permutation", "effect")
    assert [getattr(far, each) for each in same] == [getattr(found, each) for each in same]
    for each in ("difference", "low", "high"):
        assert getattr(far, each) == math.ldexp(getattr(found, each), exponent)


def test_a_huge_sample_takes_no_digit_from_those_beside_it():
    other = np.array([1.0, 1.1, 1.2])
    small, huge = np.array([2.0, 2.1, 2.3]), np.array([1.0e308, 1.1e308, 1.2e308])
    assert differences([small, huge], other)[0] == difference(small, other)
    assert 0 < differences([small, huge], other)[1].p_welch < 0.05


def test_spread_on_one_side_is_enough():
    found = difference([1.0, 1.0, 1.0], [2.0, 2.1, 2.2])
    assert 0 < found.p_welch < 0.05
    assert found.low < found.difference < found.high < 0


def test_the_same_values_do_not_differ():
    found = difference(SLEEP_ONE, SLEEP_ONE)
    assert (found.difference, found.effect) == (0, 0)
    assert found.p_welch == pytest.approx(1)
    assert found.p_permutation > 0.95


NUMBERS = st.lists(st.integers(-20, 20), min_size=2, max_size=4)


@given(NUMBERS, NUMBERS, st.sampled_from([0.5, 1.0, 1024.0]), st.integers(-50, 50), st.randoms())
def test_a_difference_has_no_unit_no_order_and_no_side(one, other, scale, shift, chance):
    found = difference(one, other)
    mixed = np.array(chance.sample(one, len(one)), np.float64)
    moved = difference(mixed * scale + shift, np.array(other) * scale + shift)
    turned = difference(other, one)
    expected = [found.p_welch, found.p_permutation, found.effect]
    for_moved = [moved.p_welch, moved.p_permutation, moved.effect]
    for_turned = [turned.p_welch, turned.p_permutation, -turned.effect]
    assert for_moved == pytest.approx(expected, nan_ok=True, abs=1e-9)
    assert for_turned == pytest.approx(expected, nan_ok=True, abs=1e-9)
    ends = (found.low * scale, found.high * scale)
    assert (moved.low, moved.high) == pytest.approx(ends, nan_ok=True, abs=1e-6)


@given(st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=5), NUMBERS)
def test_samples_of_any_sizes_are_compared_one_by_one(samples, other):
    arrays, against = [np.array(one, np.float64) for one in samples], np.array(other, np.float64)
    together = differences(arrays, against)
    alone = [differences([one], against)[0] for one in arrays]
    assert repr(together) == repr(alone)


def test_chance_alone_is_told_as_rarely_as_promised():
    chance = np.random.default_rng(5)
    against = chance.normal(size=10)
    found = [
        difference(chance.normal(0, 1, 6), chance.normal(0, 3, 10), resamples=200)
        for _ in range(400)
    ]
    assert 0.02 <= np.mean([one.p_welch < 0.05 for one in found]) <= 0.09
    assert 0.91 <= np.mean([one.low <= 0 <= one.high for one in found]) <= 0.98
    apart = differences(list(chance.normal(3, 1, (50, 10))), against, resamples=200)
    assert np.mean([one.p_welch < 0.05 for one in apart]) > 0.9
