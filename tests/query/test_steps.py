"""Which steps a range or a slice means: those that Python says are in it."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.errors import InvalidValue
from gitxp.query.steps import chosen_steps

ENDS = st.integers(-20, 20) | st.integers(-(2**65), 2**65)
STEPS = st.integers(1, 20) | st.integers(1, 2**63 - 1)
UP_OR_DOWN = STEPS | STEPS.map(operator.neg)
POINTS = st.lists(st.integers(-20, 20) | st.integers(-(2**63), 2**63 - 1))


def among(steps, points):
    return chosen_steps(steps).among(np.array(points, np.int64)).tolist()


@given(st.builds(range, ENDS, ENDS, UP_OR_DOWN), POINTS)
def test_steps_of_a_range_are_those_that_are_in_it(steps, points):
    assert among(steps, points) == [point in steps for point in points]


@given(ENDS, ENDS, UP_OR_DOWN, POINTS)
def test_slice_with_both_ends_is_that_range(start, stop, step, points):
    assert among(slice(start, stop, step), points) == among(range(start, stop, step), points)


@given(ENDS, UP_OR_DOWN, POINTS)
def test_slice_without_a_stop_goes_on(start, step, points):
    endless = range(start, start + step * 2**70, step)
    assert among(slice(start, None, step), points) == [point in endless for point in points]


@given(ENDS, STEPS, POINTS)
def test_slice_without_a_start_takes_the_multiples_of_its_step(stop, step, points):
    wanted = [point < stop and point % step == 0 for point in points]
    assert among(slice(None, stop, step), points) == wanted


@pytest.mark.parametrize("steps", [range(0, 2**70, 2**63), slice(None, None, 2**63)])
def test_counting_by_more_than_there_are_steps_is_refused(steps):
    with pytest.raises(InvalidValue, match="steps counts by 9223372036854775808: expected at most"):
        chosen_steps(steps)
