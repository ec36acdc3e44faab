"""Confidence intervals of means: as SciPy and R have them, and as often right as they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from published import MICE_CONTROL, SLEEP_ONE, SLEEP_TWO

from gitxp.statistics import resampling
from gitxp.statistics.interval import mean_intervals
from gitxp.statistics.methods import INTERVAL_METHODS

BY_BOOTSTRAP = ("bca", "percentile")


def interval(values, method="bca", **more):
    (found,) = mean_intervals([np.asarray(values, np.float64)], method, **more)
    return found.low, found.high


def by_scipy(values, method, **more):
    found = scipy.stats.bootstrap(
        (np.sort(values),),
        np.mean,
        method=method,
        n_resamples=more.pop("resamples", 10_000),
        confidence_level=more.pop("confidence", 0.95),
        random_state=np.random.default_rng(0),
    ).confidence_interval
    return found.low, found.high


def samples():
    chance = np.random.default_rng(7)
    yield MICE_CONTROL
    yield SLEEP_TWO
    for size in (9, 12, 40, 300):
        yield chance.normal(5, 2, size)
        yield chance.lognormal(0, 1, size)
        yield 1e9 + chance.exponential(1, size)


@pytest.mark.parametrize("sample", list(samples()), ids=lambda one: f"{len(one)} values")
@pytest.mark.parametrize("method", BY_BOOTSTRAP)
@pytest.mark.parametrize("confidence", [0.9, 0.99])
def test_bootstrap_is_that_of_scipy_with_the_same_draws(sample, method, confidence):
    spelled = {"bca": "BCa"}.get(method, method)
    expected = by_scipy(sample, spelled, confidence=confidence)
    # SciPy tells a mean of a resample that is the sample's own from others only to rounding.
    slack = 0.01 * np.std(sample)
    assert interval(sample, method, confidence=confidence) == pytest.approx(expected, abs=slack)


@pytest.mark.parametrize("method", BY_BOOTSTRAP)
def test_bootstrap_of_whole_numbers_is_that_of_scipy_exactly(method):
    # Sums of whole numbers are exact, so both tell the same means from each other.
    sample = np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
    spelled = {"bca": "BCa"}.get(method, method)
    assert interval(sample, method) == pytest.approx(by_scipy(sample, spelled), rel=1e-12)


def test_student_is_that_of_r():
    # > t.test(sleep$extra)
    expected = (0.5955845, 2.4844155)
    assert interval([*SLEEP_ONE, *SLEEP_TWO], "t") == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("method", INTERVAL_METHODS)
@pytest.mark.parametrize("values", [[], [0.5]], ids=["no value", "one value"])
def test_nothing_is_said_of_fewer_than_two_values(values, method):
    assert all(map(math.isnan, interval(values, method)))


@pytest.mark.parametrize("method", INTERVAL_METHODS)
def test_values_that_are_the_same_have_an_interval_without_width(method):
    assert interval([0.1] * 3, method) == (0.1, 0.1)


@pytest.mark.parametrize("method", BY_BOOTSTRAP)
def test_of_two_values_the_bootstrap_knows_nothing_but_these(method):
    assert interval([1.0, 3.0], method) == (1.0, 3.0)


@pytest.mark.parametrize("method", INTERVAL_METHODS)
def test_tiny_and_huge_values_are_no_others(method):
    values = np.array([1.0, 2.0, 4.0, 8.0, 9.0])
    low, high = interval(values, method)
    for scale in (1e-300, 1e-160, 1e300):
        scaled = interval(values * scale, method)
        assert scaled == pytest.approx((low * scale, high * scale), rel=1e-9)


@pytest.mark.parametrize("method", INTERVAL_METHODS)
def test_an_outlier_among_a_thousand_warns_of_nothing(method):
    low, high = interval([0.0] * 999 + [1.0], method)
    assert low <= 0.001 <= high


@pytest.mark.parametrize("method", INTERVAL_METHODS)
@given(
    values=st.lists(st.integers(-50, 50), min_size=2, max_size=8),
    scale=st.sampled_from([0.25, 1.0, 8.0]),
    shift=st.integers(-100, 100),
    chance=st.randoms(),
)
def test_intervals_move_with_their_values_in_any_order(method, values, scale, shift, chance):
    low, high = interval(values, method, resamples=500)
    mixed = np.array(chance.sample(values, len(values)), np.float64) * scale + shift
    expected = (low * scale + shift, high * scale + shift)
    assert interval(mixed, method, resamples=500) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("method", INTERVAL_METHODS)
def test_no_interval_depends_on_what_else_is_computed(method, monkeypatch):
    chance = np.random.default_rng(3)
    several = [chance.normal(size=size) for size in (5, 8, 5, 30, 1, 8)]
    together = mean_intervals(several, method, resamples=1000)
    alone = [mean_intervals([one], method, resamples=1000)[0] for one in several]
    monkeypatch.setattr(resampling, "_MEANS_AT_ONCE", 1000)  # rows one by one
    monkeypatch.setattr(resampling, "_STEPS_AT_ONCE", 777)  # resamples in many portions
    in_portions = mean_intervals(several, method, resamples=1000)
    for found in (alone, in_portions):
        for one, other in zip(together, found, strict=True):
            expected = pytest.approx((other.low, other.high), rel=1e-9, nan_ok=True)
            assert (one.low, one.high) == expected


# Of 1,000 intervals, how many hold the mean; of so many, chance alone moves that by 1.5 %.
@pytest.mark.parametrize(
    ("method", "size", "least", "most"),
    [
        ("t", 3, 0.93, 0.97),
        ("t", 10, 0.93, 0.97),
        ("percentile", 5, 0.78, 0.90),  # too narrow, as the docs say
        ("bca", 5, 0.76, 0.90),
        ("percentile", 30, 0.91, 0.97),
        ("bca", 30, 0.91, 0.97),
    ],
)
def test_intervals_hold_the_mean_as_often_as_the_docs_say(method, size, least, most):
    chance = np.random.default_rng(1)
    drawn = list(chance.normal(10, 3, (1000, size)))
    found = mean_intervals(drawn, method, resamples=1000)
    share = np.mean([one.low <= 10 <= one.high for one in found])
    assert least <= share <= most


def test_bca_follows_skewed_values_better_than_percentiles():
    chance = np.random.default_rng(1)
    drawn = list(chance.lognormal(0, 1, (1000, 30)))
    mean = math.exp(0.5)
    missed = {
        method: sum(one.high < mean for one in mean_intervals(drawn, method, resamples=1000))
        for method in BY_BOOTSTRAP
    }
    assert missed["bca"] < missed["percentile"]
