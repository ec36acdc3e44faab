"""Pictures as files: drawn by matplotlib, and as a page by a real browser."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib import rcParams
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from pictures import ALL, ODD, line_chart
from PIL import Image

from gitxp.errors import GitxpWarning
from gitxp.ui.plot.figure import figure, saved
from gitxp.ui.plot.fonts import lettering
from gitxp.ui.plot.interactive import interactive
from gitxp.ui.plot.page import page
from gitxp.ui.plot.picture import Bar, BarChart, LineChart
from gitxp.ui.plot.style import PALE, strokes
from gitxp.ui.plot.terminal import terminal
from gitxp.ui.screen import Screen
from gitxp.ui.table import text_width


def png(picture):
    target = BytesIO()
    figure(picture).savefig(target, format="png")
    return Image.open(target).convert("RGB")


@pytest.mark.parametrize("name", [*ALL, *ODD])
def test_picture_becomes_png_and_svg(name):
    picture = (ALL | ODD)[name]
    assert len(png(picture).getcolors(2**24)) > 2
    target = BytesIO()
    figure(picture).savefig(target, format="svg")
    ET.fromstring(target.getvalue())  # our own


def test_letters_that_the_usual_font_lacks_come_out_of_another_one():
    chosen = lettering("\u5b66\u7fd2")
    if chosen.missing:
        pytest.skip("no font with Chinese letters is installed")
    name = FT2Font(findfont(chosen.families[-1])).postscript_name
    drawn = saved(line_chart(label="\u5b66\u7fd2 {}"), "svg").decode()
    assert f'id="{name}-' in drawn
    assert "LastResort" not in drawn


def test_letters_of_the_usual_font_need_no_other_one():
    assert lettering("accuracy \u2191 \u00e9 \u200b").families == tuple(rcParams["font.family"])


def test_letters_that_no_font_has_are_warned_of_in_one_sentence():
    with pytest.warns(GitxpWarning) as told:
        content = saved(line_chart(label="\U00013000 {}"), "png")
    assert content.startswith(b"\x89PNG")
    (warning,) = told
    assert "no installed font has '\U00013000'" in str(warning.message)


def test_curves_of_fifty_runs_share_one_legend_that_hides_nothing():
    drawn = figure(line_chart(50, 300))
    drawn.draw_without_rendering()
    (axes,) = drawn.axes
    legend = axes.get_legend()
    assert len(legend.get_texts()) == 50
    assert legend.get_window_extent().x0 >= axes.get_window_extent().x1
    assert legend.get_window_extent().y0 >= 0
    assert legend.get_window_extent().x1 <= drawn.bbox.x1


def test_curves_and_clouds_of_fifty_runs_look_different():
    assert len({(one.colour, one.dashes) for one in strokes(50)}) == 50
    assert len({(one.colour, one.shape) for one in strokes(50)}) == 50


@pytest.mark.parametrize("name", ALL)
def test_file_tells_what_it_is_and_how_it_is_read(name):
    picture = replace(ALL[name], note="how it is read \u2191")
    told = Image.open(BytesIO(saved(picture, "png"))).text
    assert (told["Title"], told["Description"]) == (picture.title, picture.note)
    drawn = ET.fromstring(saved(picture, "svg"))
    words = [part.text for part in drawn.iter() if part.tag.startswith("{http://purl.org/dc/")]
    assert {picture.title, picture.note} <= set(words)
    assert b"/Title" in saved(picture, "pdf")
    assert saved(picture, "pdf") == saved(picture, "pdf")


def test_scale_of_colours_tells_what_they_stand_for():
    axes, bar = figure(ALL["shaded"]).axes
    pale, shaded = axes.collections
    assert len({tuple(colour) for colour in shaded.get_facecolor().tolist()}) == 3
    assert pale.get_zorder() < shaded.get_zorder()
    assert bar.get_ylabel() == "lr"
    ticks = [label.get_text() for label in bar.get_yticklabels()]
    assert (ticks[0], ticks[-1]) == ("0.001", "1")
    pale, shaded = interactive(ALL["shaded"]).data
    assert pale.marker.color == PALE
    assert shaded.marker.color.tolist() == [-3.0, -2.0, 0.0]
    assert shaded.marker.colorbar.ticktext[-1] == "1"
    assert shaded.text[1] == "c<br>lr: 0.01"


def test_step_that_is_the_only_one_is_the_only_tick():
    assert figure(ODD["one step"]).axes[0].get_xticks().tolist() == [1.0]


def test_points_between_gaps_are_seen():
    (line,) = figure(ODD["points between gaps"]).axes[0].get_lines()
    assert (line.get_marker(), line.get_markevery()) == ("o", list(range(0, 60, 2)))
    curve, marks = interactive(ODD["points between gaps"]).data
    assert (curve.mode, marks.mode, marks.marker.size) == ("lines", "lines+markers", 6)
    assert marks.x[::2].tolist() == list(range(0, 60, 2))
    assert np.isnan(marks.y[1::2]).all()  # so that no line leads from one to the next
    assert (curve.showlegend, marks.showlegend) == (False, True)
    assert curve.legendgroup == marks.legendgroup


def test_gaps_of_a_band_are_gaps_of_its_area():
    (line,) = line_chart(1, 9, has_bands=True).lines
    for part in (line.y, line.low, line.high):
        part[3:6] = math.nan
    area, _ = interactive(LineChart("t", "x", "y", (line,))).data
    assert area.fill == "toself"
    assert area.x[:6].tolist() == [0, 1, 2, 2, 1, 0]
    assert area.x[7:13].tolist() == [6, 7, 8, 8, 7, 6]
    assert np.flatnonzero(np.isnan(area.y)).tolist() == [6, 13]
    assert area.y[7:13] == pytest.approx([*line.high[6:], *line.low[:5:-1]])


def test_words_stand_apart_whichever_of_them_are_drawn():
    drawn = figure(ODD["words that no run has"])
    heights = {text.get_text(): text.get_position()[1] for text in drawn.axes[0].texts}
    assert (heights["False"], heights["<b>True</b>"]) == (0.0, 1.0)
    first, _ = interactive(ODD["words that no run has"]).data[0].dimensions
    assert (first.range, first.ticktext) == ((0, 1), ("False", "<b>True</b>"))


@pytest.mark.parametrize("name", ["long words", "many axes"])
def test_words_below_an_axis_lie_on_no_others(name):
    drawn = figure(ODD[name])
    drawn.draw_without_rendering()
    labels = drawn.axes[0].get_xticklabels()
    assert {label.get_rotation() for label in labels} == {30.0}
    assert all(text_width(label.get_text()) <= 40 for label in labels)


def test_what_the_axes_say_is_said_once():
    drawn = figure(ALL["points"])
    (axes,) = drawn.axes
    assert (axes.get_xlabel(), axes.get_title(), axes.get_title("left")) == ("accuracy ↑", "", "")
    assert "accuracy of all" not in json.dumps(interactive(ALL["bands"]).to_plotly_json()["layout"])


def test_long_name_of_a_metric_leaves_room_for_unit_and_direction():
    name = f"{'validation/accuracy of ' * 4}(%) ↑"
    curves, bars = replace(line_chart(1), y_label=name), replace(ALL["bars"], value_label=name)
    for told in (
        figure(curves).axes[0].get_ylabel(),
        figure(bars).axes[0].get_xlabel(),
        interactive(curves).layout.yaxis.title.text,
        interactive(bars).layout.xaxis.title.text,
        terminal(replace(curves, title=name), Screen(40, False, True)).splitlines()[0].strip(),
        terminal(bars, Screen(40, False, True)).splitlines()[0],
    ):
        assert told.endswith("… (%) ↑")
        assert len(told) == 40


def test_one_seed_has_no_interval_of_no_length():
    (axes,) = figure(BarChart("t", "v", (Bar("one seed", 2.0, math.nan, math.nan, 1),))).axes
    ends = [at for line in axes.collections for part in line.get_segments() for at in part]
    assert not np.isfinite(ends).any()
    first, second = interactive(ALL["points"]).data
    assert (first.y, second.y) == ((0,), (1,))
    assert interactive(ALL["points"]).layout.yaxis.ticktext == ("adam (n=5)", "one seed (n=1)")
    assert second.error_x.array is None


@pytest.mark.parametrize("value", [1.0, 9.0])
def test_page_keeps_apart_what_is_called_the_same(value):
    names = [f"{'a' * 30}{at}{'z' * 30}" for at in (1, 1)] + ["b"]
    bars = tuple(Bar(name, value, 1.0, 9.0, 2) for name in names)
    drawn = interactive(BarChart("t", "v", bars))
    assert list(drawn.data[0].y) == [0, 1, 2]
    assert drawn.layout.yaxis.range == (2.5, -0.5)
    lines = line_chart(2, has_bands=True, label="one name")
    groups = [trace.legendgroup for trace in interactive(lines).data]
    assert groups == ["0", "0", "1", "1"]


def test_first_bar_is_above_and_has_room():
    (axes,) = figure(ALL["bars"]).axes
    low, high = axes.get_ylim()
    assert low == 1.5
    assert high == -0.5


def test_colours_stay_apart_for_people_who_do_not_see_red_or_green():
    """By the matrices of Machado, Oliveira & Fernandes (2009), full protanopia and deuteranopia."""
    matrices = [
        np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                  [-0.003882, -0.048116, 1.051998]]),
        np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                  [-0.011820, 0.042940, 0.968881]]),
    ]  # fmt: skip
    colours = [one.colour for one in strokes(8)]
    seen = np.array([[int(one[at : at + 2], 16) / 255 for at in (1, 3, 5)] for one in colours])
    linear = np.where(seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4)
    for matrix in matrices:
        shown = np.clip(linear @ matrix.T, 0, 1)
        as_seen = np.where(shown <= 0.0031308, shown * 12.92, 1.055 * shown ** (1 / 2.4) - 0.055)
        apart = np.linalg.norm(as_seen[:, None] - as_seen[None], axis=2)
        assert apart[~np.eye(len(apart), dtype=bool)].min() > 0.15


@pytest.mark.parametrize("name", [*ALL, *ODD])
def test_page_needs_no_network_and_holds_no_foreign_script(name):
    text = page((ALL | ODD)[name])
    assert len(re.findall("<script", text)) == 3
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)
    told = re.search(r'<script id="figure"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert "data" in json.loads(told[1])


def test_same_picture_is_the_same_page():
    assert page(line_chart()) == page(line_chart())


BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(BROWSER is None, reason="no browser")
@pytest.mark.parametrize(
    "name",
    [
        "bands",
        "scatter",
        "shaded",
        "parallel",
        "bars",
        "hostile",
        "hostile title",
        "words that no run has",
    ],
)
def test_browser_draws_the_page(name, tmp_path):
    """A graph of SVG or WebGL stands in it, its text is what the labels say, and no script ran."""
    path = tmp_path / "picture.html"
    path.write_text(page((ALL | ODD)[name]))
    shown = subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--virtual-time-budget=20000",
            f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    assert 'data-drawn="yes"' in shown
    assert 'class="main-svg"' in shown
    if "hostile" in name:
        assert "&lt;b&gt;bold" in shown
        assert "<b>bold" not in shown
        assert "alert(1)</script>" not in shown.split('id="picture"')[0]


def test_page_of_many_long_curves_stays_small():
    assert len(page(line_chart(50, 10_000))) < 3_000_000
    far = line_chart(50, 10_000, has_bands=True)
    moved = tuple(replace(line, x=line.x + 1e9, y=line.y + 1e9) for line in far.lines)
    assert len(page(replace(far, lines=moved))) < 3_000_000


@pytest.mark.parametrize("has_bands", [False, True])
@pytest.mark.parametrize(("first", "height"), [(1e9, 1.0), (0, 1e40), (0, 1e-50), (1e9, 1e300)])
def test_page_tells_points_apart_that_the_picture_tells_apart(first, height, has_bands):
    (line,) = line_chart(1, 30, has_bands=has_bands).lines
    y = 1.0 + line.x / 10
    edges = {"low": (y - 0.03) * height, "high": (y + 0.03) * height} if has_bands else {}
    moved = replace(line, x=line.x + first, y=y * height, **edges)
    drawn = interactive(LineChart("t", "step", "loss", (moved,))).data
    assert len(drawn) == (2 if has_bands else 1)
    for curve, count in zip(drawn[::-1], (30, 60), strict=False):
        there = ~np.isnan(curve.x)  # a gap ends the area of a band
        assert [len(np.unique(part[there])) for part in (curve.x, curve.y)] == [30, count]
        assert np.isfinite(curve.y[there]).all()
    (usual,) = interactive(line_chart(1, 30)).data
    assert (usual.x.dtype, usual.y.dtype) == (np.float32, np.float32)
