"""Names of columns: every one can be read back, and no two fields share one."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gitxp.errors import InvalidName
from gitxp.model.names import METRIC_REDUCERS
from gitxp.query.columns import Column, column, parse_column, reduced

ZONES = st.none() | st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
# Every kind of key that params can have.
PLAIN_KEYS = (
    st.text()
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.binary()
    | st.dates()
    | st.times(timezones=ZONES)
    | st.datetimes(timezones=ZONES)
)
KEYS = st.recursive(PLAIN_KEYS, lambda keys: st.lists(keys, max_size=3).map(tuple), max_leaves=6)
PATHS = st.lists(KEYS, min_size=1, max_size=4).map(tuple)
FIELDS = st.sampled_from(["params", "metrics", "tags", "data", "seeds", "env"])
METRICS = st.text(min_size=1)


@given(FIELDS, PATHS)
@example("params", ("a.b", "a", "", 'a"]', "[1]", 1, True, None, b"]", ("x]", (1,))))
@example("params", (float("nan"), float("inf"), -float("inf"), -0.0, -1))
def test_name_of_a_column_is_read_back(field, path):
    found = parse_column(column(field, *path))
    # By their spelling, since NaN is not equal to itself.
    assert (found.field, repr(found.keys), found.reducer) == (field, repr(path), None)
    assert found.name == column(field, *path)


@given(METRICS, st.sampled_from(METRIC_REDUCERS))
@example("a:min", "max")
def test_summary_of_a_metric_is_read_back(name, reducer):
    assert parse_column(reduced(name, reducer)) == Column("metrics", (name,), reducer)


@given(FIELDS, PATHS, FIELDS, PATHS)
def test_no_two_fields_share_a_column(field, path, other_field, other_path):
    assume((field, repr(path)) != (other_field, repr(other_path)))
    assert column(field, *path) != column(other_field, *other_path)


@given(METRICS, METRICS, st.sampled_from(METRIC_REDUCERS))
def test_no_metric_has_the_column_of_a_summary(name, other, reducer):
    assert column("metrics", name) != reduced(other, reducer)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("started", "started"),
        ('params["lr"]', "params.lr"),
        ("params['lr']", "params.lr"),
        ('metrics["val/accuracy"]:last', "metrics.val/accuracy"),
        ("metrics.loss:min", "metrics.loss:min"),
    ],
)
def test_other_spellings_mean_the_same_column(spelled, name):
    assert parse_column(spelled).name == name


@pytest.mark.parametrize(
    "wrong",
    ["", ".lr", "params.", "params..a", "params[", 'params["a', 'params["a"', "params[]",
     "params[a]", "params[__import__('os')]", "metrics.loss:median", "params.lr:min", "a b"],
)  # fmt: skip
def test_what_is_no_column_is_refused(wrong):
    with pytest.raises(InvalidName, match="is not the name of a column"):
        parse_column(wrong)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        name = parse_column(text).name
    except InvalidName:
        return
    assert parse_column(name).name == name
