"""Axes of `git xp plot` say in which unit they are, and show moments as dates."""

from __future__ import annotations

import datetime
import json
import math
import re

import matplotlib.dates
import pytest

import gitxp


@pytest.fixture
def timed(repo_dir, monkeypatch):
    """Runs that say when their data is of, at moments whole days apart."""
    monkeypatch.chdir(repo_dir)
    for day in range(1, 4):
        of = datetime.datetime(2026, 1, day, tzinfo=datetime.UTC)
        with gitxp.start_run("timed", params={"of": of, "mixed": day if day > 1 else of}) as run:
            for step in range(3):
                run.log({"loss": day / (step + 1)}, step=step)


def test_lengths_of_time_have_a_unit(xp, timed):
    (drawn,) = json.loads(xp("plot", "--scatter", "duration", "--json").stdout)
    unit = re.fullmatch(r"duration \((ms|s)\)", drawn["x_axis"]["label"])[1]
    seconds = gitxp.runs()["duration"].dt.total_seconds().tolist()
    places = [at for cloud in drawn["clouds"] for at in cloud["x"]]
    assert places == pytest.approx([one * (1000 if unit == "ms" else 1) for one in seconds])
    assert re.search(r"duration \((ms|s)\)", xp("plot", "--scatter", "duration").stdout)


def test_curves_along_time_have_a_unit(xp, timed):
    (drawn,) = json.loads(xp("plot", "-x", "time", "--json").stdout)
    assert re.fullmatch(r"time \((ms|s)\)", drawn["x_label"])
    longest = gitxp.runs()["duration"].dt.total_seconds().max()
    unit = 1000 if "ms" in drawn["x_label"] else 1
    assert 0 < max(line["x"][-1] for line in drawn["lines"]) <= longest * unit


def test_moments_are_dates_wherever_they_are_drawn(xp, timed):
    text = xp("plot", "--scatter", "params.of").stdout
    assert "01-01 16:00" in text
    assert "01-03 00:00" in text
    drawn = gitxp.plot(metric="loss", kind="scatter", x="params.of")
    figure = drawn.figure()
    figure.draw_without_rendering()
    (axes,) = figure.axes
    low, high = (matplotlib.dates.num2date(end).date() for end in axes.get_xlim())
    assert low <= datetime.date(2026, 1, 1) < datetime.date(2026, 1, 3) <= high
    assert "2026" in axes.xaxis.get_major_formatter().get_offset()
    page = json.loads(drawn.interactive().to_json())
    assert page["layout"]["xaxis"]["type"] == "date"
    assert sorted(page["data"][0]["x"])[0].startswith("2026-01-01T00:00:00")


def test_moments_are_ticks_of_parallel_axes(xp, timed):
    words = ("--parallel", "--field", "started", "--field", "params.of")
    assert "of (UTC): 2026-01-01 below, 2026-01-03 above" in xp("plot", *words).stdout
    drawn = gitxp.plot(metric="loss", kind="parallel", fields=["params.of", "started"])
    texts = [text.get_text() for text in drawn.figure().axes[0].texts]
    assert "01-01 00:00" in texts
    dimensions = drawn.interactive().data[0].dimensions
    assert [one.label for one in dimensions] == ["of (UTC)", "started (UTC)", "loss ↓"]
    assert dimensions[0].ticktext[0] == "01-01 00:00"


def test_moments_and_numbers_of_one_param_are_words(xp, timed):
    (drawn,) = json.loads(xp("plot", "--scatter", "params.mixed", "--json").stdout)
    assert drawn["x_axis"]["words"][:2] == ["2", "2026-01-01 00:00:00+00:00"]


@pytest.fixture
def measured(repo_dir, monkeypatch):
    """Runs of metrics of which the team has said in what they are measured."""
    monkeypatch.chdir(repo_dir)
    (repo_dir / ".gitxp.toml").write_text(
        "[metrics.accuracy]\nunit = '%'\n[metrics.speed]\nunit = '$x^2$ <b>'\n"
    )
    for width in (16, 32):
        with gitxp.start_run("measured", params={"width": width, "depth": width}) as run:
            for step in range(3):
                run.log({"accuracy": width + step, "speed": width - step}, step=step)


ACCURACY, SPEED = "accuracy (%) ↑", "speed ($x^2$ <b>)"


def test_metrics_have_the_unit_that_the_team_has_said(xp, measured):
    def drawn(*words):
        (one,) = json.loads(xp("plot", "-m", "accuracy", *words, "--json").stdout)
        return one

    curves = drawn("-x", "speed")
    assert (curves["y_label"], curves["x_label"]) == (ACCURACY, SPEED)
    assert drawn("--by", "params.width")["y_label"] == ACCURACY
    scatter = drawn("--scatter", "speed:max")
    assert (scatter["y_axis"]["label"], scatter["x_axis"]["label"]) == (ACCURACY, f"{SPEED} max")
    assert drawn("--parallel")["axes"][-1]["label"] == ACCURACY
    assert drawn("--bars")["value_label"] == ACCURACY
    # How often it was logged is measured in nothing.
    assert drawn("--scatter", "metrics.accuracy:count")["x_axis"]["label"] == "accuracy ↑ count"


def test_unit_stands_on_every_picture_as_it_is_written(xp, measured):
    assert ACCURACY in xp("plot", "-m", "accuracy").stdout
    assert SPEED in xp("plot", "-m", "speed").stdout
    drawn = gitxp.plot(metric="speed", x="accuracy")
    (axes,) = drawn.figure().axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == (ACCURACY, r"speed (\$x^2\$ <b>)")
    page = drawn.interactive().layout
    assert page.xaxis.title.text == ACCURACY
    assert page.yaxis.title.text == "speed ($x^2$ &lt;b&gt;)"


@pytest.fixture
def searched(repo_dir, monkeypatch):
    """A search over nine learning rates, of which one run has none."""
    monkeypatch.chdir(repo_dir)
    for number in range(9):
        params = {"lr": 10.0**-number, "depth": number % 3, "net": f"n{number}"}
        with gitxp.start_run("search", params=params) as run:
            run.log({"loss": number})
    with gitxp.start_run("search", params={"depth": 1}) as run:
        run.log({"loss": 10})


def test_more_numbers_than_colours_have_a_scale_of_them(xp, searched):
    words = ("plot", "--scatter", "params.depth", "--json", "--by")
    (drawn,) = json.loads(xp(*words, "params.lr").stdout)
    assert (drawn["shade"]["label"], drawn["shade"]["is_log"]) == ("lr", True)
    pale, shaded = drawn["clouds"]
    assert (pale["is_pale"], len(pale["x"]), pale["shades"]) == (True, 1, None)
    assert sorted(shaded["shades"]) == pytest.approx(sorted(10.0**-one for one in range(9)))
    assert drawn["note"] == "1 run is pale: without a finite lr"
    by_number = dict(zip(shaded["y"], shaded["shades"], strict=True))
    assert by_number[2.0] == pytest.approx(0.01)


@pytest.mark.parametrize(("by", "count"), [("params.depth", 3), ("params.net", 10)])
def test_few_numbers_and_all_words_have_a_colour_each(xp, searched, by, count):
    (drawn,) = json.loads(xp("plot", "--scatter", "params.depth", "--json", "--by", by).stdout)
    assert drawn["shade"] is None
    assert len({cloud["label"] for cloud in drawn["clouds"]}) == count
    assert drawn["note"] == ""


def test_of_many_params_the_first_are_axes_and_the_rest_is_told(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for number in range(2):
        params = {f"p{place}": number + place for place in range(2000)}
        with gitxp.start_run("wide", params=params) as run:
            run.log({"loss": number})
    (drawn,) = json.loads(xp("plot", "--parallel", "--json").stdout)
    assert len(drawn["axes"]) == 8
    assert drawn["note"] == "the first 7 of 2,000 params: choose by --field"


def test_param_of_every_kind_is_an_axis_of_words(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for number, value in enumerate(["text", True, None, 1, 2.5, [1, 2]]):
        with gitxp.start_run("mixed", params={"p": value}) as run:
            run.log({"loss": number})
    (drawn,) = json.loads(xp("plot", "--scatter", "params.p", "--json").stdout)
    assert drawn["x_axis"]["words"] == ["1", "2.5", "True", "[1, 2]", "text"]
    assert drawn["note"] == "1 run lacks a value to draw for one of the axes"


def test_axis_that_has_no_logarithm_is_none(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for rate in (-1.0, 0.0, 1e-5, 100.0, math.inf):
        with gitxp.start_run("rates", params={"lr": rate}) as run:
            run.log({"loss": 1.0})
    (drawn,) = json.loads(xp("plot", "--scatter", "params.lr", "--json").stdout)
    assert not drawn["x_axis"]["is_log"]
    assert drawn["note"] == "1 run is NaN, infinite or too large for one of the axes"
