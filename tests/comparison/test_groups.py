"""Runs are in one group that differ in nothing but seeds, or have the same in the columns asked."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_runs import measured, rows

from gitxp.comparison.groups.groups import find_groups, group_labels
from gitxp.comparison.groups.spelling import spelled_keys
from gitxp.errors import UnknownColumn
from gitxp.text import cell, number


def sizes(*runs, by=None):
    return [len(one.runs) for one in find_groups(rows(*runs), by).groups]


def test_runs_that_differ_by_seeds_alone_are_one_group():
    one = find_groups(
        rows(
            measured(0.1, lr=0.1, seed=1, seeds={"torch": 1}),
            measured(0.2, lr=0.1, seed=2, seeds={"torch": 2}, model={"random_state": 5}),
            measured(0.3, lr=0.1),
        )
    )
    assert [len(group.runs) for group in one.groups] == [3]
    assert one.columns == ()
    assert one.groups[0].label == ""


def test_groups_come_as_their_first_runs_do_and_say_what_tells_them_apart():
    runs = [measured(0.1, lr=lr, opt="sgd", seed=at) for at, lr in enumerate([0.3, 0.1, 0.3])]
    found = find_groups(rows(*runs))
    assert found.columns == ("params.lr",)
    assert [one.label for one in found.groups] == ["lr=0.3", "lr=0.1"]
    assert [one.runs for one in found.groups] == [(runs[0].id, runs[2].id), (runs[1].id,)]
    assert [one.places for one in found.groups] == [(0, 2), (1,)]
    assert [dict(one.key) for one in found.groups] == [{"params.lr": 0.3}, {"params.lr": 0.1}]


def test_other_code_or_other_data_is_another_group():
    assert sizes(measured(0.1), measured(0.1, tree="b" * 40)) == [1, 1]
    found = find_groups(rows(measured(0.1, data={"mnist": "v1"}), measured(0.1)))
    assert [one.label for one in found.groups] == ["data.mnist=v1", ""]


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        (1, 1.0, True),
        (0.0, -0.0, True),
        (math.nan, math.nan, True),
        (1, True, False),
        (1, "1", False),
        (None, "None", False),
        ([1, 2], [1, 2], True),
        ([1, 2], [2, 1], False),
        (2**70, 2**70 + 1, False),
        (2**53, 2**53 + 1, False),
        ("a", "b", False),
    ],
)
def test_values_are_the_same_as_in_a_frame(one, other, are_same):
    assert len(sizes(measured(0.1, x=one), measured(0.1, x=other))) == (1 if are_same else 2)


def test_a_param_that_is_none_is_not_one_that_is_missing():
    found = find_groups(rows(measured(0.1, x=None), measured(0.1)))
    assert [dict(one.key) for one in found.groups] == [{"params.x": None}, {}]


def test_runs_may_be_grouped_by_any_columns():
    runs = [
        measured(0.1, lr=lr, depth=depth, tree=tree * 40)
        for lr in (0.1, 0.2)
        for depth in (1, 2)
        for tree in "ab"
    ]
    assert sizes(*runs) == [1] * 8
    assert sizes(*runs, by="params.lr") == [4, 4]
    assert sizes(*runs, by=["params.lr", "code_tree"]) == [2] * 4
    assert sizes(*runs, by="params") == [2] * 4
    assert sizes(*runs, by=[]) == [8]
    assert sizes(*runs, by=["params.lr", "params"]) == [2] * 4


def test_a_seed_may_be_asked_for():
    runs = [measured(0.1, seed=seed, seeds={"torch": seed % 2}) for seed in range(4)]
    assert sizes(*runs, by="params.seed") == [1] * 4
    assert sizes(*runs, by="seeds.torch") == [2] * 2
    assert sizes(*runs, by="params") == [4]


def test_a_column_that_no_run_has_is_refused_with_the_nearest():
    with pytest.raises(UnknownColumn, match=r"params\.depht") as caught:
        find_groups(rows(measured(0.1, depth=3)), "params.depht")
    assert "params.depth" in caught.value.hint


def test_no_runs_are_no_groups():
    assert find_groups(rows(), "params.lr").groups == []
    assert len(find_groups(rows())) == 0


def test_thousands_of_params_are_grouped_by():
    runs = [
        measured(0.1, **{f"p{at}": at if at % 7 else number % 4 for at in range(3000)})
        for number in range(40)
    ]
    found = find_groups(rows(*runs))
    assert [len(one.runs) for one in found.groups] == [10] * 4
    assert len(found.columns) == 429


VALUES = st.sampled_from([0, 1, 1.0, 0.5, "a", True, None, (1,), math.inf])
PARAMS = st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3)


@given(st.lists(PARAMS, max_size=12))
def test_groups_are_those_of_plain_python(params):
    expected: dict[object, list[int]] = {}
    for place, one in enumerate(params):
        # True is 1 to Python, and is not here.
        key = frozenset((name, type(x) is bool, x) for name, x in one.items())
        expected.setdefault(key, []).append(place)
    found = find_groups(rows(*(measured(0.1, **one) for one in params)))
    assert [list(one.places) for one in found.groups] == list(expected.values())


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.1, 0.5, "a"], ["0.1", "0.5", "a"]),
        ([None, "None", "'None'"], ["None", "'None'", "\"'None'\""]),
        ([0.1, 0.1 + 1e-6, "0.1", "0.100001"], ["0.1", "0.100001", "'0.1'", "'0.100001'"]),
        ([1e300, 1e300 * (1 + 1e-12)], ["1e+300", "1.000000000001e+300"]),
        ([[1], "[1]", True, "True"], ["[1]", "'[1]'", "True", "'True'"]),
        (["a  b", "a b"], [r"'a\x20 b'", "'a b'"]),
        ([2.0**60, 2.0**60 + 512], ["1.152921504606847e+18", "1.1529215046068475e+18"]),
    ],
)
def test_values_that_would_look_alike_are_spelled_so_that_they_do_not(values, texts):
    found = find_groups(rows(*(measured(0.1, x=one) for one in values)), "params.x")
    assert group_labels(found.groups, found.columns) == [f"x={text}" for text in texts]


def test_ids_that_begin_alike_are_whole():
    ids = ["a" * 40, "b" * 40, f"{'b' * 7}{'c' * 33}"]
    assert spelled_keys("code_tree", ids) == ["a" * 7, *ids[1:]]


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text("a'\"\\ 01=\t\u200b\u3164", max_size=4),
    st.lists(st.integers(0, 1), max_size=2),
)


@st.composite
def params_that_look_alike(draw):
    """Return the params of runs, of whose values some are the text of others."""
    pool = draw(st.lists(PLAIN, min_size=1, max_size=4))
    pool += [one + one * 1e-9 for one in pool if isinstance(one, float)]
    pool += [str(one) for one in pool] + [number(one) for one in pool if isinstance(one, float)]
    pool += [repr(one) for one in pool]
    pool += [f"{one} y=1" for one in pool] + ["1 without y", "without y"]
    return draw(st.lists(st.dictionaries(st.sampled_from("xyz"), st.sampled_from(pool))))


@given(params_that_look_alike())
def test_no_two_groups_are_called_the_same(params):
    found = find_groups(rows(*(measured(0.1, **one) for one in params)), "params")
    labels = [cell(one) for one in group_labels(found.groups, found.columns)]
    assert len({*labels}) == len(labels)
