"""Whatever a server of large files answers is understood or refused, and nothing else happens."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.artifacts.transfer.answers import parse_action, parse_document, parse_offers
from gitxp.artifacts.transfer.several import Tries, move_several
from gitxp.artifacts.transfer.web import checked_origin
from gitxp.errors import RemoteFailed
from gitxp.storage.codecs.pointer import Pointer

POINTER = Pointer("5e" * 32, 300_000)

# Words of the protocol, so that most of what is made is nearly right.
KEYS = st.sampled_from(
    ["actions", "upload", "download", "verify", "href", "header", "expires_in", "expires_at", "oid",
     "size", "error", "code", "message", "authenticated"]
)  # fmt: skip
HREFS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["http://", "https://", "HTTP://", "//", "file://", ""]),
    st.one_of(
        st.text(max_size=70), st.sampled_from(["a..b", "[::1", "é.example", "h:99999", "x@h"])
    ),
    st.one_of(st.text(max_size=5), st.just("/put")),
)
MOMENTS = st.one_of(
    st.sampled_from(
        ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00+23:59"]
    ),
    st.datetimes().map(lambda one: f"{one.isoformat()}Z"),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), HREFS, MOMENTS,
    st.sampled_from([10**400, -(10**400), POINTER.digest]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(KEYS, st.text(max_size=3)), inner, max_size=4),
    ),
    max_leaves=8,
)
ACTIONS = st.fixed_dictionaries(
    {"href": HREFS},
    optional={"expires_in": VALUES, "expires_at": st.one_of(MOMENTS, VALUES), "header": VALUES},
)
OBJECTS = st.fixed_dictionaries(
    {"oid": st.one_of(st.just(POINTER.digest), VALUES)},
    optional={
        "size": VALUES,
        "actions": st.one_of(
            VALUES, st.dictionaries(st.sampled_from(["upload", "verify"]), ACTIONS)
        ),
        "error": VALUES,
        "authenticated": VALUES,
    },
)
DOCUMENTS = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {"objects": st.lists(st.one_of(OBJECTS, VALUES), max_size=3)},
        optional={"transfer": VALUES},
    ),
)


def refused_or_not(ask, *anything):
    """Return what is made of an answer; None where it is refused, in few words."""
    try:
        return ask(*anything)
    except RemoteFailed as error:
        words = str(error)
    assert len(words) < 1000
    return None


@given(DOCUMENTS)
def test_answer_is_understood_or_refused(document):
    found = refused_or_not(parse_offers, json.dumps(document).encode(), [POINTER])
    if found is None:
        return
    assert list(found) == [POINTER]
    for action in found[POINTER].actions.values():
        assert action.is_over in (True, False)
        refused_or_not(checked_origin, action.url)


@given(st.one_of(ACTIONS, VALUES))
def test_way_in_is_understood_or_refused(action):
    refused_or_not(lambda: parse_action(parse_document(json.dumps(action).encode())))


@given(st.binary(max_size=100))
def test_bytes_are_a_document_or_refused(content):
    refused_or_not(parse_document, content)


def test_long_words_of_a_server_are_cut():
    for document in (
        {"transfer": "x" * 1_000_000, "objects": []},
        {"objects": [{"oid": POINTER.digest, "error": {"message": "x" * 1_000_000}}]},
    ):
        found = refused_or_not(parse_offers, json.dumps(document).encode(), [POINTER])
        assert found is None or len(found[POINTER].refusal) < 1000
    refused_or_not(checked_origin, "http://h/" + "x" * 1_000_000)
    with pytest.raises(RemoteFailed):
        checked_origin("http://h/" + "x" * 1_000_000)


def test_what_nobody_expected_fails_one_file_and_no_other():
    others = [Pointer(f"{number:064x}", 1) for number in range(9)]

    def move(pointer: Pointer) -> None:
        if pointer == POINTER:
            raise TypeError("unhashable type: 'list'")

    moved = dict(move_several([*others, POINTER], move, at_once=3, tries=Tries(1)))
    assert moved == {**dict.fromkeys(others, ""), POINTER: "TypeError: unhashable type: 'list'"}
