"""`git xp metrics`: the points of one run or several, as table, CSV, JSON and charts."""

from __future__ import annotations

import csv
import json

import pytest

import gitxp


def test_points_of_several_runs_say_of_which_they_are(xp, runs):
    slow, fast = (str(run.id) for run in runs)
    table = xp("metrics", "slow", "fast", "-m", "loss").stdout.splitlines()
    assert table[0].split() == ["run", "metric", "step", "value"]
    assert [line.split() for line in table[1:]] == [
        ["slow", "loss", "0", "0.1"],
        ["slow", "loss", "1", "0.05"],
        ["fast", "loss", "0", "0.3"],
        ["fast", "loss", "1", "0.15"],
    ]
    rows = list(csv.DictReader(xp("metrics", "slow", "fast", "--csv").stdout.splitlines()))
    assert list(rows[0]) == ["run", "metric", "step", "time", "value", "writer"]
    assert [row["run"] for row in rows] == [slow] * 3 + [fast] * 3
    points = json.loads(xp("metrics", "slow", "fast", "--json").stdout, parse_constant=pytest.fail)
    assert [(point["run"], point["metric"], point["value"]) for point in points] == [
        (slow, "loss", 0.1),
        (slow, "loss", 0.05),
        (slow, "odd", None),
        (fast, "loss", 0.3),
        (fast, "loss", 0.15),
        (fast, "odd", None),
    ]
    assert points[2]["nonfinite"] == {"value": "nan"}


def test_points_of_one_run_need_no_run(xp, runs):
    assert xp("metrics", "--csv").stdout == xp("metrics", "@", "fast", "--csv").stdout
    assert xp("metrics", "-m", "loss").stdout.splitlines()[0].split() == ["metric", "step", "value"]


def test_several_metrics_can_be_asked_for(xp, runs):
    points = json.loads(xp("metrics", "-m", "odd", "--metric", "loss", "--json").stdout)
    assert {point["metric"] for point in points} == {"odd", "loss"}


def test_metric_that_only_some_runs_have_is_shown_of_those(xp, runs):
    with gitxp.start_run("lr", "other") as run:
        run.log({"x": 1})
    done = xp("metrics", "slow", "other", "-m", "x", "--csv")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert "note: run 'slow' has no metric 'x'" in done.stderr
    lacking = xp("metrics", "slow", "fast", "-m", "x", "--csv")
    assert (lacking.returncode, len(lacking.stdout.splitlines())) == (0, 1)
    assert lacking.stderr.count("has no metric 'x'") == 2
    none = xp("metrics", "slow", "fast", "-m", "y")
    assert none.returncode == 128
    assert "no run has the metric 'y'\nhint: known are: loss, odd, x" in none.stderr


def test_metrics_can_be_asked_for_by_glob(xp, runs):
    with gitxp.start_run("lr", "other") as run:
        run.log({"val/loss": 1, "val/accuracy": 2, "loss": 3, "a[0]": 4, "a0": 5})
    points = json.loads(xp("metrics", "other", "-m", "val/*", "--json").stdout)
    assert {point["metric"] for point in points} == {"val/loss", "val/accuracy"}
    named = json.loads(xp("metrics", "other", "-m", "a[0]", "--json").stdout)
    assert [point["metric"] for point in named] == ["a[0]"]
    several = xp("metrics", "slow", "other", "-m", "val/*", "-m", "lo*", "--csv")
    found = {(row["run"], row["metric"]) for row in csv.DictReader(several.stdout.splitlines())}
    assert {metric for run_id, metric in found if run_id == run.id} == {
        "val/loss", "val/accuracy", "loss"
    }  # fmt: skip
    assert {metric for run_id, metric in found if run_id != run.id} == {"loss"}
    assert several.stderr == "note: run 'slow' has no metric 'val/*'\n"
    none = xp("metrics", "other", "-m", "test/*")
    assert (none.returncode, none.stdout) == (128, "")
    assert "no run has the metric 'test/*'\nhint: known are: " in none.stderr
    near = xp("metrics", "other", "-m", "val/los")
    assert "hint: did you mean 'val/loss'?" in near.stderr


def test_runs_of_one_name_are_told_apart(xp, runs):
    with gitxp.start_run("lr", "fast") as run:
        run.log({"loss": 1})
    table = xp("metrics", run.id, runs[1].id, "-m", "loss").stdout
    assert f"fast {run.id.short}" in table
    assert f"fast {runs[1].id.short}" in table


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_chart_fits_the_terminal(terminal, runs, columns):
    shown = terminal("metrics", "slow", "fast", "--chart", columns=columns)
    assert shown.status == 0
    assert max(map(len, shown.text.splitlines())) <= columns
    assert "slow" in shown.text
    assert "odd: nothing to draw" in shown.text


def test_each_curve_has_a_colour_on_a_terminal_and_a_letter_in_a_pipe(terminal, xp, runs):
    words = ("metrics", "slow", "fast", "-m", "loss", "--chart")
    coloured = terminal(*words, NO_COLOR="").text
    assert "\x1b[36m⠒⠒⠒\x1b[0m slow" in coloured
    assert "\x1b[35m⠒⠒⠒\x1b[0m fast" in coloured
    plain = xp(*words).stdout
    assert "\x1b" not in plain
    assert "  *** slow\n  +++ fast\n" in plain


def test_chart_needs_no_unicode(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", "größe") as run:
        for step in range(5):
            run.log({"loss": 1 / (step + 1)}, step=step)
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = xp("metrics", "@", "--chart")
    assert (done.returncode, done.stderr) == (0, "")
    *picture, legend = done.stdout.splitlines()
    assert "".join(picture).isascii()
    assert "*****" in "".join(picture)
    assert legend.startswith("  *** gr")
    assert json.loads(xp("list", "--json").stdout)[0]["name"] == "größe"


def test_steps_at_the_axis_are_whole(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr") as run:
        for step in (0, 1, 2, 3):
            run.log({"loss": step}, step=step)
    *_, axis, label, legend = xp("metrics", "@", "--chart").stdout.splitlines()
    assert axis.split() == ["0", "1", "2", "3"]
    assert label.strip() == "step"
    assert legend == f"  ⠒⠒⠒ {run.id.short}"


def test_chart_says_unit_and_direction_and_how_many_values_it_lacks(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / ".gitxp.toml").write_text('[metrics.loss]\nunit = "bits"\n')
    with gitxp.start_run("lr") as run:
        for step, value in enumerate([1.0, 1e305, 2.0]):
            run.log({"loss": value}, step=step)
    title, *_, note = xp("metrics", "@", "--chart").stdout.splitlines()
    assert title.strip() == "loss (bits) ↓"
    assert note == "1 value is NaN, infinite or too large"
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    title, *_ = xp("metrics", "@", "--chart").stdout.splitlines()
    assert title.strip() == "loss (bits) v"


def test_two_forms_at_once_are_refused(runs, xp):
    done = xp("metrics", "--chart", "--csv")
    assert done.returncode == 2
    assert "error: --csv and --chart do not go together" in done.stderr
