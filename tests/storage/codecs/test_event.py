"""Events come back as they went, and bytes from elsewhere raise errors of ours alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitxp.errors import DamagedRecord, GitxpError, InvalidValue, UnsupportedFormat
from gitxp.model.event import (
    ChoosingBaseline,
    Describing,
    Event,
    EventId,
    Judging,
    Keeping,
    Noting,
    Removal,
    Renaming,
    Retraction,
    Return,
    Statement,
    Tagging,
    Unkeeping,
    UnknownStatement,
    Untagging,
)
from gitxp.model.identity import RunId
from gitxp.model.run import Verdict
from gitxp.storage.bounds import LARGEST_EVENT
from gitxp.storage.codecs.event import decode_event, encode_event
from gitxp.storage.codecs.text import join_pairs
from gitxp.storage.codecs.toml import dumps, loads
from gitxp.storage.layout import event_path

any_text = st.text(st.characters(exclude_categories=()), max_size=20).map(join_pairs)
tag_key = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=10).filter(
    str.strip
)
tag_value = st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | any_text
event_id = st.text("0123456789abcdef", min_size=32, max_size=32).map(EventId)
run_id = st.text("0123456789abcdef", min_size=32, max_size=32).map(RunId)
oid = st.text("0123456789abcdef", min_size=40, max_size=40)
moment = st.datetimes(
    min_value=datetime.fromisoformat("1900-01-01"),
    max_value=datetime.fromisoformat("9000-01-01"),
    timezones=st.just(UTC),
)
toml_value = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | moment,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)
new_key = st.text("xyz", min_size=1, max_size=3)
KINDS = sorted(one.kind for one in get_args(Statement) if one is not UnknownStatement)
known = st.sampled_from(KINDS)
unknown_statement = st.builds(
    UnknownStatement,
    any_text.filter(lambda kind: kind not in KINDS),
    st.dictionaries(st.text(max_size=5).filter(lambda key: key != "kind"), toml_value, max_size=3),
)
statement = (
    st.builds(Tagging, tag_key, tag_value)
    | st.builds(Untagging, tag_key)
    | st.builds(Removal, run_id, oid)
    | st.builds(Return, run_id, oid)
    | st.builds(Noting, any_text)
    | st.builds(Judging, st.sampled_from(Verdict), any_text)
    | st.just(Keeping())
    | st.just(Unkeeping())
    | st.builds(Renaming, tag_key)
    | st.builds(Describing, any_text)
    | st.builds(ChoosingBaseline, run_id | st.none())
    | st.builds(Retraction, event_id)
    | unknown_statement
)
event = st.builds(
    Event,
    st.text("0123456789abcdef", min_size=32, max_size=32).map(EventId),
    st.integers(0, 10**16 - 1),
    moment,
    any_text,
    st.lists(statement, max_size=3).map(tuple),
    st.dictionaries(new_key, toml_value, max_size=2),
)

SMALL = Event(
    EventId("c0ffee00" * 4),
    1_767_323_045_000,
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "Ada <ada@example.org>",
    (
        Removal(RunId("0" * 32), "a" * 40),
        Tagging("kind", "cosine"),
        Judging(Verdict.REFUTED, "why"),
        Renaming("new"),
        Retraction(EventId("1" * 32)),
        Noting("text"),
        ChoosingBaseline(RunId("0" * 32)),
    ),
)
PATH = event_path(SMALL.clock, SMALL.id)


def changed(path, to):
    """Return the small event's document with the value at `path` replaced, or taken out."""
    document = loads(encode_event(SMALL), PATH)
    inside = document
    for step in path[:-1]:
        inside = inside[step]
    if to is None:
        del inside[path[-1]]
    else:
        inside[path[-1]] = to
    return dumps(document)


@settings(max_examples=200)
@given(event)
def test_any_event_comes_back(given_event):
    path = event_path(given_event.clock, given_event.id)
    assert decode_event(encode_event(given_event), path) == given_event


def test_unknown_keys_and_kinds_are_written_again():
    document = loads(encode_event(SMALL), PATH)
    document["later"] = {"number": 1, "list": [{"x": 1}]}
    document["said"][1]["later"] = [1]
    document["said"].append({"kind": "later", "of": {"$none": True}, "deep": [{"kind": 1}]})
    decoded = decode_event(dumps(document), PATH)
    assert decoded.said[:-1] == SMALL.said
    assert decoded.said[-1] == UnknownStatement(
        "later", {"of": {"$none": True}, "deep": [{"kind": 1}]}
    )
    assert loads(encode_event(decoded), PATH) == document


def test_what_says_nothing_is_not_written():
    silent = replace(SMALL, author="", said=())
    content = encode_event(silent)
    assert set(loads(content, PATH)) == {"format", "id", "clock", "time"}
    assert decode_event(content, PATH) == silent


@pytest.mark.parametrize(
    "path",
    [
        event_path(SMALL.clock + 1, SMALL.id),
        event_path(SMALL.clock, "f" * 32),
        PATH.replace("events/c0", "events/c1"),
        f"{PATH}.toml",
        "events/x.toml",
    ],
)
def test_event_under_another_path_than_its_own_is_damage(path):
    with pytest.raises(DamagedRecord, match="holds the event c0ffee00"):
        decode_event(encode_event(SMALL), path)


def test_newer_format_says_how_to_read_it():
    with pytest.raises(UnsupportedFormat, match="format 2: this gitxp reads up to 1"):
        decode_event(changed(["format"], 2), PATH)


@pytest.mark.parametrize(
    ("path", "to", "message"),
    [
        (["format"], None, "format is missing"),
        (["format"], 0, "format is 0: expected 1 or more"),
        (["id"], "xyz", "id: invalid event id 'xyz'"),
        (["id"], "f" * 32, "holds the event ffff"),
        (["clock"], "1", "clock is '1': expected a TOML integer"),
        (["clock"], -1, "of clock -1"),
        (["clock"], 2**64, "expected an integer of 64 bits"),
        (["time"], datetime.fromisoformat("2026-01-02"), "expected a date-time with an offset"),
        (["author"], 1, "author is 1: expected a TOML string"),
        (["said"], "all", "said is 'all': expected a TOML array"),
        (["said"], ["all"], "said is .*: expected a TOML table"),
        (["said", 0, "kind"], None, "kind is missing"),
        (["said", 0, "run"], "../x", "run: invalid run id '../x'"),
        (["said", 0, "tip"], "--all", "tip: '--all' is no object id"),
        (["said", 0, "tip"], None, "tip is missing"),
        (["said", 1, "key"], "a\0b", "tag name .* holds the control character"),
        (["said", 1, "key"], {"$text": '"\\udcff"'}, "tag name .* holds the control character"),
        (["said", 1, "key"], "x" * 251, "has 251 characters"),
        (["said", 1, "value"], [], "value is .*: expected a string, number or truth value"),
        (["said", 1, "value"], None, "expected a string, number or truth value"),
        (["said", 2, "verdict"], "perhaps", "verdict: 'perhaps' is not a valid Verdict"),
        (["said", 2, "verdict"], None, "verdict is missing"),
        (["said", 2, "text"], 1, "text is 1: expected a TOML string"),
        (["said", 3, "name"], "a\0b", "run name .* holds the control character"),
        (["said", 3, "name"], "", "run name '' is empty"),
        (["said", 4, "event"], "../x", "event: invalid event id '../x'"),
        (["said", 5, "text"], None, "text is missing"),
        (["said", 6, "run"], "../x", "run: invalid run id '../x'"),
        (["said", 6, "run"], 7, "run is 7: expected a TOML string"),
    ],
)
def test_damage_is_told_by_key_and_expectation(path, to, message):
    with pytest.raises(DamagedRecord, match=message):
        decode_event(changed(path, to), PATH)


@pytest.mark.parametrize("content", [b"", b"\xff", b"format = ", b"\0" * 100, b"a" * 10_000])
def test_bytes_that_are_no_event_are_damage(content):
    with pytest.raises(DamagedRecord):
        decode_event(content, PATH)


def test_event_too_large_is_not_even_parsed():
    content = encode_event(SMALL) + b"#" * LARGEST_EVENT
    with pytest.raises(DamagedRecord, match=f"expected at most {LARGEST_EVENT}"):
        decode_event(content, PATH)


def test_event_that_no_reader_would_take_is_not_written():
    with pytest.raises(InvalidValue, match="expected at most"):
        encode_event(replace(SMALL, said=(Tagging("a", "x" * LARGEST_EVENT),)))


def test_removal_of_many_thousand_runs_is_one_event():
    said = tuple(Removal(RunId(f"{number:032x}"), f"{number:040x}") for number in range(50_000))
    assert len(encode_event(replace(SMALL, said=said))) < LARGEST_EVENT / 2


@settings(max_examples=100)
@given(
    st.dictionaries(st.sampled_from(["format", "id", "clock", "time", "said"]), toml_value),
    st.dictionaries(st.sampled_from(["kind", "run", "tip", "key", "value"]), toml_value | known),
)
def test_any_document_gives_an_event_or_an_error_of_ours(changes, statement_changes):
    document = loads(encode_event(SMALL), PATH)
    document["said"][0] |= statement_changes
    try:
        decode_event(dumps({**document, **changes}), PATH)
    except GitxpError:
        return
