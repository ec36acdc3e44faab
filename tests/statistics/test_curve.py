"""What is made of one curve, beside the plainest evaluation that says the same."""

from __future__ import annotations

import math

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from gitxp.statistics.curve import (
    best_so_far,
    carried,
    first_held,
    interpolated,
    latest_each,
    mean_height,
    smoothed,
)

STEPS = st.lists(st.integers(-1000, 1000), min_size=1, max_size=30, unique=True).map(sorted)
ANY = st.floats(width=64)  # NaN, infinities, the largest and the smallest
FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)


@st.composite
def curves(draw, values=ANY):
    x = draw(STEPS)
    drawn = draw(st.lists(values, min_size=len(x), max_size=len(x)))
    return np.array(x), np.array(drawn, np.float64)


PLACES = hnp.arrays(np.float64, st.integers(0, 30), elements=st.floats(-1500, 1500)).map(np.sort)


@given(curves(FINITE), PLACES)
def test_inside_of_its_points_a_curve_is_what_numpy_interpolates(curve, places):
    x, values = curve
    inside = places[(places >= x[0]) & (places <= x[-1])]
    expected = np.interp(inside, x, values)
    np.testing.assert_allclose(interpolated(inside, x, values), expected, rtol=1e-12, atol=1e-9)


@given(curves(), PLACES)
def test_outside_of_its_points_and_between_their_values_nothing_is_invented(curve, places):
    x, values = curve
    made = interpolated(places, x, values)
    for place, value in zip(places.tolist(), made.tolist(), strict=True):
        before, after = np.searchsorted(x, place, "right") - 1, np.searchsorted(x, place)
        if place < x[0] or place > x[-1]:
            assert math.isnan(value)
            continue
        ends = values[[before, after]].tolist()
        if not np.isfinite(ends).all():
            assert math.isnan(value)
        else:
            slack = 1e-9 * max(map(abs, ends))
            assert min(ends) - slack <= value <= max(ends) + slack


@given(curves())
def test_at_its_own_points_a_curve_is_what_was_logged_and_a_gap_where_that_is_not_finite(curve):
    x, values = curve
    places = np.concatenate([x, [5000]])  # not the same as x, which is answered at once
    made = interpolated(places, x, values)[:-1]
    finite = np.isfinite(values)
    assert (made[finite] == values[finite]).all()
    assert np.isnan(made[~finite]).all()


def test_largest_floats_are_no_reason_for_infinity():
    most = np.finfo(np.float64).max
    made = interpolated(np.array([0.5]), np.array([0, 1]), np.array([most, -most]))
    assert made.tolist() == [0.0]


@given(curves(), PLACES)
def test_carried_value_is_that_of_the_last_point_up_to_a_place(curve, places):
    x, values = curve
    for place, value in zip(places.tolist(), carried(places, x, values).tolist(), strict=True):
        known = [one for at, one in zip(x, values, strict=True) if at <= place <= x[-1]]
        np.testing.assert_equal(value, known[-1] if known else math.nan)


WEIGHTS = st.one_of(st.sampled_from([0.0, 5e-324, 0.5, 0.999, 1 - 2**-53]), st.floats(0, 0.9999))


@given(st.lists(FINITE, min_size=1, max_size=60), WEIGHTS)
def test_average_over_even_steps_is_tensorboards_recurrence(values, weight):
    last, expected = 0.0, []
    for count, value in enumerate(values, start=1):
        last = last * weight + (1 - weight) * value
        expected.append(last / (1 - weight**count) if weight else value)
    made = smoothed(np.arange(len(values)) * 10, np.array(values), weight)
    # Close to 1 the recurrence itself loses what 1 - weight has lost.
    slack = 1e-9 if weight <= 0.9999 else 1e-2
    np.testing.assert_allclose(made, expected, rtol=slack, atol=slack * max(map(abs, values)))


@given(curves(), WEIGHTS)
def test_average_weighs_each_point_by_how_far_it_lies_behind(curve, weight):
    x, values = curve
    there = [(at, one) for at, one in zip(x.tolist(), values.tolist(), strict=True)
             if math.isfinite(one)]  # fmt: skip
    made = smoothed(x, values, weight)
    assert np.isnan(made[~np.isfinite(values)]).all()
    if len(there) < 2:
        return
    unit = float(np.median(np.diff([at for at, _ in there])))
    for number, (at, value) in enumerate(there):
        before = there[: number + 1]
        weights = [weight ** ((at - one) / unit) if weight or one == at else 0.0
                   for one, _ in before]  # fmt: skip
        total = math.fsum(weights)
        expected = math.fsum(w / total * v for w, (_, v) in zip(weights, before, strict=True))
        largest = max(abs(one) for _, one in there)
        found = made[x.tolist().index(at)]
        assert abs(found / largest - expected / largest) < 1e-9 if largest else found == value


@given(st.integers(1, 4000), FINITE, st.sampled_from([0.1, 0.6, 0.99]))
def test_average_of_a_constant_is_that_constant(count, value, weight):
    made = smoothed(np.arange(count), np.full(count, value), weight)
    np.testing.assert_allclose(made, value, rtol=1e-13)


def test_average_over_a_long_curve_stays_exact():
    values = np.random.default_rng(1).normal(size=100_000)
    made = smoothed(np.arange(len(values)), values, 0.9)
    last = 0.0
    for value in values.tolist():
        last = last * 0.9 + 0.1 * value
    assert abs(made[-1] - last) < 1e-12


@given(curves(), st.sampled_from(["max", "min"]))
def test_best_so_far_never_gets_worse_and_is_the_best_up_to_there(curve, direction):
    _, values = curve
    made = best_so_far(values, direction)
    best = max if direction == "max" else min
    for place, found in enumerate(made.tolist()):
        finite = [one for one in values[: place + 1].tolist() if math.isfinite(one)]
        np.testing.assert_equal(found, best(finite) if finite else math.nan)
    known = made[~np.isnan(made)]
    sign = 1 if direction == "max" else -1
    assert (sign * known[1:] >= sign * known[:-1]).all()


@given(st.lists(st.booleans(), max_size=20), st.integers(1, 6))
def test_first_place_that_is_held_is_the_first_of_a_row(answers, hold):
    expected = next(
        (at for at in range(len(answers) - hold + 1) if all(answers[at : at + hold])), None
    )
    assert first_held(np.array(answers, np.bool_), hold) == expected


@given(curves(FINITE))
def test_mean_height_is_numpys_area_by_the_length(curve):
    x, values = curve
    if len(x) > 1:
        expected = np.trapezoid(values, x) if hasattr(np, "trapezoid") else np.trapz(values, x)
        expected /= x[-1] - x[0]
        np.testing.assert_allclose(mean_height(x, values), expected, rtol=1e-9, atol=1e-6)


@given(curves())
def test_areas_lie_between_the_lowest_and_the_highest_value(curve):
    x, values = curve
    finite = values[np.isfinite(values)]
    for area in (mean_height(x, values), mean_height(x, best_so_far(values, "max"))):
        if not len(finite):
            assert math.isnan(area)
        else:
            slack = 1e-9 * float(np.abs(finite).max())
            assert finite.min().item() - slack <= area <= finite.max().item() + slack


@pytest.mark.parametrize(
    ("values", "height"),
    [
        ([3.0], 3.0),
        ([math.nan, 3.0, math.inf], 3.0),
        ([1.0, math.nan, 3.0], 2.0),
        ([1.0, 3.0, math.nan, 9.0], 2.0),  # beside a gap there is no stretch
        ([math.nan], math.nan),
        ([], math.nan),
    ],
)
def test_area_beside_gaps(values, height):
    found = mean_height(np.arange(len(values)), np.array(values))
    np.testing.assert_equal(found, height)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=30))
def test_of_equal_keys_the_latest_counts(points):
    latest = {}
    for place, (_key, _) in sorted(enumerate(points), key=lambda one: one[1][1]):
        latest[points[place][0]] = place
    keys = np.array([key for key, _ in points], np.int64)
    clock = np.array([moment for _, moment in points], np.int64)
    found = np.arange(len(points))[latest_each(keys, clock)]
    assert found.tolist() == [latest[key] for key in sorted(latest)]
