"""Charts tell their curves apart on every kind of screen."""

from __future__ import annotations

import math

import pytest

from gitxp.ui.chart import chart
from gitxp.ui.screen import Screen


def curves(count):
    return {f"run-{number}": ([0, 1, 2], [1.0, number, 2.0]) for number in range(count)}


def screen(**given):
    return Screen(**{"width": 60, "has_colours": False, "has_unicode": True, **given})


@pytest.mark.parametrize(("count", "has_colours"), [(1, False), (6, True)])
def test_curves_are_dots_where_colours_tell_them_apart(count, has_colours):
    text = chart(curves(count), title="loss", screen=screen(has_colours=has_colours))
    assert not any(3 * letter in text for letter in "*+ox#@")
    assert "⠒⠒⠒" in text


@pytest.mark.parametrize(("count", "has_colours"), [(2, False), (7, True)])
def test_curves_are_letters_where_colours_do_not(count, has_colours):
    text = chart(curves(count), title="loss", screen=screen(has_colours=has_colours))
    assert all(3 * letter in text for letter in "*+ox#@%"[:count])


def test_only_a_screen_with_colours_gets_escapes():
    assert "\x1b" not in chart(curves(2), title="loss", screen=screen())
    assert "\x1b[36m" in chart(curves(2), title="loss", screen=screen(has_colours=True))


def test_screen_without_unicode_gets_ascii_alone():
    assert chart(curves(3), title="loss", screen=screen(has_unicode=False)).isascii()


@pytest.mark.parametrize("width", [20, 40, 60, 100])
def test_chart_keeps_to_the_width(width):
    text = chart({"a": ([0, 10**6], [-1e-9, 1e12])}, title="loss", screen=screen(width=width))
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("curve", [([5], [1.0]), ([3, 3], [1.0, 2.0]), ([-7, 2], [0.0, 0.0])])
def test_odd_curves_can_be_drawn(curve):
    assert "  *** a\n  +++ b" in chart({"a": curve, "b": curve}, title="loss", screen=screen())


def test_values_that_are_not_finite_are_counted():
    text = chart({"a": ([0, 1], [math.nan, math.inf])}, title="loss", screen=screen())
    assert text == "loss: nothing to draw\n2 values are NaN, infinite or too large"


@pytest.mark.parametrize("points", [100, 100_000])
def test_no_line_leads_through_a_gap(points):
    hole = slice(points // 5, points // 5 * 4)
    values = [math.nan if hole.start <= at < hole.stop else 1.0 for at in range(points)]
    values[points // 2] = 1.0  # a point alone is seen
    text = chart({"a": (range(points), values)}, title="loss", screen=screen(has_unicode=False))
    height = next(line for line in text.splitlines() if line.startswith("1.00+"))
    first, alone, last = height[5:].rstrip("|").split()
    assert (len(alone), len(first) < 15, len(last) < 15) == (1, True, True)
