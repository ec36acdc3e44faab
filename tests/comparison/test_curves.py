"""Curves of runs: which points count, where they lie, and what becomes of gaps and groups."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

import gitxp
from gitxp.comparison.curves.run_curve import elapsed
from gitxp.comparison.groups.labels import in_order
from gitxp.errors import InvalidValue, UnknownColumn, UnknownMetric
from gitxp.model.run import Session
from gitxp.query.index.kinds import moment_of

GIT_XP = str(Path(sys.executable).with_name("git-xp"))


@pytest.fixture(autouse=True)
def here(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def logged(name="run", points=(), metric="loss", **given):
    """Return a run that has logged these steps and values."""
    with gitxp.start_run("lr", name, **given) as run:
        for step, value in points:
            run.log({metric: value}, step=step)
    return run


def same(found, expected):
    np.testing.assert_array_equal(np.asarray(found, np.float64), np.asarray(expected, np.float64))


def test_different_steps_are_read_off_on_the_line_and_never_beyond_it():
    dense = logged("dense", [(step, step * 10.0) for step in range(5)])
    sparse = logged("sparse", [(1, 0.0), (5, 8.0)])
    frame = gitxp.curves([dense, sparse], "loss")
    assert frame.index.tolist() == [0, 1, 2, 3, 4, 5]
    assert (frame.index.name, str(frame.index.dtype)) == ("step", "int64")
    assert (frame.columns.tolist(), frame.columns.name) == ([dense.id, sparse.id], "run")
    same(frame[dense.id], [0, 10, 20, 30, 40, math.nan])
    same(frame[sparse.id], [math.nan, 0, 2, 4, 6, 8])


def test_run_of_one_point_is_a_curve_of_one_place():
    run = logged(points=[(7, 0.5)])
    for kind in ({}, {"smooth": 0.9}, {"best": True}, {"grid": 5}, {"x": "time"}):
        frame = gitxp.curves(run, "loss", **kind)
        assert frame[run.id].tolist() == [0.5]


def test_what_is_not_finite_is_a_gap_up_to_the_next_points():
    run = logged(points=[(0, 1.0), (2, math.nan), (4, 3.0), (6, math.inf), (8, 5.0)])
    nan = math.nan
    same(gitxp.curves(run, "loss", grid=range(9))[run.id], [1, nan, nan, nan, 3, nan, nan, nan, 5])
    best = gitxp.curves(run, "loss", grid=range(9), best=True)
    same(best[run.id], [1] * 9)
    smooth = gitxp.curves(run, "loss", smooth=0.5)[run.id]
    assert smooth.isna().tolist() == [False, True, False, True, False]


def test_curve_of_nothing_but_nan_is_a_column_of_nan():
    run = logged(points=[(0, math.nan), (1, -math.inf)])
    for kind in ({}, {"smooth": 0.9}, {"best": True}, {"by": "params"}):
        given = {"by": {run.id: "a"}} if "by" in kind else kind
        frame = gitxp.curves(run, "loss", **given)
        assert frame.index.tolist() == [0, 1]
        assert frame.drop(columns="n", level=-1).isna().all(axis=None) if "by" in kind else (
            frame.isna().all(axis=None)
        )  # fmt: skip


def test_steps_that_go_back_are_in_order_and_the_last_word_at_a_step_counts():
    run = logged(points=[(0, 9.0), (5, 8.0), (3, 7.0), (5, 1.0), (1, 6.0)])
    frame = gitxp.curves(run, "loss")
    assert frame.index.tolist() == [0, 1, 3, 5]
    assert frame[run.id].tolist() == [9.0, 6.0, 7.0, 1.0]
    history = gitxp.history(run, "loss", duplicates="last").sort_values("step")
    assert history["value"].tolist() == frame[run.id].tolist()


def test_constant_metric_stays_constant():
    run = logged(points=[(step, 0.1) for step in range(50)])
    other = logged(points=[(step, 0.1) for step in range(0, 50, 7)])
    for kind in ({}, {"smooth": 0.9}, {"best": True}, {"grid": 33}, {"x": "time"}):
        found = gitxp.curves([run, other], "loss", **kind).to_numpy()
        assert found[~np.isnan(found)] == pytest.approx(0.1, rel=1e-15)
    band = gitxp.curves([run, other], "loss", by="experiment")["lr"]
    assert (band["high"] - band["low"]).dropna().max() <= 1e-16


def test_runs_without_the_metric_have_no_column():
    run, _ = logged(points=[(0, 1.0)]), logged(points=[(0, 1.0)], metric="other")
    assert gitxp.curves(None, "loss").columns.tolist() == [run.id]
    with pytest.raises(UnknownMetric, match="'losss'") as refused:
        gitxp.curves(None, "losss")
    assert refused.value.hint == "did you mean 'loss'?"
    with pytest.raises(InvalidValue, match=r"'\*' means 2 metrics"):
        gitxp.curves(None, "*")


NAMES = ["a[0]", "a.b", 'say "x"', "ö:x", "val/*", "step", "time", "statistic", "%"]


@pytest.mark.parametrize("name", NAMES)
def test_metric_of_any_name_has_a_curve(name):
    run = logged(name, [(0, 1.0), (1, 2.0)], metric=name, params={name: name})
    assert gitxp.curves(run, name)[run.id].tolist() == [1.0, 2.0]
    column = next(one for one in gitxp.runs().columns if one.startswith("params"))
    band = gitxp.curves(run, name, by=column)
    assert band.columns.names == [column, "statistic"]
    assert band[(name, "mean")].tolist() == [1.0, 2.0]


def test_best_so_far_is_carried_in_the_direction_of_the_goal(repo_dir):
    run = logged(points=[(0, 3.0), (2, 1.0), (4, 2.0)])
    places = {"grid": range(5)}
    assert gitxp.curves(run, "loss", best=True, **places)[run.id].tolist() == [3, 3, 1, 1, 1]
    most = gitxp.curves(run, "loss", best=True, goal="max", **places)
    assert most[run.id].tolist() == [3.0] * 5
    (repo_dir / ".gitxp.toml").write_text('[metrics.loss]\ngoal = "max"\n')
    assert gitxp.curves(run, "loss", best=True)[run.id].tolist() == [3.0] * 3


def test_metric_without_a_goal_says_how_to_give_one(repo_dir):
    run = logged(points=[(0, 3.0), (1, 1.0)], metric='ze"ta')
    with pytest.raises(InvalidValue, match="nothing says whether higher or lower") as refused:
        gitxp.curves(run, 'ze"ta', best=True)
    assert gitxp.curves(run, 'ze"ta', best=True, goal="min")[run.id].tolist() == [3.0, 1.0]
    # What the hint says to write is what works.
    _, _, written = refused.value.hint.partition(": ")
    table, _, goal = written.partition(" goal")
    (repo_dir / ".gitxp.toml").write_text(f"{table}\ngoal{goal}\n")
    assert gitxp.curves(run, 'ze"ta', best=True)[run.id].tolist() == [3.0, 3.0]


def test_wrong_setting_is_warned_of_and_stops_nothing(repo_dir):
    run = logged(points=[(0, 3.0)])
    (repo_dir / ".gitxp.toml").write_text('[metrics.loss]\ngoal = "up"\n')
    with pytest.warns(gitxp.GitxpWarning, match="goal"):
        assert gitxp.curves(run, "loss", best=True)[run.id].tolist() == [3.0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"smooth": 1.0}, "smooth is 1.0"),
        ({"smooth": -0.1}, "smooth is -0.1"),
        ({"smooth": math.nan}, "smooth is nan"),
        ({"smooth": "0.5"}, "smooth is '0.5'"),
        ({"grid": 1}, "grid is 1: expected 2 places"),
        ({"grid": [0, math.nan]}, "grid is"),
        ({"grid": "auto"}, "grid is 'auto'"),
        ({"grid": [[0], [1, 2]]}, "grid is"),
        ({"goal": "up", "best": True}, "goal is 'up'"),
        ({"by": "experiment", "band": "iqr"}, "band is 'iqr': expected one of ci, "),
        ({"by": "experiment", "confidence": 95}, "confidence is 95"),
        ({"by": 3}, "by is 3"),
        ({"by": []}, "by is"),
    ],
)
def test_argument_out_of_range_is_refused_by_what_it_is(given, said):
    logged(points=[(0, 1.0), (1, 2.0)])
    with pytest.raises(InvalidValue) as refused:
        gitxp.curves(None, "loss", **given)
    assert str(refused.value).startswith(said)


def test_grid_is_a_number_of_places_or_places():
    run = logged(points=[(0, 0.0), (10, 10.0)])
    assert gitxp.curves(run, "loss", grid=5).index.tolist() == [0.0, 2.5, 5.0, 7.5, 10.0]
    frame = gitxp.curves(run, "loss", grid=np.array([12, 4, 4, -1]))
    assert (frame.index.tolist(), str(frame.index.dtype)) == ([-1, 4, 12], "int64")
    same(frame[run.id], [math.nan, 4, math.nan])


def test_more_values_than_memory_has_are_refused_with_a_way_out():
    run = logged(points=[(0, 0.0), (1, 1.0)])
    with pytest.raises(InvalidValue, match="too many values") as refused:
        gitxp.curves(run, "loss", grid=60_000_000)
    assert "grid=1000" in refused.value.hint


def test_running_run_has_its_points_so_far():
    with gitxp.start_run("going") as run:
        run.log({"loss": 1.0}, step=0)
        run.log({"loss": 2.0}, step=1)
        assert gitxp.curves(run, "loss")[run.id].tolist() == [1.0, 2.0]
        seconds = gitxp.curves(run, "loss", x="time").index
        assert (seconds[0] >= 0, seconds[-1] > seconds[0]) == (True, True)


def test_no_run_at_all_is_told_by_the_metric_and_none_chosen_have_no_curves():
    with pytest.raises(UnknownMetric):
        gitxp.curves(None, "loss")
    logged(points=[(0, 0.0)])
    assert gitxp.curves([], "loss").shape == (0, 0)


def test_other_metric_is_joined_by_the_step_at_or_before():
    with gitxp.start_run("lr") as run:
        run.log({"loss": 9.0}, step=0)  # before any number of tokens
        run.log({"tokens": 100}, step=1)
        run.log({"loss": 8.0}, step=1)
        run.log({"tokens": math.nan}, step=2)
        run.log({"loss": 7.0}, step=3)  # still 100, and the later step counts
        run.log({"tokens": 300, "loss": 5.0}, step=4)
    logged(points=[(0, 1.0)])  # has no tokens
    frame = gitxp.curves(None, "loss", x="tokens", grid=[100, 200, 300])
    assert (frame.index.name, frame.columns.tolist()) == ("tokens", [run.id])
    assert frame[run.id].tolist() == [7.0, 6.0, 5.0]


def test_metric_that_comes_back_is_an_axis_in_its_own_order():
    with gitxp.start_run("lr") as run:
        for step, (x, y) in enumerate([(2, 20), (0, 0), (4, 40), (2, 21)]):
            run.log({"x": x, "y": y}, step=step)
    frame = gitxp.curves(run, "y", x="x", grid=[0, 1, 2, 3, 4])
    assert frame[run.id].tolist() == [0, 10.5, 21, 30.5, 40]
    assert gitxp.curves(run, "x", x="x", grid=[0, 1, 2])[run.id].tolist() == [0, 1, 2]


def test_time_leaves_out_what_lies_between_sessions():
    run = logged(points=[(0, 1.0), (1, 2.0)])
    with gitxp.start_run(resume=run.id) as again:
        again.log({"loss": 3.0}, step=2)
    record = gitxp.get_run(run.id).record
    first, second = record.sessions
    pause = (second.started - first.finished).total_seconds()
    frame = gitxp.curves(run, "loss", x="time", grid=2)
    times = gitxp.history(run, "loss")["time"]
    passed = (times.iloc[-1] - first.started).total_seconds() - pause
    assert frame.index[-1] == pytest.approx(passed, abs=1e-6)
    assert frame.index[-1] <= record.duration.total_seconds()
    assert frame[run.id].tolist() == [1.0, 3.0]


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), min_size=1, max_size=5)


@given(SPANS, st.lists(st.integers(-5, 80), min_size=1, max_size=20))
def test_elapsed_time_is_that_of_the_sessions_however_they_lie(spans, moments):
    sessions = [Session(moment_of(at), moment_of(at + length)) for at, length in spans]
    ran = {micro for at, length in spans for micro in range(at, at + length)}
    for moment in moments:  # somebody logged it, so that a process ran
        ends = [at + length for at, length in spans if at <= moment]
        ran |= set(range(max(ends, default=moment), moment))
    expected = [sum(micro < moment for micro in ran) / 1e6 for moment in moments]
    np.testing.assert_allclose(elapsed(np.array(moments), sessions), expected, atol=1e-12)


def test_session_that_goes_on_lasts_to_its_last_point():
    sessions = [Session(moment_of(0), moment_of(10)), Session(moment_of(1000))]
    found = elapsed(np.array([1007, 4, 12, 1000]), sessions)
    assert (found * 1e6).round().tolist() == [19, 4, 12, 12]


JOB = """
import gitxp, os
rank = int(os.environ["GITXP_RANK"])
with gitxp.start_run("job") as run:
    for step in range(3):
        run.log({"loss": 100 * rank + step, f"own/{rank}": rank}, step=step)
"""


def ranks(repo_dir, *settings):
    (repo_dir / ".gitxp.toml").write_text("".join(settings))
    processes = []
    for rank in (1, 0):
        told = {"GITXP_JOB": "job", "GITXP_RANK": str(rank)}
        processes.append(
            subprocess.Popen([sys.executable, "-c", JOB], cwd=repo_dir, env={**os.environ, **told})
        )
    assert [one.wait() for one in processes] == [0, 0]


def test_lowest_rank_counts_as_in_the_summary(repo_dir):
    ranks(repo_dir)
    frame = gitxp.curves(None, "loss")
    assert [frame[run].tolist() for run in frame] == [[0.0, 1.0, 2.0]]
    assert gitxp.curves(None, "own/1").iloc[:, 0].tolist() == [1.0, 1.0, 1.0]
    assert gitxp.get_run("@").metrics["loss"].last.value == 2.0


def test_ranks_that_the_settings_pool_count_all(repo_dir):
    ranks(repo_dir, '[summary]\nranks = "all"\n')
    points = gitxp.history(None, "loss", duplicates="last").sort_values("step")
    assert gitxp.curves(None, "loss").iloc[:, 0].tolist() == points["value"].tolist()
    assert len(gitxp.history(None, "loss")) == 6


def test_curve_of_groups_has_mean_band_and_count():
    quick = [logged(points=[(0, 1.0), (1, 3.0), (2, 5.0)], params={"kind": "a"}),
             logged(points=[(0, 3.0), (1, 5.0)], params={"kind": "a"})]  # fmt: skip
    alone = logged(points=[(0, 9.0)], params={"kind": "b"})
    frame = gitxp.curves([*quick, alone], "loss", by="params.kind", band="std")
    assert frame.columns.names == ["params.kind", "statistic"]
    assert frame["a"].columns.tolist() == ["mean", "low", "high", "n"]
    deviation = 2**0.5
    same(frame[("a", "mean")], [2, 4, 5])
    same(frame[("a", "n")], [2, 2, 1])
    np.testing.assert_allclose(frame[("a", "low")][:2], [2 - deviation, 4 - deviation])
    assert frame[("a", "high")].isna().tolist() == [False, False, True]
    same(frame[("b", "mean")], [9, math.nan, math.nan])
    assert frame[("b", "low")].isna().all()
    assert str(frame[("b", "n")].dtype) == "int64"


def test_groups_are_given_by_columns_or_by_the_user():
    runs = [
        logged(f"r{number}", [(0, float(number))], params=params)
        for number, params in enumerate(
            [{"lr": 0.2, "opt": "sgd"}, {"lr": 0.1, "opt": "sgd"}, {"lr": 0.1}, {"lr": math.nan}]
        )
    ]
    two = gitxp.curves(runs, "loss", by=["params.opt", "params.lr"])
    assert two.columns.names == ["params.opt", "params.lr", "statistic"]
    assert two[("sgd", 0.1, "mean")].tolist() == [1.0]
    assert two.xs("n", axis=1, level="statistic").iloc[0].tolist() == [1, 1, 1, 1]
    ids = {runs[0].id: "odd", runs[2].id: "odd", runs[1].id: "even"}
    for labels in (ids, pd.Series(ids)):
        mine = gitxp.curves(runs, "loss", by=labels, band="minmax")
        assert mine.columns.names == ["group", "statistic"]
        assert mine.columns.levels[0].tolist() == ["even", "odd"]
        assert mine["odd"].iloc[0].tolist() == [1.0, 0.0, 2.0, 2]
    by_series = gitxp.curves(runs, "loss", by=gitxp.runs()["params.lr"])
    assert by_series.columns.names == ["params.lr", "statistic"]
    with pytest.raises(UnknownColumn):
        gitxp.curves(runs, "loss", by="params.rate")


def test_groups_by_columns_count_the_runs_that_a_table_of_groups_counts():
    def again(value, **given):
        return logged("r", [(0, value)], params={"lr": 1}, **given)

    for value in (1.0, 2.0, 3.0):  # the same three seeds thrice, of which the last counts
        for seed in range(3):
            again(value + seed, seeds=seed)
    with pytest.raises(ZeroDivisionError), gitxp.start_run("lr", params={"lr": 1}, seeds=3) as run:
        run.log({"loss": 100.0}, step=0)
        raise ZeroDivisionError
    with gitxp.start_run("lr", params={"lr": 1}, seeds=4) as run:  # which goes on
        run.log({"loss": 200.0}, step=0)
        for only_finished, count in ((True, 3), (False, 5)):
            asked = {"by": "params.lr", "only_finished": only_finished}
            (table,) = gitxp.groups(None, "loss", **asked).itertuples()
            band = gitxp.curves(None, "loss", **asked)[1].iloc[0]
            assert (band["n"], table.n) == (count, count)
            assert band["mean"] == pytest.approx(table.mean)
        as_told = gitxp.curves(None, "loss", by=gitxp.runs()["params.lr"])[1].iloc[0]
        assert as_told["n"] == 11


def test_where_no_run_counts_that_is_said():
    with gitxp.start_run("lr") as run:
        run.log({"loss": 1.0}, step=0)
        with pytest.raises(UnknownMetric, match="no finished run has 'loss'") as caught:
            gitxp.curves(None, "loss", by="experiment")
    assert "only_finished=False" in caught.value.hint


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([True, 1, 1.0, 2], {"True": 1, 1: 2, 2: 1}),
        ([True, False], {True: 1, False: 1}),
        ([None, math.nan, 0.5], {"nan": 1, None: 1, 0.5: 1}),
        ([True, 1, "True", "True"], {"bool True": 1, 1: 1, "True": 2}),
    ],
)
def test_groups_are_those_of_a_table_of_groups(values, labels):
    runs = [logged("any", [(0, 1.0)], params={"v": one}) for one in values]
    frame = gitxp.curves(runs, "loss", by="params.v").xs("n", axis=1, level="statistic")
    found = {None if one != one else one: n for one, n in frame.iloc[0].items()}
    assert found == labels
    assert sorted(gitxp.groups(runs, "loss", by="params.v")["n"]) == sorted(labels.values())


def test_params_of_any_kind_make_groups():
    sizes = [[1, 2], (1, [2]), [1, 2], True, None, {}, "x", 2**70, math.inf]
    runs = [logged("any", [(0, 1.0)], params={"sizes": one}) for one in sizes]
    counts = gitxp.curves(runs, "loss", by="params.sizes").xs("n", axis=1, level="statistic")
    assert counts.iloc[0].sum() == len(sizes)
    assert counts[repr([1, 2])].tolist() == [2]
    assert counts.shape == (1, len(sizes) - 1)


def test_runs_that_lack_the_axis_leave_an_empty_frame():
    run = logged(points=[(0, 1.0)])
    logged(points=[(0, 1.0)], metric="tokens")
    assert gitxp.curves(None, "loss", x="tokens").shape == (0, 0)
    grouped = gitxp.curves(None, "loss", x="tokens", by=["experiment", "name"])
    assert grouped.shape == (0, 0)
    assert grouped.columns.names == ["experiment", "name", "statistic"]
    assert gitxp.curves(None, "loss", by={}).shape == (0, 0)
    assert gitxp.curves(None, "loss", by={run.id: (1, "a")}).shape == (1, 4)


def test_groups_are_in_order_and_those_without_a_value_last():
    labels = [("b",), (None,), (0.5,), (True,), ("a",), (2,)]
    assert in_order(labels) == [(0.5,), (True,), (2,), ("a",), ("b",), (None,)]
    odd = [((1, "a"),), ((1, None),), ((1, 2),)]
    assert sorted(map(str, in_order(odd))) == sorted(map(str, odd))


def test_runs_of_a_remote_have_their_curves(repo_dir, git, tmp_path, monkeypatch):
    run = logged(points=[(0, 1.0), (1, 2.0)])
    clone = tmp_path / "clone"
    git("clone", "--quiet", str(repo_dir), str(clone), cwd=tmp_path)
    refs = "refs/experiments/*:refs/gitxp/incoming/origin/*"
    git("fetch", "--quiet", "origin", refs, cwd=clone)
    monkeypatch.chdir(clone)
    assert gitxp.curves(None, "loss", remote="origin")[run.id].tolist() == [1.0, 2.0]
    assert gitxp.curves(None, "loss", x="time", grid=2, remote="origin").shape == (2, 1)


def test_thousand_runs_taken_by_accident_are_answered(repo_dir, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    from many_runs import make_runs

    make_runs(repo_dir, 1000, points=20)
    assert gitxp.curves(None, "metric/0").shape == (20, 1000)
    grouped = gitxp.curves(None, "metric/0", by="params.param2")
    assert grouped.xs("n", axis=1, level="statistic").sum(axis=1).tolist() == [1000] * 20
    reached = gitxp.convergence(None, "metric/0", "50%", goal="min")
    assert len(reached) == 1000
    assert (reached["step"] <= reached["best_step"]).all()


STEPS = st.lists(st.integers(0, 40), min_size=1, max_size=25)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_curves_are_what_history_and_numpy_make_of_the_same_points(steps, chance):
    runs = [logged("any", [(step, chance.uniform(-1, 1)) for step in own]) for own in steps]
    frame = gitxp.curves(runs, "loss")
    points = gitxp.history(runs, "loss", duplicates="last")
    assert frame.index.tolist() == sorted(set(points["step"]))
    for run in runs:
        own = points[points["run"] == run.id].sort_values("step")
        expected = np.interp(frame.index, own["step"], own["value"], left=np.nan, right=np.nan)
        np.testing.assert_allclose(frame[run.id], expected, rtol=1e-12, atol=1e-15)


def test_long_run_of_several_metrics_and_sessions_is_whole():
    """More points than a segment keeps in one row group, beside a metric on either side."""
    with gitxp.start_run("lr") as run:
        for step in range(140_000):
            run.log({"a": 0, "loss": float(step), "z": 1}, step=step)
    with gitxp.start_run(resume=run.id) as again:
        again.log({"loss": -1.0}, step=5)
        again.log({"loss": 7.0}, step=140_000)
    values = gitxp.curves(run, "loss")[run.id]
    expected = np.arange(140_001.0)
    expected[[5, 140_000]] = [-1, 7]
    assert (values.to_numpy() == expected).all()


KILLED = """
import os, signal, gitxp
run = gitxp.start_run("killed", "k")
for step in range(200):
    run.log({"loss": 1 / (step + 1)}, step=step)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_run_that_was_killed_has_every_point_along_steps_and_time(repo_dir):
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=repo_dir, check=False)
    assert done.returncode == -signal.SIGKILL
    for _ in range(2):  # from its journal, and from its record
        frame = gitxp.curves("k", "loss")
        assert len(frame) == 200
        seconds = gitxp.convergence("k", "loss", to=1 / 200)["seconds"].iloc[0]
        times = gitxp.history("k", "loss")["time"]
        passed = times.iloc[-1] - gitxp.get_run("k").started
        assert seconds == pytest.approx(passed.total_seconds())
        subprocess.run([GIT_XP, "recover"], cwd=repo_dir, check=True)
    assert str(gitxp.get_run("k").status) == "crashed"
