"""Pictures of characters fit every screen, and show what they are of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pictures import ALL, ODD, SHADED, line_chart

from gitxp.ui.plot.picture import Bar, BarChart, Line, LineChart
from gitxp.ui.plot.terminal import terminal
from gitxp.ui.screen import Screen
from gitxp.ui.table import text_width

PLAIN = Screen(width=80, has_colours=False, has_unicode=True)


@pytest.mark.parametrize("has_unicode", [True, False])
@pytest.mark.parametrize("width", [20, 40, 80, 160])
@pytest.mark.parametrize("name", [*ALL, *ODD])
def test_picture_keeps_to_the_width(name, width, has_unicode):
    screen = Screen(width=width, has_colours=False, has_unicode=has_unicode)
    lines = terminal((ALL | ODD)[name], screen).splitlines()
    assert max(map(text_width, lines)) <= width


@pytest.mark.parametrize("name", [*ALL, *ODD])
def test_screen_without_unicode_and_colours_gets_ascii_alone(name):
    picture = (ALL | ODD)[name]
    text = terminal(picture, Screen(width=60, has_colours=False, has_unicode=False))
    assert text.isascii() or "hostile" in name or name == "long words"
    assert "\x1b" not in text


@pytest.mark.parametrize("name", ODD)
def test_odd_picture_is_drawn_or_said_to_be_empty(name):
    assert terminal(ODD[name], PLAIN).strip()


def test_curves_of_fifty_runs_have_fifty_letters_or_colours():
    text = terminal(line_chart(50, 200), Screen(width=100, has_colours=True, has_unicode=True))
    legend = [line for line in text.splitlines() if " run " in line]
    assert len({line.split(" run ")[0] for line in legend}) == 50


def test_gap_of_a_curve_is_a_gap():
    values = np.ones(100)
    values[20:81] = np.nan
    text = terminal(
        LineChart("loss", "step", "loss", (Line("a", np.arange(100.0), values),)), PLAIN
    )
    (drawn,) = (line[5:] for line in text.splitlines() if line.startswith("1.00\u2524"))
    assert [len(part) < 20 for part in drawn.rstrip("\u2502").split()] == [True, True]
    assert "not finite" not in text


def test_band_is_drawn_around_its_curve():
    without = terminal(line_chart(1), PLAIN)
    assert terminal(line_chart(1, has_bands=True), PLAIN).count("·") > without.count("·") + 20


def test_bar_shows_value_interval_and_count():
    text = terminal(ALL["points"], PLAIN)
    told = next(line for line in text.splitlines() if line.startswith("adam"))
    assert "───●───" in told
    assert told.split()[-4:] == ["0.95", "0.94", "0.96", "5"]


def test_legend_of_shades_names_no_third_without_a_point():
    cloud = replace(SHADED.clouds[1], shades=np.array([0.001, 0.001, 1.0]))
    text = terminal(replace(SHADED, clouds=(cloud,)), PLAIN)
    assert [line for line in text.splitlines() if line.startswith("  ") and "lr" in line] == [
        "  * lr from 0.001 to 0.01",
        "  + lr from 0.1 to 1",
    ]


def test_narrow_screen_shows_bars_beside_short_names():
    lines = terminal(ALL["bars"], replace(PLAIN, width=20)).splitlines()
    assert lines[0].split()[:2] == ["group", "loss"]
    assert [line.count("●") for line in lines if line.startswith(("a ", "b "))] == [1, 1]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
@pytest.mark.parametrize("size", [1.0, 123456.0])
def test_long_names_of_groups_give_way_to_their_bars(width, size):
    bars = tuple(
        Bar(f"{'a group of a long name ' * 3}{number}", *(size * np.array([2.1, 2.0, 2.25])), 5)
        for number in range(3)
    )
    titles, *lines = terminal(BarChart("t", "loss", bars), replace(PLAIN, width=width)).splitlines()
    assert sum("●" in line for line in lines) == 3
    names = {line[: titles.index("loss")] for line in lines if "●" in line}
    assert len(names) == 3
    assert ("mean" in titles.split()) == (width >= 40 or size == 1.0)
    assert ("from" in titles.split()) == ("to" in titles.split())


def test_axis_of_bars_has_its_metric_and_its_ends_above_it():
    titles, ends, first, *_ = terminal(ALL["points"], PLAIN).splitlines()
    assert titles.split() == ["group", "accuracy", "↑", "mean", "from", "to", "n"]
    assert ends.split() == ["0.92", "0.96"]
    at = titles.index("accuracy")
    assert ends.index("0.92") == at
    assert first.rindex("─") == ends.rindex("6")
    assert terminal(ALL["points"], PLAIN).count("accuracy") == 1
    named = replace(ALL["points"], value_label="a metric whose name has no room above its axis ↑")
    assert terminal(named, PLAIN).startswith("a metric whose name has no room above its axis ↑\n")


def test_shades_are_told_in_thirds_and_points_without_one_lie_behind():
    canvas, _, legend = terminal(SHADED, PLAIN).partition("  . without a finite lr")
    assert [canvas.count(mark) for mark in ".*+"] == [canvas.count("0."), 1, 1]  # none but numbers
    assert legend.splitlines()[1:] == [
        "  * lr from 0.001 to 0.01",
        "  + lr from 0.01 to 0.1",
        "  o lr from 0.1 to 1",
    ]


def test_one_seed_has_a_point_and_no_interval():
    text = terminal(ALL["points"], PLAIN)
    told = next(line for line in text.splitlines() if line.startswith("one seed"))
    assert "●" in told
    assert "─" not in told


def test_runs_on_parallel_axes_are_told_apart_by_the_last():
    text = terminal(ALL["parallel"], PLAIN)
    assert "lr: 0.001 below, 0.1 above" in text
    assert "highest third of accuracy" in text
