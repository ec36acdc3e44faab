"""When runs reach a value and hold it, beside the plainest evaluation that says the same."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

import gitxp
from gitxp.comparison.curves.convergence import converged, parse_target
from gitxp.comparison.curves.run_curve import RunCurve
from gitxp.errors import InvalidValue, UnknownMetric
from gitxp.query.run_rows import RunKey

COLUMNS = ["step", "seconds", "x", "threshold", "first", "best", "best_step", "last", "area",
           "best_area", "points"]  # fmt: skip
KEY = RunKey(0, "0" * 32, "run", "", "lr", None)


@pytest.fixture(autouse=True)
def here(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def logged(*values, metric="loss", name="run", steps=None):
    with gitxp.start_run("lr", name) as run:
        for step, value in zip(steps or range(len(values)), values, strict=True):
            run.log({metric: value}, step=step)
    return run


def plainly(steps, values, to, goal, hold):
    """Return threshold and step by the words of the definition, one point after the other."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return None, None
    best = max(finite) if goal == "max" else min(finite)
    if isinstance(to, str):
        share = float(to.rstrip("%")) / 100
        threshold = (1 - share) * finite[0] + share * best
        low, high = sorted((finite[0], best))
        if low == high:
            return None, None
        threshold = min(max(threshold, low), high)
    else:
        threshold = to

    def reaches(value):
        if not math.isfinite(value):
            return False
        return value >= threshold if goal == "max" else value <= threshold

    for place, step in enumerate(steps):
        held = values[place : place + hold]
        if len(held) == hold and all(map(reaches, held)):
            return threshold, step
    return threshold, None


VALUES = st.one_of(
    st.integers(-4, 4).map(float), st.floats(-5, 5), st.sampled_from([math.nan, math.inf])
)
POINTS = st.dictionaries(st.integers(-50, 50), VALUES, min_size=1, max_size=25)
TARGETS = st.one_of(st.floats(-5, 5), st.integers(-4, 4).map(float),
                    st.integers(1, 100).map("{}%".format), st.just("100%"))  # fmt: skip


@given(POINTS, TARGETS, st.sampled_from(["max", "min"]), st.integers(1, 4))
def test_convergence_is_what_its_definition_says(points, to, goal, hold):
    steps = sorted(points)
    values = [points[step] for step in steps]
    at = np.array(steps, np.int64)
    curve = RunCurve(KEY, at, np.array(values), at, at / 2)
    found = converged(curve, parse_target(to), goal, hold)
    threshold, step = plainly(steps, values, to, goal, hold)
    assert (found.threshold, found.step) == (threshold, step)
    assert found.seconds == (None if step is None else step / 2)
    assert found.points == len(steps)
    finite = {step: value for step, value in zip(steps, values, strict=True)
              if math.isfinite(value)}  # fmt: skip
    if finite:
        best = (max if goal == "max" else min)(finite.values())
        assert found.best == best
        assert found.best_step == min(step for step, value in finite.items() if value == best)
        assert found.first == finite[min(finite)]
        if to == "100%" and hold == 1 and found.first != best:
            assert found.step == found.best_step
        low, high = min(finite.values()) - 1e-9, max(finite.values()) + 1e-9
        assert low <= found.area <= high
        assert low <= found.best_area <= high
        if len(finite) == len(values):
            sign = 1 if goal == "max" else -1
            assert sign * found.best_area >= sign * found.area - 1e-9


def test_frame_has_the_documented_columns_and_a_row_for_every_run():
    never = logged(5.0, 4.0)
    reached = logged(5.0, 1.0, 0.5)
    without = logged(1.0, metric="other")
    frame = gitxp.convergence([never, reached, without], "loss", to=1)
    assert (frame.columns.tolist(), frame.index.name) == (COLUMNS, "run")
    assert frame.index.tolist() == [never.id, reached.id, without.id]
    whole = {"step", "best_step", "points"}
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        name: "Int64" if name in whole else "float64" for name in COLUMNS
    }
    assert frame["step"].isna().tolist() == [True, False, True]
    assert (frame.loc[reached.id, "step"], frame.loc[never.id, "best"]) == (1, 4.0)
    assert frame.loc[without.id].isna().tolist() == [True] * 10 + [False]
    assert frame.loc[without.id, "points"] == 0
    joined = gitxp.runs(columns=["name"]).join(frame)
    assert joined.loc[reached.id, "step"] == 1


def test_value_must_be_held():
    run = logged(3.0, 1.0, 3.0, 1.0, 0.5, math.nan, 0.9, 0.9, 0.9)
    held = [gitxp.convergence(run, "loss", to=1, hold=hold)["step"].iloc[0] for hold in range(1, 5)]
    assert held[:3] == [1, 3, 6]
    assert held[3] is pd.NA


@pytest.mark.parametrize(
    ("values", "to", "step", "area"),
    [
        ([2.0], 2.0, 0, 2.0),
        ([2.0, 2.0, 2.0], 2.0, 0, 2.0),
        ([4.0, math.inf, 2.0], "50%", 2, 3.0),
        ([math.nan, 4.0, 3.0, 2.0], "50%", 2, 3.0),
        ([-math.inf, 4.0], 5.0, 1, 4.0),
    ],
)
def test_odd_curves_have_an_answer(values, to, step, area):
    row = gitxp.convergence(logged(*values), "loss", to).iloc[0]
    assert (row["step"], row["area"]) == (step, area)


@pytest.mark.parametrize("values", [[2.0], [2.0, 2.0, 2.0], [2.0, 3.0], [math.nan, 2.0, 2.5]])
@pytest.mark.parametrize("to", ["1%", "90%", "100%"])
def test_run_that_never_got_better_reached_no_share_of_a_gain(values, to):
    row = gitxp.convergence(logged(*values), "loss", to).iloc[0]
    assert row[["step", "seconds", "x", "threshold"]].isna().all()
    assert (row["first"], row["best"], row["points"]) == (2.0, 2.0, len(values))


@pytest.mark.parametrize("values", [[math.nan], [math.nan, math.inf, math.nan]])
def test_nothing_finite_has_none(values):
    row = gitxp.convergence(logged(*values), "loss", "90%").iloc[0]
    assert row.drop(["last", "points"]).isna().all()
    assert row["points"] == len(values)


def test_steps_that_go_back_count_as_they_were_logged_last():
    run = logged(9.0, 1.0, 9.0, 8.0, 0.5, steps=[0, 1, 2, 1, 2])
    row = gitxp.convergence(run, "loss", to=1).iloc[0]
    assert (row["step"], row["best"], row["points"]) == (2, 0.5, 3)


def test_goal_is_that_of_the_settings_or_the_argument(repo_dir):
    run = logged(1.0, 2.0, 3.0, metric="zeta")
    with pytest.raises(InvalidValue, match="'zeta' are better") as refused:
        gitxp.convergence(run, "zeta", to=2)
    assert "give a goal" in refused.value.hint
    assert gitxp.convergence(run, "zeta", to=2, goal="max")["step"].tolist() == [1]
    (repo_dir / ".gitxp.toml").write_text('[metrics.zeta]\ngoal = "min"\n')
    assert gitxp.convergence(run, "zeta", to=2)["step"].tolist() == [0]


def test_axis_of_the_area_is_steps_time_or_another_metric():
    with gitxp.start_run("lr") as run:
        for step, (loss, tokens) in enumerate([(4.0, 0), (2.0, 10), (0.0, 100)]):
            run.log({"loss": loss, "tokens": tokens}, step=step)
    by_step, by_tokens, by_time = (
        gitxp.convergence(run, "loss", to=2, x=x).iloc[0] for x in ("step", "tokens", "time")
    )
    assert (by_step["area"], by_step["best_area"], by_step["x"]) == (2.0, 2.0, 1.0)
    assert by_tokens["area"] == pytest.approx((3 * 10 + 1 * 90) / 100)
    assert by_tokens["best_area"] == by_tokens["area"]
    assert (by_tokens["x"], by_tokens["step"]) == (10, 1)
    assert by_time["x"] == by_time["seconds"] == by_step["seconds"]
    points = gitxp.history(run, "loss")
    passed = points["time"].iloc[1] - gitxp.get_run(run.id).started
    assert by_step["seconds"] == pytest.approx(passed.total_seconds())


def test_axis_that_a_run_lacks_costs_it_the_area_alone():
    with gitxp.start_run("lr") as run:
        run.log({"loss": 1.0, "tokens": 5}, step=0)
    other = logged(2.0, 1.0)
    frame = gitxp.convergence([run, other], "loss", to=1, x="tokens")
    assert frame["step"].tolist() == [0, 1]
    assert frame["area"].isna().tolist() == [False, True]


def test_seconds_leave_out_the_pause_before_a_run_was_resumed():
    run = logged(3.0)
    with gitxp.start_run(resume=run.id) as again:
        again.log({"loss": 1.0}, step=1)
    record = gitxp.get_run(run.id).record
    seconds = gitxp.convergence(run, "loss", to=1)["seconds"].iloc[0]
    assert 0 < seconds <= record.duration.total_seconds()
    assert record.duration < record.finished - record.started


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("soon", "to is 'soon': expected a finite number, or a share"),
        ("0%", "to is '0%': expected a share above 0%"),
        ("101%", "to is '101%': expected a share"),
        ("%", "to is '%'"),
        (math.nan, "to is nan"),
        (None, "to is None"),
        ([0.9], "to is"),
    ],
)
def test_what_is_no_target_is_refused(to, said):
    run = logged(1.0)
    with pytest.raises(InvalidValue) as refused:
        gitxp.convergence(run, "loss", to)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("hold", [0, -1, 1.5, "2"])
def test_what_is_no_number_of_points_is_refused(hold):
    with pytest.raises(InvalidValue, match="hold is"):
        gitxp.convergence(logged(1.0), "loss", 1, hold=hold)


def test_metric_that_no_run_has_is_named():
    logged(1.0)
    with pytest.raises(UnknownMetric, match="'lass'"):
        gitxp.convergence(None, "lass", 1)


def test_run_that_goes_on_has_converged_so_far():
    with gitxp.start_run("going") as run:
        run.log({"loss": 3.0}, step=0)
        run.log({"loss": 1.0}, step=1)
        row = gitxp.convergence(run, "loss", to=1).iloc[0]
        assert row["step"] == 1
        assert row["seconds"] > 0


@pytest.mark.parametrize("to", ["inf", "-inf", "nan", "inf%", float("inf"), "1e999"])
def test_what_is_not_finite_is_never_reached_and_refused(to):
    with pytest.raises(InvalidValue, match="expected a finite number"):
        parse_target(to)
