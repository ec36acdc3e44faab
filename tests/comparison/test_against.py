"""What is said of a difference: better, worse, within the noise, or that nothing can be said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from measured_runs import measured, rows

from gitxp.comparison.baseline.against import (
    AgainstBaseline,
    against_baseline,
    corrected,
)
from gitxp.comparison.baseline.conclusion import Conclusion
from gitxp.comparison.baseline.stand import Stand, stand_together
from gitxp.comparison.baseline.untested import Untested
from gitxp.model.goal import MetricGoal
from gitxp.model.run import Status
from gitxp.query.outcome import Pair
from gitxp.statistics.difference import differences

MAX, MIN = MetricGoal("max", is_guessed=False), MetricGoal("min", is_guessed=True)
BASE = [0.60, 0.61, 0.62, 0.63]


def compared(mine, theirs=BASE, goal=MAX, **more):
    found = differences([np.array(mine, np.float64)], np.array(theirs, np.float64))
    return against_baseline(found, goal, **more)[0]


@pytest.mark.parametrize(
    ("mine", "theirs", "goal", "conclusion", "reason"),
    [
        ([0.70, 0.71, 0.72], BASE, MAX, Conclusion.BETTER, ""),
        ([0.70, 0.71, 0.72], BASE, MIN, Conclusion.WORSE, ""),
        ([0.50, 0.51, 0.52], BASE, MIN, Conclusion.BETTER, ""),
        ([0.61, 0.62, 0.63], BASE, MAX, Conclusion.WITHIN_THE_NOISE, ""),
        ([0.61, 0.62, 0.63], BASE, None, Conclusion.WITHIN_THE_NOISE, ""),
        (BASE, BASE, MAX, Conclusion.WITHIN_THE_NOISE, ""),
        ([0.9], BASE, MAX, Conclusion.CANNOT_BE_SAID, "one run here"),
        (BASE, [0.9], MAX, Conclusion.CANNOT_BE_SAID, "one run in the baseline"),
        ([], BASE, MAX, Conclusion.CANNOT_BE_SAID, "no run here"),
        ([0.9] * 3, [0.8] * 3, MAX, Conclusion.CANNOT_BE_SAID, "no spread on either side"),
        ([1.0e308, 1.1e308, 1.2e308], BASE, MAX, Conclusion.BETTER, ""),
        ([1.6e308, 1.7e308], [-1.7e308, -1.6e308], MAX, Conclusion.BETTER, ""),
        ([0.3, 0.1 + 0.2], [0.3001] * 2, MAX, Conclusion.CANNOT_BE_SAID, "no spread on either"),
        ([0.70, 0.71, 0.72], BASE, None, Conclusion.CANNOT_BE_SAID, "nothing says which way"),
    ],
)
def test_only_what_can_be_said_is_said(mine, theirs, goal, conclusion, reason):
    found = compared(mine, theirs, goal)
    assert found.conclusion is conclusion
    assert bool(found.reason) == bool(reason)
    assert reason in found.reason


@pytest.mark.parametrize(("goal", "gain"), [(MAX, 0.1), (MIN, -0.1), (None, math.nan)])
def test_a_gain_is_in_the_direction_of_the_metric(goal, gain):
    assert compared([1.1, 1.1], [1.0, 1.0], goal).gain == pytest.approx(gain, nan_ok=True)


def test_what_is_enough_alone_may_be_noise_among_many():
    one, noise = compared([0.64, 0.66, 0.65, 0.62]), compared([0.61, 0.62, 0.60, 0.63])
    assert one.conclusion is Conclusion.BETTER
    together = corrected([one, *[noise] * 9, compared([0.9])])
    assert together[0].conclusion is Conclusion.WITHIN_THE_NOISE
    assert together[0].p_corrected == pytest.approx(10 * one.p_corrected)
    assert [result.comparisons for result in together] == [10] * 11
    assert one.difference.low > 0  # of it alone: beside what is said of all it would be wrong


def test_correcting_again_starts_from_what_was_measured():
    found = [compared([0.64, 0.66, 0.65, 0.62]), compared([0.63, 0.64, 0.65])]
    assert corrected(corrected(found)) == corrected(found)


def test_a_higher_confidence_asks_for_more():
    mine = [0.64, 0.66, 0.65, 0.62]
    assert compared(mine, confidence=0.9).conclusion is Conclusion.BETTER
    assert compared(mine, confidence=0.999).conclusion is Conclusion.WITHIN_THE_NOISE


@pytest.fixture
def made():
    return {
        (lr, seed): measured(0.6 + lr / 10 + seed / 100, lr=lr, seed=seed)
        for lr in (0, 1)
        for seed in range(3)
    }


def stands(runs, *asked, goals=None):
    pairs = [Pair(one.id, other.id, metric) for one, other, metric in asked]
    found = stand_together(rows(*runs), pairs, goals or {})
    return [found.get(pair) for pair in pairs]


def test_a_run_stands_as_its_group_does(made):
    asked = [(made[1, seed], made[0, 2], "acc") for seed in range(3)]
    found = stands(made.values(), *asked)
    assert found[0] == found[1] == found[2]
    against = found[0].against
    assert isinstance(against, AgainstBaseline)
    assert against.difference.difference == pytest.approx(0.1)
    assert (against.difference.n, against.difference.n_against) == (3, 3)
    assert found[0].is_tested
    assert against.conclusion is Conclusion.BETTER  # by the guess that more of `acc` is better


def test_runs_of_one_group_are_one_comparison(made):
    asked = [(made[1, seed], made[0, 2], "acc") for seed in range(3)]
    together, alone = stands(made.values(), *asked), stands(made.values(), asked[0])
    assert together[0] == alone[0]
    assert together[0].against.comparisons == 1


def test_two_runs_ask_the_same_of_each_other(made):
    there, back = stands(
        made.values(), (made[1, 0], made[0, 0], "acc"), (made[0, 0], made[1, 0], "acc")
    )
    assert there.against.comparisons == back.against.comparisons == 1
    assert there.against.p_corrected == back.against.p_corrected
    assert (there.conclusion, back.conclusion) == (Conclusion.BETTER, Conclusion.WORSE)
    assert back.against.difference.mirrored == there.against.difference
    (alone,) = stands(made.values(), (made[0, 0], made[1, 0], "acc"))
    assert alone.against.difference.low == pytest.approx(back.against.difference.low)
    assert alone.against.difference.effect == pytest.approx(back.against.difference.effect)


def test_what_is_shown_together_is_corrected_together(made):
    other = [measured(0.65 + seed / 100, lr=2, seed=seed) for seed in range(3)]
    runs = [*made.values(), *other]
    both = stands(runs, (made[1, 0], made[0, 0], "acc"), (other[1], made[0, 0], "acc"))
    (alone,) = stands(runs, (made[1, 0], made[0, 0], "acc"))
    assert both[0].against.comparisons == 2
    assert both[0].against.p_corrected == pytest.approx(2 * alone.against.p_corrected)


def test_seeds_of_one_experiment_do_not_stand_against_each_other(made):
    (found,) = stands(made.values(), (made[1, 0], made[1, 1], "acc"))
    assert found.against is None
    assert not found.is_tested


def test_a_run_that_is_not_there_stands_nowhere(made):
    gone = measured(0.5)
    there, back = (gone, made[0, 0], "acc"), (made[0, 0], gone, "acc")
    assert stands(made.values(), there, back) == [Stand(Untested.UNKNOWN)] * 2
    assert stands(made.values()) == []


def test_one_run_is_not_tested(made):
    one = measured(0.9, lr=7)
    (found,) = stands([*made.values(), one], (one, made[0, 0], "acc"))
    assert not found.is_tested
    assert found.against.conclusion is Conclusion.CANNOT_BE_SAID


def test_runs_that_did_not_finish_are_no_repetitions(made):
    crashed = measured(0.1, lr=1, seed=9, status=Status.CRASHED)
    asked = [(run, made[0, 0], "acc") for run in (made[1, 0], crashed)]
    found, untested = stands([crashed, *made.values()], *asked, goals={"acc": "min"})
    assert untested == Stand(Untested.UNFINISHED)
    back = stands([crashed, *made.values()], (made[0, 0], crashed, "acc"))
    assert back == [Stand(Untested.BASELINE_UNFINISHED)]
    assert found.against.difference.n == 3
    assert found.against.conclusion is Conclusion.WORSE


def test_of_a_metric_that_no_run_has_no_test_is_made(made):
    assert stands(made.values(), (made[1, 0], made[0, 0], "acuracy")) == [Stand(Untested.UNKNOWN)]


def test_the_run_that_is_asked_about_counts_in_place_of_a_later_one_with_its_seed(made):
    late = measured(0.99, lr=1, seed=0)
    runs = [*made.values(), late]
    early, other, newest = stands(
        runs,
        *((run, made[0, 0], "acc") for run in (made[1, 0], made[1, 1], late)),
    )
    assert early.against.difference.mean == pytest.approx(0.71)
    assert other.against.difference.mean == pytest.approx((0.99 + 0.71 + 0.72) / 3)
    assert newest == other
    assert [(one.left_out.reruns, one.left_out.reruns_against) for one in (early, other)] == [
        (1, 0)
    ] * 2
    (back,) = stands(runs, (made[0, 0], made[1, 0], "acc"))
    assert back.against.difference.mean_against == pytest.approx(0.71)
    assert back.left_out.reruns_against == 1
    assert stands(runs, (made[1, 0], late, "acc")) == [Stand(Untested.REPEATS)]


def test_a_later_run_that_diverged_is_left_out_where_the_earlier_one_is_asked_about(made):
    runs = [*made.values(), measured(math.nan, lr=1, seed=0)]
    early, other = stands(runs, *((made[1, seed], made[0, 0], "acc") for seed in (0, 1)))
    assert (early.against.difference.n, early.left_out.nonfinite) == (3, 0)
    assert (other.against.difference.n, other.left_out.nonfinite) == (2, 1)


def test_a_run_in_place_of_its_rerun_is_tested_apart_and_so_counted(made):
    older, newer = (measured(value, lr=1, seed=9) for value in (0.71, 0.75))
    runs = [*made.values(), older, newer]
    asked = [(one, made[0, 0], "acc") for one in (older, newer, made[1, 0])]
    found = stands(runs, *asked)
    assert [one.against.comparisons for one in found] == [2, 2, 2]
    assert found[0].against.difference.p_welch != found[1].against.difference.p_welch
    assert found[1] == found[2]
