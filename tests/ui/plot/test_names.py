"""Names in pictures are short, and still tell what they are of."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import ODD

from gitxp.ui.plot.names import short_label, short_names, with_short_names
from gitxp.ui.plot.picture import Axis, Line, LineChart, ParallelChart
from gitxp.ui.table import text_width

ONE = np.array([1.0])


def test_long_names_that_part_late_are_told_apart():
    names = [f"{'deep.' * 50}{end}" for end in ("first", "second")]
    told = short_names(names, 20)
    assert len(set(told)) == 2
    assert max(map(text_width, told)) <= 20


def test_wide_letters_count_twice():
    assert text_width(short_names(["\u5b66\u7fd2" * 50], 20)[0]) <= 20


def test_how_many_runs_stand_behind_a_curve_is_said_however_long_its_name_is():
    lines = (Line("x" * 300, ONE, ONE, n="2-30"), Line("single", ONE, ONE))
    made = with_short_names(LineChart("t", "x", "y", lines), 40)
    assert made.lines[0].label.endswith("\u2026 (n=2-30)")
    assert [text_width(line.label) for line in made.lines] == [40, 6]


def test_names_of_many_axes_have_room_side_by_side():
    made = with_short_names(ODD["many axes"], 40)
    assert max(text_width(axis.label) for axis in made.axes) <= 4


@pytest.mark.parametrize("longest", [24, 40])
@pytest.mark.parametrize(
    "marks", [" (%) ↑", " (m/(s·K)) ↓", " ↓ min", " (bits) ↑ mean", " (UTC)", ""]
)
def test_marks_of_an_axis_stay_however_long_its_name_is(marks, longest):
    for name in ("validation/top-five accuracy of everything", "学" * 30):
        told = short_label(f"{name}{marks}", longest)
        assert told.endswith(f"…{marks}")
        assert longest - 1 <= text_width(told) <= longest
    assert short_label(f"loss{marks}", longest) == f"loss{marks}"
    assert short_label("validation/accuracy (%) ↑", 6) == "valid…"


def test_marks_of_parallel_axes_stay_as_well():
    axes = tuple(Axis(f"model.encoder.{name} (%) ↑") for name in ("first", "second"))
    made = with_short_names(ParallelChart("t", axes, ("r",), np.array([[1.0, 2.0]])), 20)
    assert [axis.label for axis in made.axes] == ["…ncoder.first (%) ↑", "…ncoder.second (%) ↑"]
