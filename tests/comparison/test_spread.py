"""What groups of runs measured, and what is left out of it."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from measured_runs import measured, rows

from gitxp.comparison.baseline.conclusion import Conclusion
from gitxp.comparison.groups.group_frame import group_frame
from gitxp.comparison.groups.measured import find_measure
from gitxp.comparison.groups.spread import Settled, against_group, spread_of
from gitxp.errors import InvalidValue, UnknownMetric
from gitxp.model.run import Status

MAX = {"acc": "max"}


def spread(*runs, metric="acc", goals=MAX, **more):
    return spread_of(rows(*runs), metric, goals, **more)


def only(*runs, **more):
    (found,) = spread(*runs, **more).groups
    return found


def test_what_is_not_finite_is_counted_apart():
    found = only(*(measured(one) for one in (0.5, 0.7, math.nan, math.inf, -math.inf)))
    assert (found.summary.n, found.nonfinite) == (2, 3)
    assert found.summary.mean == pytest.approx(0.6)


def test_all_nan_is_a_group_without_numbers():
    found = only(measured(math.nan), measured(math.nan))
    assert (found.summary.n, found.nonfinite) == (0, 2)
    assert math.isnan(found.summary.mean)
    assert math.isnan(found.interval.low)


def test_the_largest_of_a_series_of_nan_is_not_finite():
    found = only(measured(math.nan), measured(0.5), metric="acc:max")
    assert (found.summary.n, found.nonfinite) == (1, 1)


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.FINISHED])
def test_only_finished_runs_count_and_the_others_are_told(status):
    runs = measured(0.5), measured(0.9, status=status)
    found = only(*runs)
    assert (found.summary.n, found.unfinished) == (1, 1)
    found = only(*runs, settled=Settled(only_finished=False))
    assert (found.summary.n, found.unfinished) == (2, 0)


def test_a_group_of_which_no_run_finished_is_there_all_the_same():
    runs = measured(0.5, lr=1), measured(0.9, lr=2, status=Status.CRASHED)
    assert [(one.summary.n, one.unfinished) for one in spread(*runs).groups] == [(1, 0), (0, 1)]


def test_runs_without_the_metric_are_passed_over():
    found = only(measured(0.5), measured({"loss": 1.0}), measured(None))
    assert (found.summary.n, found.nonfinite, found.unfinished) == (1, 0, 0)


def test_one_run_has_a_mean_and_no_interval():
    found = only(measured(0.5))
    assert (found.summary.n, found.summary.mean) == (1, 0.5)
    assert math.isnan(found.interval.low)


@pytest.mark.parametrize(
    ("goals", "order"), [({"x": "max"}, [3, 2, 1]), ({"x": "min"}, [1, 2, 3]), ({}, [2, 3, 1])]
)
def test_the_best_group_comes_first_where_there_is_a_best(goals, order):
    runs = [measured({"x": float(lr)}, lr=lr) for lr in (2, 3, 1)]
    found = spread(*runs, measured({"x": math.nan}, lr=9), metric="x", goals=goals)
    assert [one.group.key["params.lr"] for one in found.groups] == [*order, 9]


def test_any_summary_of_a_metric_can_be_asked_for():
    assert find_measure(rows(measured(0.5)), "acc:min", MAX).column == "metrics.acc:min"
    assert find_measure(rows(measured(0.5)), "acc:last", MAX).column == "metrics.acc"
    assert find_measure(rows(measured(0.5)), "acc:count", MAX).goal is None
    assert find_measure(rows(measured({"a:b": 1.0})), "a:b", {}).column == 'metrics["a:b"]'
    assert find_measure(rows(measured({"val/*": 1.0, "val/a": 1.0})), "val/*", {}).metric == "val/*"


def test_where_none_is_asked_for_it_is_the_metric_that_people_look_at_first():
    run = measured({"grad": 1.0, "loss": 2.0, "zeta": 3.0})
    assert find_measure(rows(run), None, {}).metric == "loss"
    assert find_measure(rows(run), None, {"zeta": "max"}).metric == "zeta"


def test_a_metric_that_no_run_has_is_refused_with_the_nearest():
    found = rows(measured({"val/accuracy": 1.0, "val/loss": 2.0}))
    with pytest.raises(UnknownMetric) as caught:
        find_measure(found, "val/acuracy", {})
    assert caught.value.hint == "did you mean 'val/accuracy'?"
    with pytest.raises(InvalidValue, match=r"'val/\*' means 2 metrics: expected one") as several:
        find_measure(found, "val/*", {})
    assert several.value.hint == "one of: 'val/accuracy', 'val/loss'"


@pytest.mark.parametrize("found", [rows(), rows(measured(None))])
@pytest.mark.parametrize("metric", [None, "acc"])
def test_where_no_run_has_a_metric_that_is_said(found, metric):
    with pytest.raises(UnknownMetric, match=r"no (selected )?run has "):
        spread_of(found, metric, {})


@pytest.mark.parametrize(
    "wrong",
    [{"interval": "normal"}, {"confidence": 95}, {"confidence": 0}, {"confidence": math.nan},
     {"resamples": 10}, {"resamples": 10**9}],
    ids=str,
)  # fmt: skip
def test_what_no_statistics_can_be_made_with_is_refused(wrong):
    with pytest.raises(InvalidValue, match=next(iter(wrong))):
        Settled(**wrong)


def two_groups(mine, theirs, **more):
    made = [measured(float(one), lr=2, seed=at, **more) for at, one in enumerate(mine)]
    base = [measured(float(one), lr=1, seed=at, **more) for at, one in enumerate(theirs)]
    return made, base


def against(mine, theirs, **more):
    made, base = two_groups(mine, theirs)
    found = against_group(spread(*made, *base, **more), base[0].id, rows(*made, *base))
    (compared,) = [one.against for one in found.groups if one.against is not None]
    return compared


@pytest.mark.parametrize(
    ("mine", "goals", "conclusion"),
    [
        ([0.90, 0.91, 0.92], MAX, Conclusion.BETTER),
        ([0.90, 0.91, 0.92], {"acc": "min"}, Conclusion.WORSE),
        ([0.50, 0.70, 0.90], MAX, Conclusion.WITHIN_THE_NOISE),
        ([0.50], MAX, Conclusion.CANNOT_BE_SAID),
    ],
)
def test_a_group_is_judged_against_that_of_the_baseline(mine, goals, conclusion):
    assert against(mine, [0.60, 0.61, 0.62], goals=goals).conclusion is conclusion


def test_a_baseline_among_runs_that_were_not_selected_is_found_with_its_seeds():
    made, base = two_groups([0.90, 0.91, 0.92], [0.60, 0.61, 0.62])
    found = against_group(spread(*made), base[2].id, rows(*base, *made))
    assert found.groups[0].against.conclusion is Conclusion.BETTER
    assert len(found.baseline.runs) == 3


def test_runs_of_the_baselines_own_group_are_not_compared_with_themselves():
    made, base = two_groups([0.90, 0.91, 0.92], [0.60, 0.61, 0.62])
    found = against_group(spread(*made, base[0]), base[2].id, rows(*base, *made))
    compared = {one.group.key["params.lr"]: one.against for one in found.groups}
    assert compared[1] is None
    assert compared[2].difference.n_against == 3


def test_a_baseline_without_the_metric_allows_no_statement():
    made, _ = two_groups([0.90, 0.91], [])
    other = measured({"loss": 1.0}, lr=1)
    found = against_group(spread(*made), other.id, rows(*made, other))
    compared = found.groups[0].against
    assert compared.conclusion is Conclusion.CANNOT_BE_SAID
    assert compared.reason.startswith("no run in the baseline")


def test_a_thousand_groups_are_corrected_for_all_of_them():
    chance = np.random.default_rng(0)
    runs = [
        measured(float(chance.normal(0.5, 0.1)), lr=lr, seed=seed)
        for lr in range(250)
        for seed in range(4)
    ]
    found = against_group(spread(*runs, settled=Settled(resamples=200)), runs[0].id, rows(*runs))
    compared = [one.against for one in found.groups if one.against is not None]
    assert len(compared) == 249
    assert {one.comparisons for one in compared} == {249}
    # By chance alone some are far off; none is taken for more than that.
    assert min(one.difference.p_welch for one in compared) < 0.05
    assert {one.conclusion for one in compared} == {Conclusion.WITHIN_THE_NOISE}


def test_groups_of_unequal_size_are_one_frame():
    made = [measured(0.5 + at / 100, lr=1, seed=at) for at in range(7)]
    made += [measured(0.7, lr=2), measured(0.6, lr="auto", status=Status.RUNNING)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = group_frame(spread(*made), rows(*made))
    assert frame["n"].tolist() == [1, 7, 0]
    assert frame["params.lr"].tolist() == [2, 1, "auto"]
    assert frame["runs"].map(len).tolist() == [1, 7, 1]
    assert frame["unfinished"].tolist() == [0, 0, 1]
    assert frame[["mean", "low", "high", "std"]].dtypes.eq("float64").all()


def test_the_same_seed_again_is_no_further_evidence():
    runs = [
        measured(0.5, seed=1),
        measured(0.6, seed=2),
        measured(0.9, seed=1),  # made later, and so the one that counts
        measured(0.1, seed=1, status=Status.CRASHED),
    ]
    for order in (runs, runs[::-1]):
        found = only(*order)
        assert (found.summary.n, found.reruns, found.unfinished) == (2, 1, 1)
        assert found.summary.mean == pytest.approx(0.75)


@pytest.mark.parametrize(
    "runs",
    [
        [measured(0.5), measured(0.6)],
        [measured(0.5, seeds={"a": 1, "b": 1}), measured(0.6, seeds={"a": 1, "b": 2})],
        [measured(0.5, seed=1, depth=1), measured(0.6, seed=1, depth=2)],
        [measured(0.5, seed=1), measured(0.6, seed=1, data={"mnist": "v2"})],
    ],
    ids=["no seed", "another seed", "other params", "other data"],
)
def test_runs_that_differ_in_anything_are_no_reruns(runs):
    found = only(*runs, by=[])
    assert (found.summary.n, found.reruns) == (2, 0)


def test_seed_that_was_run_again_after_an_edit_counts_once_where_code_is_passed_over():
    edited = [measured(0.5, seed=1), measured(0.6, seed=1, tree="b" * 40)]
    found = only(*edited, by="params")
    assert (found.summary.n, found.reruns) == (1, 1)
