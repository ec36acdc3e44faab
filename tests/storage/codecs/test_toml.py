"""Documents are bytes; what breaks TOML or a type is told by name, never by a stray exception."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.errors import DamagedRecord, InvalidValue
from gitxp.storage.codecs.toml import Table, dumps, loads


@given(st.binary(max_size=60))
def test_any_bytes_give_a_document_or_damage(content):
    try:
        document = loads(content, "run.toml")
    except DamagedRecord:
        return
    assert isinstance(document, dict)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"a = ",
        b"a = " + b"[" * 100_000,
        b"a = " + b"9" * 5000,
        b"a = 2026-13-01",
        b"\xef\xbb\xbfa = 1",
    ],
)
def test_bytes_that_are_no_toml_are_damage(content):
    with pytest.raises(DamagedRecord, match=r"params\.toml"):
        loads(content, "params.toml")


def test_text_that_is_no_unicode_survives_anywhere_in_a_document():
    document = {"host": "caf\udce9", "deep": [{"path": ("\udcff", "plain")}], "size": 1}
    table = Table(loads(dumps(document), "run.toml"), "run.toml")
    assert table.text("host") == "caf\udce9"
    assert table.tables("deep")[0].texts("path") == ("\udcff", "plain")


def test_key_that_is_no_unicode_is_refused():
    with pytest.raises(InvalidValue, match="expected valid Unicode"):
        dumps({"\udcff": 1})


@pytest.fixture
def table():
    document = {
        "truth": True,
        "whole": 3,
        "huge": 2**64,
        "text": "words",
        "odd": {"$text": "{}"},
        "local": datetime.fromisoformat("2026-01-02"),
        "early": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        "array": [1],
        "time": datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))),
    }
    return Table(document, "run.toml")


@pytest.mark.parametrize(
    ("take", "message"),
    [
        (lambda table: table.text("absent"), "run.toml: absent is missing: expected a TOML string"),
        (lambda table: table.text("whole"), "whole is 3: expected a TOML string"),
        (lambda table: table.text("odd"), "odd is .*: expected text"),
        (lambda table: table.integer("truth"), "truth is True: expected a TOML integer"),
        (lambda table: table.integer("huge"), "huge is 18446744073709551616: expected .* 64 bits"),
        (lambda table: table.number("truth"), "truth is True: expected"),
        (lambda table: table.number("huge"), "huge is 18446744073709551616: expected"),
        (lambda table: table.truth("whole"), "whole is 3: expected a TOML boolean"),
        (lambda table: table.time("local"), "local is .*: expected a date-time with an offset"),
        (lambda table: table.time("early"), "early is .*: expected a year from 1 to 9999"),
        (lambda table: table.table("text"), "text is 'words': expected a TOML table"),
        (lambda table: table.tables("array"), "array is .*: expected a TOML table"),
        (lambda table: table.texts("array"), "array is .*: expected a TOML string"),
        (lambda table: table.parsed("text", int), "run.toml: text: invalid literal"),
    ],
)
def test_value_of_the_wrong_type_is_named_with_what_was_expected(table, take, message):
    with pytest.raises(DamagedRecord, match=message):
        take(table)


def test_values_are_taken_by_type(table):
    assert table.number("whole") == 3.0
    assert table.time("time") == datetime(2026, 1, 2, 1, tzinfo=UTC)
    assert table.text("absent", "else") == "else"
    assert table.optional_integer("absent") is None
    assert table.tables("absent") == []
