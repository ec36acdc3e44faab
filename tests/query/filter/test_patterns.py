"""No regular expression hangs, whatever it is matched against."""

from __future__ import annotations

import contextlib
import time

import numpy as np
import pytest

from gitxp.errors import InvalidFilter
from gitxp.query.filter.expression import parse_filter
from gitxp.query.filter.patterns import fault_of_pattern, pattern_size
from gitxp.query.filter.values import column_of, values_of, words
from gitxp.storage.points.arrow_arrays import large_text_array

# What keeps engines busy that go back, and what keeps those busy that do not.
NASTY = [
    r"(a+)+$", r"(a|aa)+$", r"(a|a?)+$", r"(.*)*x", r"(x+x+)+y", r"(a?){100}a{100}", r"(.*){200}x",
    r"((a{5}){5}){5}", r"(?:.?){120}Q", r"(?:\w?\W?){60}Q", r"\pL{20}Q", r"(?i)(?:a?é?){80}Q",
    r"(a|b)*a(a|b){20}$", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(?:\pL?\pN?){10}Q",
]  # fmt: skip
SHORT = ["ab" * 25 + str(number) for number in range(20_000)]
LONG = ["a" * 100_000, "é" * 50_000, "ab" * 50_000]


@pytest.mark.parametrize("pattern", NASTY)
@pytest.mark.parametrize("texts", [SHORT, LONG], ids=["many", "long"])
def test_no_pattern_takes_a_second(pattern, texts):
    names = {"name": values_of(texts)}
    started = time.thread_time()
    with contextlib.suppress(InvalidFilter):  # that it takes too long
        parse_filter(f"name matches r'{pattern}'").select(names, len(texts))
    assert time.thread_time() - started < 1


def test_many_patterns_share_the_time_of_one():
    text = " or ".join(f"name matches r'(?:.?){{120}}Q{number}'" for number in range(100))
    started = time.thread_time()
    with pytest.raises(InvalidFilter, match="takes too long") as refused:
        parse_filter(text).select({"name": values_of(LONG * 5)}, len(LONG * 5))
    assert time.thread_time() - started < 1
    assert refused.value.column > 1


def test_long_text_is_matched_to_its_end():
    texts = ["a" * 1_000_000 + "b", "a" * 1_000_000]
    found = parse_filter("name matches 'ab$'").select({"name": values_of(texts)}, 2)
    assert found.tolist() == [True, False]


def test_text_is_matched_piece_by_piece_as_in_one():
    # Every other run has text; of a pattern of this size some ten thousand characters at once.
    content = large_text_array([str(number) for number in range(25_000)]).slice(1000, 20_000)
    column = column_of(40_000, [(np.arange(0, 40_000, 2), words(content))])
    found = parse_filter("name matches '7$|x{390}'").select({"name": column}, 40_000)
    expected = [row % 2 == 0 and str(row // 2 + 1000).endswith("7") for row in range(40_000)]
    assert found.tolist() == expected


@pytest.mark.parametrize(
    ("pattern", "size"),
    [("abc", 3), ("a{3}", 3), ("(ab){2}{3}", 12), ("((a{10}){10}){10}", 1000), ("[a-z]{3}", 3),
     (r"\d{4}-\d{2}", 7), ("a{2,}", 2), (")", 1), ("(", 0), (r"\pL{2}", 42),
     (r"\p{Greek}", 21), ("a{99999}", 99999)],
)  # fmt: skip
def test_size_of_a_pattern_is_that_with_repetitions_written_out(pattern, size):
    assert pattern_size(pattern) == size


@pytest.mark.parametrize("pattern", ["a{501}", "(a{50}){50}", "a" * 501, r"\pL{30}", "(" * 400])
def test_large_or_broken_patterns_are_refused(pattern):
    assert fault_of_pattern(pattern)
