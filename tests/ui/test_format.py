"""Lengths of time read well at every size; foreign text neither hides nor obeys."""

from __future__ import annotations

import json
import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.ui.format import cell, csv_text, duration, safe, with_hidden_shown


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0ms"), (0.02, "20ms"), (0.9996, "1s"), (1, "1s"), (9.94, "9.9s"), (59.7, "1min"),
     (61, "1min 1s"), (3600, "1h"), (3659, "1h"), (7265, "2h 1min"), (90000, "1d 1h"),
     (-2.5, "-2.5s")],
)  # fmt: skip
def test_duration_has_at_most_two_units(seconds, text):
    assert duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    "hidden", "\u200b\u200e\u200f\u202a\u202e\u2066\u2069\u061c\ufeff\u00ad\u2060"
)
def test_character_that_is_not_seen_is_shown_escaped(hidden):
    assert cell(f"a{hidden}b") == f"a\\u{ord(hidden):04x}b"


def test_tag_characters_are_shown_as_the_pair_that_json_has():
    assert safe("a\U000e0041") == "a\\udb40\\udc41"


@pytest.mark.parametrize("text", ["👩‍❤️‍👨", "🏳️‍🌈", "می‌خواهم", "ക്‍ക", "größe", "実験", "val/loss"])
def test_joiners_stay_within_emoji_and_scripts(text):
    assert cell(text) == text


def test_joiner_between_latin_letters_is_shown():
    assert cell("lo\u200dss") == "lo\\u200dss"


@given(st.text())
def test_no_text_brings_a_control_or_format_character_to_the_screen(text):
    for character in cell(text):
        category = unicodedata.category(character)
        assert category not in ("Cc", "Cs")
        # The joiners, and the visible signs of Arabic and its kin, are format characters, too.
        assert category != "Cf" or character in "\u200c\u200d" or character in _SIGNS


_SIGNS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2" + "".join(
    chr(code) for code in (0x110BD, 0x110CD, *range(0x13430, 0x13440), *range(0x1BCA0, 0x1BCA4))
)


@given(st.dictionaries(st.text(), st.text()))
def test_escaping_json_changes_nothing_that_it_says(content):
    text = with_hidden_shown(json.dumps(content, ensure_ascii=False))
    assert json.loads(text) == content
    assert not set(map(chr, range(0x7F, 0xA0))) & set(text)


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@sum"])
def test_formula_is_text_in_csv(formula):
    assert csv_text(formula) == f"'{formula}"


def test_controls_are_escaped_in_csv():
    assert csv_text("a\x1b[31m\r\nb\x9b\u202e") == r"a\u001b[31m\u000d\u000ab\u009b\u202e"
