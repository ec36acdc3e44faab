"""Bands of curves, beside SciPy's and NumPy's own answers for each place."""

from __future__ import annotations

import math

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy import stats

from gitxp.statistics.bands import band_of
from gitxp.statistics.methods import BAND_KINDS

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 8))
CURVES = hnp.arrays(np.float64, SHAPES, elements=st.one_of(st.floats(-1e3, 1e3), st.just(math.nan)))


@given(CURVES, st.sampled_from([0.5, 0.9, 0.95]))
def test_interval_is_scipys_at_each_place(curves, confidence):
    band = band_of(curves, "ci", confidence=confidence)
    for place in range(curves.shape[1]):
        values = curves[:, place][~np.isnan(curves[:, place])]
        assert band.n[place] == len(values)
        if not len(values):
            assert math.isnan(band.mean[place])
            continue
        np.testing.assert_allclose(band.mean[place], values.mean(), rtol=1e-9, atol=1e-9)
        if len(values) < 2:
            assert math.isnan(band.low[place])
            assert math.isnan(band.high[place])
            continue
        error = stats.sem(values)
        reach = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * error
        expected = [values.mean() - reach, values.mean() + reach]
        found = [band.low[place], band.high[place]]
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


@given(CURVES)
def test_other_bands_are_numpys_at_each_place(curves):
    deviation, extremes = band_of(curves, "std"), band_of(curves, "minmax")
    for place in range(curves.shape[1]):
        values = curves[:, place][~np.isnan(curves[:, place])]
        if len(values) < 2:
            continue
        reach = deviation.high[place] - deviation.mean[place]
        np.testing.assert_allclose(reach, values.std(ddof=1), rtol=1e-7, atol=1e-7)
        assert (extremes.low[place], extremes.high[place]) == (values.min(), values.max())


def test_bootstrap_is_that_of_scipy_but_for_chance():
    curves = np.random.default_rng(3).normal(5, 2, (12, 40))
    band = band_of(curves, "bootstrap", confidence=0.9)
    for place in range(0, 40, 13):
        theirs = stats.bootstrap(
            (curves[:, place],), np.mean, confidence_level=0.9, method="percentile",
            n_resamples=20_000,
        ).confidence_interval  # fmt: skip
        width = theirs.high - theirs.low
        assert abs(band.low[place] - theirs.low) < width / 8
        assert abs(band.high[place] - theirs.high) < width / 8


def test_bootstrap_of_a_place_resamples_the_curves_that_it_has():
    chance = np.random.default_rng(5)
    curves = chance.normal(size=(7, 60))
    curves[2, 30:] = np.nan
    curves[5, :10] = np.nan
    curves[1:, 50:] = np.nan
    band = band_of(curves, "bootstrap")
    for place in range(60):
        alone = curves[~np.isnan(curves[:, place]), place : place + 1]
        expected = band_of(alone, "bootstrap")
        np.testing.assert_allclose(band.low[place], expected.low[0], rtol=1e-12)
        np.testing.assert_allclose(band.high[place], expected.high[0], rtol=1e-12)
    assert np.isnan(band.low[50:]).all()


def test_bootstrap_in_pieces_is_the_same_as_at_once():
    curves = np.random.default_rng(6).normal(size=(3, 5000))
    whole, part = band_of(curves, "bootstrap"), band_of(curves[:, 4000:], "bootstrap")
    np.testing.assert_array_equal(whole.low[4000:], part.low)


@pytest.mark.parametrize("kind", BAND_KINDS)
@pytest.mark.parametrize("value", [0.1, 1e300, -1e308, 5e-324, 0.0])
def test_equal_curves_have_a_band_without_width(kind, value):
    band = band_of(np.full((7, 3), value), kind)
    for one in (band.mean, band.low, band.high):
        np.testing.assert_allclose(one, value, rtol=1e-15)


@pytest.mark.parametrize("kind", BAND_KINDS)
def test_small_curves_beside_huge_ones_lose_no_digit(kind):
    curves = np.array([[1e300, 1e-9], [2e300, 3e-9]])
    band, alone = band_of(curves, kind), band_of(curves[:, 1:], kind)
    assert (band.low[1], band.high[1]) == (alone.low[0], alone.high[0])
    assert math.isfinite(band.high[0])


@pytest.mark.parametrize("kind", BAND_KINDS)
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0), (1, 4)])
def test_nothing_to_go_round_has_no_band(kind, shape):
    band = band_of(np.ones(shape), kind)
    assert len(band.mean) == len(band.n) == shape[1]
    assert np.isnan(band.low).all()
    assert np.isnan(band.high).all()


@pytest.mark.parametrize("kind", BAND_KINDS)
def test_infinities_count_as_no_value(kind):
    curves = np.array([[1.0, 1.0], [3.0, 3.0], [math.inf, math.nan]])
    band = band_of(curves, kind)
    assert band.n.tolist() == [2, 2]
    assert band.mean.tolist() == [2.0, 2.0]
    assert band.low[0] == band.low[1]
