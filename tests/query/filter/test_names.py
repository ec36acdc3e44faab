"""Every column of runs is a field of filters, and the field names that column."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitxp.model.names import METRIC_REDUCERS
from gitxp.query.columns import column, parse_column, reduced
from gitxp.query.filter.expression import parse_filter
from gitxp.query.filter.fields import OWN_FIELDS, spelled
from gitxp.query.filter.values import values_of

ZONES = st.none() | st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
NAMES = st.one_of(
    st.text(min_size=1),
    st.text("ab.:/-'\"[]\\ \u00e9\u5024\U0001f600\ud83d\udcff\n", min_size=1),
    st.sampled_from(["and", "not", "in", "is", "has", "None", "True", "nan", "r", "min", "last"]),
)
PLAIN_KEYS = st.one_of(
    NAMES, st.integers(), st.floats(), st.booleans(), st.none(), st.binary(), st.dates(),
    st.times(timezones=ZONES), st.datetimes(timezones=ZONES),
)  # fmt: skip
KEYS = st.recursive(PLAIN_KEYS, lambda keys: st.lists(keys, max_size=3).map(tuple), max_leaves=6)
PATHS = st.lists(KEYS, min_size=1, max_size=4)
FIELDS = st.sampled_from(["params", "tags", "data", "seeds"])


def field_of(text):
    """Return the column that a text names as a field, on either side of an operator."""
    left = parse_filter(f"{text} == 1").root.operands[0]
    right = parse_filter(f"1=={text}").root.operands[1]
    assert left.column == right.column or repr(left.column) == repr(right.column)
    return left.column.name


def is_chosen_by(text, name):
    return parse_filter(f"{text} == 1").select({name: values_of([1, 2])}, 2).tolist()


@given(FIELDS, PATHS)
@example("params", ("a.b", "a", "", 'a"]', "[1]", 1, True, None, b"]", ("x]", (1,))))
@example("params", (float("nan"), float("inf"), -float("inf"), -0.0, -1))
@example("params", ("\ud83d\ude00\\",))
def test_column_to_field_to_column(field, path):
    name = column(field, *path)
    assert field_of(spelled(parse_column(name))) == name


@given(NAMES, st.sampled_from(METRIC_REDUCERS))
def test_metric_to_field_to_column(metric, reducer):
    name = parse_column(reduced(metric, reducer)).name
    assert field_of(spelled(parse_column(name))) == name
    assert is_chosen_by(spelled(parse_column(name)), name) == [True, False]


@pytest.mark.parametrize("name", sorted(OWN_FIELDS))
def test_own_column_is_a_field(name):
    assert spelled(parse_column(name)) == name
    assert parse_filter(f"has({name})").root.field.column.name == name


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("params.lr", "params.lr"),
        ("params.model.depth", "params.model.depth"),
        ("params['a.b']", 'params["a.b"]'),
        ('params[ r"a\\b" ].c', "params.a\\b.c"),
        ("params.in", "params.in"),
        ("params.größe", "params.größe"),
        ("params.学習率", "params.学習率"),
        ("params[1]", "params[1]"),
        ("metrics.loss", "metrics.loss"),
        ("metrics.loss.last", "metrics.loss"),
        ("metrics.loss:last", "metrics.loss"),
        ("metrics.loss.min", "metrics.loss:min"),
        ("metrics.loss:min", "metrics.loss:min"),
        ('metrics["val/accuracy"].max', "metrics.val/accuracy:max"),
        ('metrics["val/accuracy"]:max', "metrics.val/accuracy:max"),
        ("metrics.min.min", "metrics.min:min"),
        ("tags.x", "tags.x"),
    ],
)
def test_a_column_may_be_spelled_in_several_ways(field, name):
    assert field_of(field) == name
