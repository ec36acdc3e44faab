"""Params come back as they went, whatever plain Python values they hold."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typed import typed

from gitxp.errors import DamagedRecord, GitxpError
from gitxp.storage.codecs.params import decode_params, encode_params
from gitxp.storage.codecs.text import join_pairs
from gitxp.storage.codecs.toml import dumps, loads
from gitxp.tracking.values.plain_values import plain_params

any_text = st.text(st.characters(exclude_categories=())).map(join_pairs)


def unfolded(moment):
    """Return `moment` without the mark for the second of two equal clock times."""
    return moment.replace(fold=0)


offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False)
    | any_text
    | st.binary(max_size=8)
    | st.dates()
    | st.times().map(unfolded)
    | st.datetimes(timezones=st.none() | offsets).map(unfolded),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)
values = st.recursive(
    hashable | st.just("$none"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(hashable | st.just("$int"), inner, max_size=4)
    ),
    max_leaves=12,
)
params = st.dictionaries(any_text | hashable, values, max_size=5)


def round_trip(given_params):
    content = dumps(encode_params(plain_params(given_params)))
    return decode_params(loads(content, "params.toml"))


def unordered(value):
    """TOML writes tables after plain values: the order of keys is not promised."""
    if isinstance(value, dict):
        return sorted(((repr(typed(k)), unordered(v)) for k, v in value.items()), key=repr)
    if isinstance(value, list | tuple):
        return type(value).__name__, [unordered(item) for item in value]
    return typed(value)


@settings(max_examples=50)
@given(params)
def test_any_params_come_back_with_their_types(given_params):
    assert unordered(round_trip(given_params)) == unordered(given_params)


@settings(max_examples=50)
@given(params)
def test_plain_params_are_plain_already(given_params):
    once = plain_params(given_params)
    assert unordered(plain_params(once)) == unordered(once)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [None, [None]],
        True,
        -0.0,
        math.inf,
        5e-324,
        1.7976931348623157e308,
        2**63 - 1,
        -(2**63),
        2**63,
        -(2**4000),
        "",
        "\0\x01\x7f\r\n\t\\\"'",
        "\udcff",
        "😀",
        b"",
        b"\0\xff",
        (),
        (1, (2, [3])),
        {},
        {"": {}},
        {"a.b": 1, 'quo"te': 2, "new\nline": 3},
        {"$none": True},
        {"$map": [], "other": 1},
        {1: "a", None: "b", (1, 2): "c", b"x": "d", "\udcff": "e"},
        [{"a": 1}, {"b": [{"c": ()}]}],
        date(1, 1, 1),
        time(23, 59, 59, 999_999),
        datetime.fromisoformat("9999-12-31T23:59:59.999999"),
        datetime(2026, 1, 2, tzinfo=UTC),
        datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=-23, minutes=-59))),
    ],
)
def test_hard_values_come_back(value):
    assert typed(round_trip({"key": value})) == typed({"key": value})


def test_nan_comes_back():
    assert math.isnan(round_trip({"key": float("nan")})["key"])


def test_mapping_with_odd_keys_at_the_top_comes_back():
    assert round_trip({1: 2, "a": 3}) == {1: 2, "a": 3}


@pytest.mark.parametrize(
    "wrap", [lambda v: (v,), lambda v: [v], lambda v: {0: v}, lambda v: {"a": v}]
)
def test_deepest_nesting_comes_back(wrap):
    value = 1
    for _ in range(63):
        value = wrap(value)
    assert round_trip({"key": value}) == {"key": value}


@pytest.mark.parametrize(
    "text",
    [
        'a = {"$none" = false}',
        'a = {"$none" = true, b = 1}',
        'a = {"$int" = 5}',
        'a = {"$int" = "1_0"}',
        'a = {"$int" = "٣"}',
        'a = {"$bytes" = "!"}',
        'a = {"$bytes" = 1}',
        'a = {"$tuple" = "abc"}',
        'a = {"$text" = "no JSON"}',
        'a = {"$text" = "1"}',
        'a = {"$map" = [[1]]}',
        'a = {"$map" = ["ab"]}',
        'a = {"$map" = [[[], 1]]}',
        'a = {"$unknown" = 1}',
        '"$tuple" = []',
        "a = 9223372036854775808",
        "a = 0x" + "f" * 5000,
        ".".join("a" * 5000) + " = 1",
    ],
)
def test_broken_encoding_is_told_as_damage(text):
    with pytest.raises(DamagedRecord):
        decode_params(loads(text.encode(), "params.toml"))


toml_values = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=3)
            | st.sampled_from(["$none", "$int", "$bytes", "$tuple", "$map", "$text", "$x"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=3) | st.just("$map"), toml_values, max_size=3))
def test_any_document_gives_params_or_an_error_of_ours(document):
    try:
        decode_params(document)
    except GitxpError:
        return
