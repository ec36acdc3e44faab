"""Several comparisons at once, against statsmodels and a printed table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from gitxp.statistics.several import holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)
# Benjamini & Hochberg, Journal of the Royal Statistical Society B 57 (1995), section 3.2, who say
# that a procedure which controls the familywise error tells of the first three.
PRINTED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
    0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_as_many_are_told_as_printed():
    assert [one < 0.05 for one in holm(PRINTED)] == [True] * 3 + [False] * 12


@given(P_VALUES)
def test_holm_is_that_of_statsmodels(p_values):
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(list(expected))


@given(P_VALUES, st.randoms())
def test_holm_keeps_the_order_and_makes_nothing_smaller(p_values, chance):
    places = chance.sample(range(len(p_values)), len(p_values))
    found = np.array(holm(p_values))
    mixed = holm([p_values[place] for place in places])
    assert mixed == found[places].tolist()
    assert (found >= p_values).all()
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(found[order]) >= 0).all()


def test_what_could_not_be_compared_does_not_count():
    assert holm([]) == []
    found = holm([math.nan, 0.02, math.nan, 0.03])
    assert found[1::2] == [0.04, 0.04]
    assert all(map(math.isnan, found[::2]))
