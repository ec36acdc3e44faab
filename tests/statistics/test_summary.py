"""Samples in a few numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import MICE_CONTROL, MICE_TREATED

from gitxp.statistics.summary import summaries

NUMBERS = st.floats(-1e6, 1e6)


def summary(*values):
    return summaries([np.array(values, np.float64)])[0]


def test_mice_are_summed_up_as_printed():
    # Efron & Tibshirani (1993), table 2.1.
    treated, control = summaries([MICE_TREATED, MICE_CONTROL])
    assert (treated.n, control.n) == (7, 9)
    assert (round(treated.mean, 2), round(treated.sem, 2)) == (86.86, 25.24)
    assert round(control.mean, 2) == 56.22
    assert (treated.median, control.median) == (94, 46)


def test_a_sample_of_nothing_is_nan_throughout():
    found = summary()
    assert found.n == 0
    assert all(map(math.isnan, (found.mean, found.std, found.sem, found.median, found.min)))


def test_one_value_has_no_spread_that_could_be_seen():
    found = summary(0.5)
    assert (found.n, found.mean, found.median, found.min, found.max) == (1, 0.5, 0.5, 0.5, 0.5)
    assert math.isnan(found.std)
    assert math.isnan(found.sem)


@pytest.mark.parametrize("count", [2, 3, 7, 10, 1000])
def test_values_that_are_the_same_have_no_spread_at_all(count):
    # The mean of three times 0.1 is not 0.1 by rounding.
    found = summary(*[0.1] * count)
    assert (found.mean, found.std, found.sem) == (0.1, 0.0, 0.0)


@pytest.mark.parametrize("exponent", [1023, 600, -600, -1000])
def test_values_near_the_largest_and_the_smallest_float_are_summed_up_as_others(exponent):
    values = np.array([1.0, 1.25, 1.75])
    found, plain = summary(*np.ldexp(values, exponent)), summary(*values)
    numbers = ("mean", "std", "sem", "median", "min", "max")
    expected = [math.ldexp(getattr(plain, one), exponent) for one in numbers]
    assert [getattr(found, one) for one in numbers] == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_spread_beyond_the_largest_float_is_infinite_and_its_mean_is_not():
    found = summary(-1.7e308, 1.7e308)
    assert (found.mean, found.median, found.std) == (0.0, 0.0, math.inf)


def test_rounding_is_no_spread():
    assert summary(0.3, 0.1 + 0.2, 0.3).std == 0
    assert summary(1e308, math.nextafter(1e308, 0)).std == 0
    assert summary(0.3, 0.3 + 1e-9).std > 0


@given(st.lists(st.lists(NUMBERS, max_size=6), max_size=6))
def test_samples_of_any_sizes_are_summed_up_one_by_one(samples):
    arrays = [np.array(one, np.float64) for one in samples]
    together = summaries(arrays)
    for array, found in zip(arrays, together, strict=True):
        assert repr(found) == repr(summaries([array])[0])
        if len(array):
            assert found.mean == pytest.approx(np.mean(array), abs=1e-6)
            assert found.median == np.median(array)
        if len(array) > 1:
            assert found.std == pytest.approx(np.std(array, ddof=1), abs=1e-6)


@given(st.lists(NUMBERS, min_size=2, max_size=8), st.randoms())
def test_the_order_of_values_changes_nothing(values, chance):
    mixed = chance.sample(values, len(values))
    assert summary(*values) == summary(*mixed)
