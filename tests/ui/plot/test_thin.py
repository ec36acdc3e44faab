"""Fewer points that look the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gitxp.ui.plot.picture import Line
from gitxp.ui.plot.thin import thinned

VALUES = st.lists(st.floats(allow_infinity=False) | st.just(float("nan")), min_size=1, max_size=300)


def line(values):
    array = np.array(values, float)
    return Line("a", np.arange(float(len(array))), array)


@given(VALUES, st.integers(4, 400))
def test_thinned_line_has_both_ends_both_extremes_and_no_point_of_its_own(values, most):
    whole = line(values)
    thin = thinned(whole, most)
    assert len(thin.x) <= most
    assert thin.x[0] == whole.x[0]
    assert thin.x[-1] == whole.x[-1]
    assert np.array_equal(thin.y, whole.y[thin.x.astype(int)], equal_nan=True)
    if not np.isnan(whole.y).all():
        assert np.nanmin(thin.y) == np.nanmin(whole.y)
        assert np.nanmax(thin.y) == np.nanmax(whole.y)


def test_long_gap_stays_a_gap():
    values = np.concatenate([np.zeros(1000), np.full(1000, np.nan), np.ones(1000)])
    thin = thinned(line(values), 60)
    assert np.isnan(thin.y[(thin.x > 1100) & (thin.x < 1900)]).all()
    assert ((thin.x > 1100) & (thin.x < 1900)).any()


def test_band_is_thinned_with_its_line():
    x = np.arange(5000.0)
    thin = thinned(Line("a", x, np.sin(x), np.sin(x) - 1, np.sin(x) + 1), 100)
    assert np.allclose(thin.y - thin.low, 1)
    assert np.allclose(thin.high - thin.y, 1)


def test_peak_of_the_band_alone_is_kept():
    x = np.arange(5000.0)
    high = np.ones(5000)
    high[2501] = 9.0
    thin = thinned(Line("a", x, np.zeros(5000), -np.ones(5000), high), 100)
    assert len(thin.x) <= 100
    assert thin.high.max() == 9.0
