"""Student's distribution is that of SciPy, in the middle and far out in the tails."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import gammaln, stdtr, stdtrit

from gitxp.statistics.student import log_gamma_ratio, student_quantile, student_tail

# Of Welch's test the freedom is no whole number, and never less than one.
freedoms = st.one_of(st.integers(1, 200).map(float), st.floats(1, 1e4))


# Nearer to zero SciPy's `stdtr` takes the tail for a half.
@given(freedoms, st.one_of(st.floats(0.01, 50), st.floats(0.01, 1e9)))
@example(1.0, 1.0)
@example(4.0, 1e60)
@example(60.0, 0.5)
def test_tail_is_that_of_scipy(freedom, t):
    expected = float(stdtr(freedom, -t))
    assert student_tail(freedom, t) == pytest.approx(expected, rel=1e-11, abs=1e-250)


@given(st.one_of(st.floats(0, 50), st.floats(0, 1e100)))
@example(1e-9)
@example(5e-324)
def test_tail_of_one_and_of_two_is_the_one_that_has_a_formula(t):
    # Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4.
    assert student_tail(1.0, t) == pytest.approx(math.atan2(1, t) / math.pi, rel=1e-13)
    root = math.hypot(t, math.sqrt(2))
    assert student_tail(2.0, t) == pytest.approx(1 / root / (root + t), rel=1e-13)


@given(freedoms, st.floats(0.51, 0.999999))
@example(1.0, 0.75)
@example(2.0, 0.975)
@example(1e4, 0.975)
def test_quantile_is_that_of_scipy(freedom, share):
    expected = float(stdtrit(freedom, share))
    assert student_quantile(freedom, share) == pytest.approx(expected, rel=1e-10, abs=1e-10)


@given(freedoms, st.floats(0.51, 0.999999))
def test_quantile_and_tail_are_each_others_inverse(freedom, share):
    found = student_tail(freedom, student_quantile(freedom, share))
    assert found == pytest.approx(1 - share, rel=1e-11)


@given(st.floats(0.5, 1e3))
@example(math.nextafter(30, 0))
@example(30.0)
def test_ratio_of_gamma_functions_is_that_of_scipy(a):
    expected = float(gammaln(a + 0.5) - gammaln(a))
    assert log_gamma_ratio(a) == pytest.approx(expected, rel=1e-10, abs=1e-11)


@pytest.mark.parametrize(
    ("freedom", "t", "tail"),
    [(1.0, math.inf, 0.0), (3.0, 1e308, 0.0), (1.0, 5e-324, 0.5), (2.5, 0.0, 0.5)],
)
def test_what_is_as_far_out_as_a_float_can_be_is_no_error(freedom, t, tail):
    with np.errstate(all="raise"):
        assert student_tail(freedom, t) == pytest.approx(tail, abs=1e-300)


@pytest.mark.parametrize(
    ("freedom", "quantile"),  # Fisher & Yates, Statistical Tables (1938), table III, P = 0.05
    [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980)],
)
def test_quantiles_are_those_that_are_printed(freedom, quantile):
    assert student_quantile(freedom, 0.975) == pytest.approx(quantile, abs=5e-4)


def test_the_whole_of_a_distribution_has_no_end():
    assert student_quantile(3.0, 1.0) == math.inf
    nearly = math.nextafter(1, 0)
    assert student_quantile(1.0, nearly) == pytest.approx(1 / math.tan(math.pi * (1 - nearly)))
