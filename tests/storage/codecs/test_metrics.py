"""Summaries come back bit by bit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.errors import DamagedRecord, GitxpError
from gitxp.model.metric import At, MetricSummary
from gitxp.model.names import check_metric_name
from gitxp.storage.codecs.metrics import decode_summaries, encode_summaries
from gitxp.storage.codecs.toml import dumps


def _is_name(text):
    try:
        check_metric_name(text)
    except GitxpError:
        return False
    return True


int64 = st.integers(-(2**63), 2**63 - 1)
at = st.builds(At, st.floats(), int64)
# Such names as a metric may have.
names = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1).filter(_is_name)
summary = st.builds(
    MetricSummary,
    first=at,
    last=at,
    min=st.none() | at,
    max=st.none() | at,
    mean=st.none() | st.floats(),
    count=int64,
    nonfinite=int64,
    rank=st.integers(0, 2**31),
)


@given(st.dictionaries(names, summary, max_size=4))
def test_any_summaries_come_back(summaries):
    assert repr(decode_summaries(encode_summaries(summaries))) == repr(
        {name: summaries[name] for name in sorted(summaries)}
    )


@given(st.dictionaries(names, summary, max_size=2), st.data())
def test_quick_way_says_what_toml_says(summaries, data):
    content = bytearray(encode_summaries(summaries))
    for _ in range(data.draw(st.integers(0, 2))):
        if content:
            place = data.draw(st.integers(0, len(content) - 1))
            content[place : place + 1] = data.draw(st.sampled_from([b"", b"0", b"\n", b"e", b"-"]))
    # Behind a comment there is no quick way.
    assert outcome(bytes(content)) == outcome(bytes(content) + b"\n# and so on\n")


def outcome(content):
    try:
        return repr(decode_summaries(content))
    except DamagedRecord as error:
        return type(error)


def test_bytes_do_not_depend_on_the_order_of_logging():
    point = At(1.0, 0)
    one = MetricSummary(point, point, point, point, 1.0, 1)
    assert encode_summaries({"b": one, "a": one}) == encode_summaries({"a": one, "b": one})


def test_missing_value_is_named():
    with pytest.raises(DamagedRecord, match=r"metrics\.toml: loss: first is missing"):
        decode_summaries(b"[loss]\ncount = 1\n")


@given(
    st.dictionaries(
        st.sampled_from(["first", "first_step", "min", "count"]),
        st.integers() | st.floats() | st.booleans() | st.text(),
    )
)
def test_any_document_gives_summaries_or_an_error_of_ours(table):
    try:
        decode_summaries(dumps({"loss": {"last": 1, "last_step": 1, **table}}))
    except GitxpError:
        return
