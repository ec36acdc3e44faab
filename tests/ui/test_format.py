"""Lengths of time read well at every size."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gitxp.ui.format import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0ms"), (0.02, "20ms"), (0.9996, "1s"), (1, "1s"), (9.94, "9.9s"), (59.7, "1min"),
     (61, "1min 1s"), (3600, "1h"), (3659, "1h"), (7265, "2h 1min"), (90000, "1d 1h"),
     (-2.5, "-2.5s")],
)  # fmt: skip
def test_duration_has_at_most_two_units(seconds, text):
    assert duration(timedelta(seconds=seconds)) == text
