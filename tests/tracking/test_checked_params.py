"""What can be kept of params is kept, and what cannot is told once each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitxp.storage.codecs.params import decode_params, encode_params
from gitxp.storage.codecs.toml import dumps, loads
from gitxp.tracking.values.checked_params import checked_params, kept_params

plain = st.integers() | st.booleans() | st.text(max_size=3) | st.none()
anything = st.recursive(
    plain | st.builds(object),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=3), anything, max_size=4))
def test_what_is_kept_can_be_recorded_and_read_back(params):
    refused = []
    kept = kept_params(params, refused.append)
    assert decode_params(loads(dumps(encode_params(kept)), "params")) == kept
    assert checked_params(kept) == kept


def test_wrong_items_are_told_by_where_they_stand():
    refused = []
    params = {"a": 1, "b": {"c": object(), "d": {"e": 2, "f": [object()]}}, "": 3}
    assert kept_params(params, refused.append) == {"a": 1, "b": {"d": {"e": 2}}}
    assert [str(error).split(" is ")[0] for error in refused] == [
        "param 'b.c'",
        "param 'b.d.f.0'",
        "param name ''",
    ]


def test_mapping_that_holds_itself_ends():
    refused = []
    params = {"a": 1}
    params["self"] = {"b": 2, "top": params}
    assert kept_params(params, refused.append) == {"a": 1, "self": {"b": 2}}
    assert len(refused) == 1


def test_mapping_with_nothing_to_keep_is_left_out():
    refused = []
    assert kept_params({"a": {"b": object()}}, refused.append) == {}
    assert len(refused) == 1
