"""A run passes where it is no worse, or better by so much, and noise is no gain."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_runs import measured, rows
from scipy.stats import ttest_ind

from gitxp.comparison.baseline.beside_seeds import beside_seeds
from gitxp.comparison.baseline.gain import Gain, parse_gain
from gitxp.comparison.baseline.gate import GateQuestion, answer_gate
from gitxp.errors import CannotCompare, InvalidValue, UnknownMetric
from gitxp.model.run import Status

NOISY = [0.80, 0.81, 0.79, 0.805, 0.795]
finite = st.floats(-1e6, 1e6)


def repeated(values, **params):
    """Runs that differ by seeds alone."""
    return [
        measured(float(value), seeds={"seed": seed}, data={"digits": "1"}, **params)
        for seed, value in enumerate(values)
    ]


def answer(ours, theirs, *, gain=None, goal="max", **asked):
    found = rows(*ours, *theirs)
    question = GateQuestion(["acc"], None if gain is None else parse_gain(gain), **asked)
    goals = {"acc": goal} if goal else {}
    (one,) = answer_gate(found, 0, len(ours), question, goals, beside_seeds(ours[0], theirs[0]))
    return one


def repetition(runs, question, run=0, against=1):
    """Return the answer of a run against another one of its own group."""
    beside = beside_seeds(runs[run], runs[against])
    (one,) = answer_gate(rows(*runs), run, against, question, {"acc": "max"}, beside)
    return one


def alone(value, against, **asked):
    return answer([measured(value, lr=1)], [measured(against, lr=2)], **asked)


@pytest.mark.parametrize(
    ("value", "gain", "goal", "passes"),
    [
        (0.8, None, "max", True),
        (0.81, None, "max", True),
        (0.79, None, "max", False),
        (0.79, None, "min", True),
        (0.81, None, "min", False),
        (0.79, "-0.01", "max", True),
        (0.79, "-2%", "max", True),
        (0.78, "-2%", "max", False),
        (0.81, "0.01", "max", True),
        (0.81, "0.011", "max", False),
        (0.79, "0.01", "min", True),
        (0.81, "1%", "max", True),
        (0.81, "2%", "max", False),
        (0.8, "0", "max", True),
    ],
)
def test_one_run_on_either_side_is_compared_by_its_value(value, gain, goal, passes):
    found = alone(value, 0.8, gain=gain, goal=goal)
    assert (found.passes, found.is_by_seeds) == (passes, False)
    assert (found.found.difference.n, found.found.difference.n_against) == (1, 1)


@pytest.mark.parametrize(
    ("shift", "gain", "passes"),
    [
        (0.001, None, True),
        (-0.001, None, True),
        (-0.05, None, False),
        (0.001, "0.0005", False),
        (0.05, "0.04", True),
        (0.05, "0.06", False),
        (0.05, "5%", True),
        (0.05, "7%", False),
        (-0.05, "-0.07", True),
        (-0.05, "-0.06", False),  # the interval reaches below that
        (-0.05, "-0.04", False),
        (0.0, "0", False),
    ],
)
def test_over_seeds_a_difference_within_the_noise_is_none(shift, gain, passes):
    ours, theirs = repeated([one + shift for one in NOISY], lr=1), repeated(NOISY, lr=2)
    found = answer(ours, theirs, gain=gain, seeds=5)
    assert (found.passes, found.is_by_seeds) == (passes, True)
    assert found.found.gain == pytest.approx(shift)
    p_value = ttest_ind([one + shift for one in NOISY], NOISY, equal_var=False).pvalue
    assert found.found.p_corrected == pytest.approx(p_value)


def test_margin_is_kept_by_the_whole_interval_whichever_way_is_better():
    for sign, goal in ((1, "max"), (-1, "min")):
        ours = repeated([sign * (one - 0.05) for one in NOISY], lr=1)
        theirs = repeated([sign * one for one in NOISY], lr=2)
        found = answer(ours, theirs, gain="-0.062", goal=goal)
        low, high = ttest_ind(
            [one - 0.05 for one in NOISY], NOISY, equal_var=False
        ).confidence_interval(0.95)
        assert found.least_gain == pytest.approx(low)
        assert found.largest_gain == pytest.approx(high)
        assert found.passes == (low >= -0.062)


def test_one_lucky_seed_does_not_speak_for_the_others():
    ours = repeated([0.95, 0.7, 0.7, 0.7, 0.7], lr=1)
    found = answer(ours, [measured(0.9, lr=2)])
    assert (found.value, found.passes) == (pytest.approx(0.75), False)
    assert (found.found.difference.n, found.found.difference.n_against) == (5, 1)


def test_level_decides_what_is_noise():
    ours, theirs = repeated([one + 0.012 for one in NOISY], lr=1), repeated(NOISY, lr=2)
    p_value = answer(ours, theirs).found.p_corrected
    assert 0.01 < p_value < 0.1
    assert answer(ours, theirs, gain="0.01", level=0.1).passes
    assert not answer(ours, theirs, gain="0.01", level=0.01).passes


@given(finite, finite, finite)
def test_more_is_asked_for_and_never_more_passes(value, against, gain):
    less, more = sorted([gain, gain + 1])
    if alone(value, against, gain=str(more)).passes:
        assert alone(value, against, gain=str(less)).passes


@given(finite, finite)
def test_of_two_different_runs_just_one_is_no_worse_and_the_goal_turns_it(value, against):
    there, back = alone(value, against).passes, alone(against, value).passes
    assert there or back
    assert (there and back) == (value == against)
    assert alone(value, against, goal="min").passes == back


@given(st.lists(finite, min_size=3, max_size=6), st.randoms())
def test_order_of_runs_does_not_matter(values, chance):
    shuffled = list(values)
    chance.shuffle(shuffled)
    theirs = repeated(NOISY, lr=2)
    one, other = answer(repeated(values, lr=1), theirs), answer(repeated(shuffled, lr=1), theirs)
    assert one.passes == other.passes
    assert one.value == pytest.approx(other.value)


def test_same_seed_counts_once_and_runs_without_any_seed_each():
    theirs = repeated(NOISY, lr=2)
    same = [measured(0.9, seeds={"seed": 7}, lr=1) for _ in range(3)]
    assert answer(same, theirs).found.difference.n == 1
    with pytest.raises(CannotCompare, match="was trained with 1 seed: expected at least 3"):
        answer(same, theirs, seeds=3)
    assert answer([measured(0.9, lr=1) for _ in range(3)], theirs).found.difference.n == 3
    param = [measured(0.9 + seed / 100, lr=1, random_state=seed) for seed in range(3)]
    assert answer(param, theirs).found.difference.n == 3


def test_run_and_baseline_count_in_place_of_later_runs_with_their_seeds():
    ours = [measured(0.5, seeds={"seed": 0}, lr=1), measured(0.99, seeds={"seed": 0}, lr=1)]
    theirs = [*repeated([0.8, 0.9], lr=2), *repeated([0.1], lr=2)]
    found = answer(ours, theirs)
    assert (found.value, found.against) == (0.5, pytest.approx(0.85))
    assert (found.passes, found.reruns, found.left_out) == (False, 2, 0)
    found = answer(ours[::-1], theirs[::-1])
    assert (found.value, found.against) == (0.99, pytest.approx(0.5))


def test_a_later_run_of_a_seed_that_diverged_is_told_as_left_out():
    ours = [measured(0.9, seeds={"seed": 7}, lr=1), measured(math.nan, seeds={"seed": 7}, lr=1)]
    found = answer(ours, [measured(0.8, lr=2)])
    assert (found.value, found.reruns) == (0.9, 1)


def test_seeds_that_are_lists_are_seeds():
    ours = [measured(0.9 + one / 100, lr=1, seeds_used=0, seed=[one, one]) for one in range(3)]
    assert answer(ours, repeated(NOISY, lr=2)).found.difference.n == 3


def test_seeds_that_changed_nothing_leave_no_noise():
    found = answer(repeated([0.9] * 3, lr=1), repeated([0.8] * 3, lr=2), gain="0.05", seeds=3)
    assert (found.passes, found.is_by_seeds, found.found.difference.n) == (True, False, 3)


def test_runs_that_did_not_finish_repeat_nothing_and_are_no_side():
    failed = measured(0.1, status=Status.FAILED, seeds={"seed": 9}, lr=1)
    ours, theirs = [measured(0.9, seeds={"seed": 1}, lr=1), failed], repeated(NOISY, lr=2)
    assert answer(ours, theirs).found.difference.n == 1
    with pytest.raises(CannotCompare, match="is failed: expected one that finished"):
        answer([failed], theirs)
    with pytest.raises(CannotCompare, match="is failed: expected one that finished"):
        answer(theirs, [failed])


def test_older_runs_of_one_seed_are_still_seen_to_repeat_the_same():
    runs = [measured(0.8, seeds={"seed": 1}) for _ in range(3)]
    with pytest.raises(CannotCompare, match="trained with 1 seed: expected at least 2"):
        repetition(runs, GateQuestion(["acc"], seeds=2))
    found = repetition(runs, GateQuestion(["acc"]))
    assert (found.repeats, found.passes) == (True, True)


@pytest.mark.parametrize(
    ("run", "against", "gain", "passes"),
    [
        (1, 0, None, True),
        (0, 1, None, True),
        (0, 1, "-1%", False),
        (0, 1, "-0.2", True),
        (1, 0, "0", True),
        (0, 1, "0", False),
        (1, 0, "0.2", False),
    ],
)
def test_nothing_is_held_against_another_seed_but_a_gain_that_is_asked_for(
    run, against, gain, passes
):
    runs = repeated([0.8, 0.9, 0.7])
    wanted = None if gain is None else parse_gain(gain)
    for seeds in (1, 3):
        question = GateQuestion(["acc"], wanted, seeds=seeds)
        found = repetition(runs, question, run, against)
        assert (found.by_seeds_alone, found.passes, found.is_by_seeds) == (True, passes, False)
        assert (found.value, found.against) == ((0.9, 0.8) if run else (0.8, 0.9))
    with pytest.raises(CannotCompare, match="trained with 3 seeds: expected at least 4"):
        repetition(runs, GateQuestion(["acc"], wanted, seeds=4), run, against)


@pytest.mark.parametrize(
    ("seed", "environment", "differing", "seeds"),
    [
        ({}, {"packages": {"numpy": "2.0"}}, ["packages.numpy"], "different"),
        ({}, {"packages": {"numpy": "1.0", "ml": "1"}}, ["packages.ml"], "different"),
        ({}, {"python": {"version": "3.99"}}, ["python.version"], "different"),
        ({}, {"cpu": {"count": 2}}, ["hardware.cpu.count"], "different"),
        ({}, {"accelerators": [{"name": "H100"}]}, ["hardware.gpu"], "different"),
        ({"seeds": {"seed": 0}}, {}, [], "same"),
        ({"seeds": {}}, {}, [], "not recorded"),
    ],
)
def test_a_repetition_that_differs_in_more_than_seeds_is_held_to_its_value(
    seed, environment, differing, seeds
):
    known = {
        "packages": {"numpy": "1.0"},
        "python": {"version": "3.12", "executable": "/here/python"},
        "cpu": {"count": 1},
    }
    first, second = (replace(one, environment=known) for one in repeated([0.8, 0.7]))
    moved = known | {"python": {"version": "3.12", "executable": "/there/python"}}
    elsewhere = replace(second, environment=moved, host="elsewhere")
    assert repetition([elsewhere, first], GateQuestion(["acc"])).passes
    worse = replace(second, environment=known | environment, **seed)
    beside = beside_seeds(worse, first)
    assert (list(beside.differing), beside.seeds) == (differing, seeds)
    found = repetition([worse, first], GateQuestion(["acc"]))
    assert (found.repeats, found.by_seeds_alone, found.passes) == (True, False, False)
    assert repetition([first, worse], GateQuestion(["acc"])).passes
    assert repetition([worse, first], GateQuestion(["acc"], parse_gain("-0.2"))).passes


def test_a_repetition_is_no_answer_where_one_of_the_group_diverged():
    runs = repeated([0.8, 0.9, math.nan])
    with pytest.raises(CannotCompare, match="1 came out with 'acc' NaN or infinite"):
        repetition(runs, GateQuestion(["acc"]), 1, 0)


def test_of_many_that_diverged_some_are_named():
    ours = repeated([0.9, *[math.nan] * 12], lr=1)
    with pytest.raises(CannotCompare) as caught:
        answer(ours, repeated(NOISY, lr=2))
    named = ", ".join(one.id.short for one in ours[1:11])
    assert f", 12 came out with 'acc' NaN or infinite ({named} and 2 more)" in str(caught.value)


SEEDED = "train those seeds again, for of each the newest counts; or "
OTHER = "compare another metric that is finite in all of them: --metric NAME"


@pytest.mark.parametrize(
    ("seeds", "hint"),
    [
        ([{"seed": 1}, {"seed": 2}], SEEDED + OTHER),
        ([{}, {}], OTHER),
        ([{"seed": 1}, {}], OTHER),
    ],
)
def test_nobody_is_told_to_take_away_what_diverged(seeds, hint):
    ours = [measured(0.9, seeds={"seed": 0} if seeds[0] else {}, lr=1)]
    ours += [measured(math.nan, seeds=one, lr=1) for one in seeds]
    with pytest.raises(CannotCompare) as caught:
        answer(ours, repeated(NOISY, lr=2))
    assert caught.value.hint == hint
    again = [measured(0.8, seeds=one, lr=1) for one in seeds]
    if hint != OTHER:
        assert answer([*ours, *again], repeated(NOISY, lr=2)).found.difference.n == 3


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_value_that_is_not_finite_is_no_answer(value):
    with pytest.raises(CannotCompare, match="expected a finite number"):
        alone(value, 0.8)
    with pytest.raises(CannotCompare, match="expected a finite number"):
        alone(0.8, value)
    with pytest.raises(CannotCompare, match="expected a finite number"):
        answer(repeated([0.9, 0.9, value], lr=1), repeated(NOISY, lr=2))


def test_what_nobody_has_or_nobody_knows_the_way_of_is_no_answer():
    with pytest.raises(CannotCompare, match="has no 'acc'"):
        answer([measured({"loss": 1.0}, lr=1)], [measured(0.8, lr=2)])
    with pytest.raises(UnknownMetric):
        answer([measured({"loss": 1.0}, lr=1)], [measured({"loss": 0.8}, lr=2)])
    runs = [measured({"zeta": 1.0}, lr=1), measured({"zeta": 0.8}, lr=2)]
    with pytest.raises(InvalidValue, match="higher or lower values of 'zeta' are better"):
        repetition(runs, GateQuestion(["zeta"]))
    assert repetition(runs, GateQuestion(["zeta"], goal="max")).passes


def test_gain_in_percent_is_of_the_size_of_the_other_and_of_nothing_no_answer():
    assert alone(-0.98, -1.0, gain="2%").passes
    assert not alone(-0.99, -1.0, gain="2%").passes
    with pytest.raises(CannotCompare, match="a gain of 1% cannot be told of a baseline of 0"):
        alone(0.9, 0.0, gain="1%")


@pytest.mark.parametrize("text", ["", "%", "much", "nan", "inf", "1e999", "1%%"])
def test_gain_that_is_none_is_refused(text):
    with pytest.raises(ValueError):
        parse_gain(text)


def test_gain_is_spelled_as_it_was_typed():
    assert [str(parse_gain(one)) for one in ("0.01", "1%", "-2.5%")] == ["0.01", "1%", "-2.5%"]
    assert Gain(1, is_share=True) == parse_gain("1%")
