"""What pictures of `git xp plot` do not show is named below them, with the reason."""

from __future__ import annotations

import html
import math

import pytest

import gitxp

NAN, INF = math.nan, math.inf
VALUES = {
    "adam": [1.0, 0.5],
    "diverged": [NAN, NAN],
    "infinite": [INF, INF],
    "huge": [1e305, 1e305],
    "other": None,
    "failed": [3.0, 2.0],
}
NUMBERLESS = "(NaN, infinite or too large)"


@pytest.fixture
def optimizers(repo_dir, monkeypatch):
    """One optimizer with numbers, and one for each way to have none."""
    monkeypatch.chdir(repo_dir)
    for optimizer, values in VALUES.items():
        for seed in range(2):
            try:
                with gitxp.start_run("sweep", params={"opt": optimizer}, seeds=seed) as run:
                    for step, value in enumerate(values or ()):
                        run.log({"loss": value + seed}, step=step)
                    if optimizer == "failed":
                        raise ValueError(optimizer)
            except ValueError:
                pass


def one_line(text):
    return " ".join(text.split())


@pytest.mark.parametrize("words", [("--bars",), ("--bars", "--by", "params.opt")])
def test_groups_without_a_bar_are_named_with_the_reason(xp, optimizers, words):
    picture, _, told = one_line(xp("plot", "-m", "loss", *words).stdout).partition("not drawn: ")
    assert picture.count("opt=") == picture.count("opt=adam") == 1
    reasons = {part.rpartition("(")[2].strip(")"): part for part in told.split("), ")}
    assert set(reasons) == {NUMBERLESS.strip("()"), "unfinished", "without a value"}
    for name in ("diverged", "infinite", "huge"):
        assert f"opt={name}" in reasons[NUMBERLESS.strip("()")]
    assert "opt=failed" in reasons["unfinished"]
    assert "opt=other" in reasons["without a value"]


def test_groups_without_a_band_are_named_and_stand_in_no_legend(xp, optimizers):
    text = xp("plot", "-m", "loss", "--by", "params.opt").stdout
    assert [line.strip() for line in text.splitlines() if "(n=" in line] == ["⠒⠒⠒ opt=adam (n=2)"]
    told = one_line(text)
    assert f"not drawn: opt=diverged, opt=huge, opt=infinite {NUMBERLESS}" in told
    assert "opt=other (without a value), opt=failed (unfinished)" in told


def test_runs_without_a_curve_are_named(xp, optimizers):
    told = one_line(xp("plot", "-m", "loss").stdout)
    assert "opt=infinite" in told
    assert f"and 1 more {NUMBERLESS}" in told  # five of six
    assert "opt=other" not in told  # it has no such metric at all


@pytest.mark.parametrize("kind", ["bars", "curves"])
def test_files_name_them_as_the_terminal_does(optimizers, kind):
    drawn = gitxp.plot(metric="loss", kind=kind, by="params.opt")
    shown = one_line(drawn.figure().get_supxlabel())
    assert "opt=failed (unfinished)" in shown
    assert NUMBERLESS in shown
    page = one_line(html.unescape(drawn.interactive().layout.title.text.replace("<br>", " ")))
    assert page == shown == drawn.fields()["note"]


def test_groups_of_which_one_run_came_out_as_nan_say_so(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for seed, value in enumerate((1.0, 2.0, NAN)):
        with gitxp.start_run("sweep", params={"lr": 1}, seeds=seed) as run:
            run.log({"loss": value})
    told = one_line(xp("plot", "--bars").stdout)
    assert "n counts neither NaN and infinite values nor unfinished runs" in told
    assert "NaN or infinite in part: all runs (1 of 3 runs)" in told


def test_note_stands_within_the_picture_however_long_it_is(optimizers):
    figure = gitxp.plot(metric="loss", kind="bars").figure()
    figure.draw_without_rendering()
    note = figure._supxlabel
    assert note.get_text().count("\n") >= 1
    assert note.get_window_extent().x1 <= figure.bbox.x1
    assert note.get_window_extent().y0 >= 0


def test_group_of_runs_without_the_column_is_called_so_in_every_picture(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for params in ({"lr": 0.1, "wd": 1}, {"lr": 0.2}, {}):
        with gitxp.start_run("some", params=params) as run:
            run.log({"loss": 1.0})
    for words in ((), ("--bars",), ("--scatter", "started")):
        both = xp("plot", *words, "--by", "params.lr", "--by", "params.wd", "--sort", "-started")
        for name in ("lr=0.1 wd=1", "lr=0.2 without wd", "without lr, wd"):
            assert both.stdout.count(name) == 1, both.stdout
        assert "None" not in both.stdout
        assert "all runs" not in both.stdout
    assert "lr=0.2 " in (bars := xp("plot", "--bars").stdout)
    assert "lr=0.2 without" not in bars  # nobody asked for it
    assert "without lr, wd" in bars


@pytest.mark.parametrize("words", [(), ("--by", "params.opt")])
def test_values_without_a_place_are_counted_once_wherever_curves_are_drawn(
    xp, repo_dir, monkeypatch, words
):
    monkeypatch.chdir(repo_dir)
    values = {"a": [1.0, INF, 2.0, NAN], "b": [1.0] * 30, "diverged": [NAN] * 5}
    for name, logged in values.items():
        with gitxp.start_run("some", name, params={"opt": name}) as run:
            for step, value in enumerate(logged):
                run.log({"loss": value}, step=step * (10 if name == "a" else 1))
    told = f"2 values are {NUMBERLESS.strip('()')}"
    text = one_line(xp("plot", *words).stdout)
    assert text.count(told) == 1
    assert "not finite" not in text
    plot = gitxp.plot(by=words[1:] or None)
    note = one_line(plot.figure().get_supxlabel())
    assert note.startswith(told) or f"; {told};" in note
    assert note == one_line(plot.fields()["note"])
    timed = gitxp.plot(by=words[1:] or None, x="time", best=True)
    assert told in timed.fields()["note"]
    assert "values are" not in gitxp.plot("b").fields()["note"]


def test_points_that_are_too_large_are_not_told_as_lacking(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for lr, loss in ((0.1, 1e308), (0.2, -1e308), (None, 1.0)):
        with gitxp.start_run("some", params={} if lr is None else {"lr": lr}) as run:
            run.log({"loss": loss, "acc": 0.5})
    for words in (
        ("--scatter", "acc", "-m", "loss"),
        ("--parallel", "--field", "acc", "-m", "loss"),
    ):
        text = one_line(xp("plot", *words).stdout)
        assert f"2 runs are {NUMBERLESS.strip('()')} for one of the axes" in text
        assert "lack" not in text
        done = xp("plot", *words, "--where", "has(params.lr)")
        assert f"of 2 'loss ↓' is {NUMBERLESS.strip('()')}" in done.stderr
        assert "lack" not in done.stderr
        assert "has(" not in done.stderr
    both = xp("plot", "--scatter", "params.lr", "-m", "loss").stderr
    assert f"of 2 'loss ↓' is {NUMBERLESS.strip('()')}" in both
