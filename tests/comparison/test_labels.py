"""Each group of runs has a label of its own, its value where no other group has that."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_runs import measured, rows

from gitxp.comparison.groups.groups import find_groups
from gitxp.comparison.groups.labels import grouped_by

ABSENT = object()


def made(values):
    """Return rows of runs that have each value as a param, or none."""
    return rows(*(measured(0.1, **({} if one is ABSENT else {"a": one})) for one in values))


def labels_of(values):
    """Return the label of each run."""
    found = made(values)
    labels = grouped_by(found, "params.a", "acc").of_run
    return [labels[key.id][0] for key in found.keys]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([True, 1, 0.5, None, ABSENT], ["True", 1, 0.5, "None", None]),
        ([True, 1, "True"], ["bool True", 1, "True"]),
        ([True, 1, "True", "bool True"], ["bool bool True", 1, "True", "bool True"]),
        ([None, "None", ABSENT], ["NoneType None", "None", None]),
        ([[1], "[1]"], ["list [1]", "[1]"]),
        ([[1], "[2]"], ["[1]", "[2]"]),
        ([(1,), (True,), (1.0,)], [(1,), "(True,)", "(1.0,)"]),
        ([2.0**70, 2**70], [2.0**70, str(2**70)]),
    ],
)
def test_label_is_the_value_or_text_that_no_other_value_is(values, labels):
    *found, _ = labels_of([*values, "more"])
    assert [(type(one), one) for one in found] == [(type(one), one) for one in labels]


VALUES = [True, False, 0, 1, 1.0, 0.5, 2**70, 2.0**70, math.nan, None, (1,), (True,), [1], "a"]
TEXTS = [prefix + str(one) for prefix in ("", "bool ", "list ", "NoneType ") for one in VALUES]


@given(st.lists(st.sampled_from([*VALUES, *TEXTS, ABSENT]), min_size=2, max_size=12))
def test_groups_of_one_column_have_labels_of_their_own(values):
    found = made([*values, "more"])
    groups = find_groups(found, "params.a").groups
    labels = grouped_by(found, "params.a", "acc").of_run
    of_group = [{labels[run] for run in group.runs} for group in groups]
    assert all(len(one) == 1 for one in of_group)
    assert len(set.union(*of_group)) == len(groups)
