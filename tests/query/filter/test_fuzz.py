"""Whatever is typed: runs are chosen, or our own error says where the mistake is; and soon."""

from __future__ import annotations

import gc
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitxp.errors import InvalidFilter
from gitxp.query.filter.budget import Budget
from gitxp.query.filter.expression import parse_filter
from gitxp.query.filter.parser import DEEPEST, LONGEST, MOST_ITEMS, MOST_OPERANDS
from gitxp.query.filter.tokens import KEYWORDS
from gitxp.query.filter.types import Type
from gitxp.query.filter.values import column_of, numbers, values_of, words
from gitxp.storage.points.arrow_arrays import large_text_array

SIZE = 40
COLUMNS = {
    "params.a": values_of([1, "a", None, 2.5, ...] * 8),
    'params["b.c"]': values_of(["x" * 100] * SIZE),
    "metrics.val/loss:min": values_of([0.5, float("nan")] * 20),
    "status": values_of(["finished", "failed"] * 20),
    "duration": values_of([...] * SIZE),
    "started": values_of([...] * SIZE),
}
WORDS = [
    *sorted(KEYWORDS), "True", "inf", "nan", "params", "params.a", 'params["b.c"]', "metrics",
    'metrics["val/loss"].min', "status", "started", "duration", "age", "tags.x", "größe",
    "(", ")", "[", "]", ",", ".", ":", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "//",
    "%", "**", "=", "&&", "1", "0", "1e400", "9" * 50, ".5", '"', "'", '"a"', '"30d"',
    '"yesterday"', 'r"(a|b)+$"', '"(((("', r'"\d"', '"\\ud83d"', "\x00", "\u202e", "\n", "\\", "`",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text("params.metrics[]()\"'\\:<>=+-*/ \n0129eé\ud800", max_size=60),
    st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=25).map("".join),
)
VALID = (
    'params.lr > 1e-3 and metrics["val/loss"].min < 0.9 and tags.group in ["a", None] or age < "3d"'
    ' and not (status matches r"^f.*\\d$" or -params.a ** 2 // 3 <= 2 != 1) and has(params["b.c"])'
    " and params.a is not None and params[(1, 'x')] not in [-1, 2.5, True]"
)


def answer(text, columns=COLUMNS, size=SIZE):
    """Return which runs are chosen, or our own error; fail where that takes long."""
    gc.disable()  # what thousands of tests before have left is no work of the filter's
    started = time.thread_time()
    try:
        found = parse_filter(text).select(columns, size)
    except InvalidFilter as error:
        found = error
    finally:
        gc.enable()
    assert time.thread_time() - started < 1
    if isinstance(found, InvalidFilter):
        assert 1 <= found.column <= len(text) + 1
        said, *shown = str(found).split("\n")
        assert said
        assert len(shown) == 2
    else:
        assert found.shape == (size,)
    return found


@given(TEXTS)
@settings(max_examples=1000)
def test_any_text_is_answered_or_refused(text):
    answer(text)


@given(st.integers(0, len(VALID)), st.integers(0, 8), st.sampled_from(["", *WORDS]))
@settings(max_examples=500)
def test_filter_with_a_slip_is_answered_or_refused(place, length, word):
    answer(VALID[:place] + word + VALID[place + length :])


DEEP = {
    "parentheses": ("({})", "dirty"),
    "not": ("not {}", "dirty"),
    "signs": ("-{}", "params.a"),
    "sums": ("1 + ({})", "params.a"),
    "powers": ("1 ** {}", "params.a"),
    "comparisons": ("1 < ({}) < 2", "params.a"),
    "lists": ("({}) in [True]", "dirty"),
    "sums of products": ("({} * 2 + 1)", "params.a"),
    "mixed": ("not ({} and dirty or 1 < 2)", "dirty"),
}


@pytest.mark.parametrize(("around", "within"), DEEP.values(), ids=list(DEEP))
@pytest.mark.parametrize("depth", [DEEPEST // 2, 2 * DEEPEST, 3000])
def test_deep_nesting_is_our_own_error(around, within, depth):
    before, after = around.split("{}")
    found = answer(before * depth + within + after * depth)
    if depth > DEEPEST:
        assert "deep" in str(found) or "operands" in str(found)


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "//", "%", "+ 2 *"])
def test_what_is_reckoned_from_the_left_is_as_long_as_a_filter(operator):
    operands = (len(operator.split()) + 1) // 2
    chain = f" {operator} 1.5" * ((MOST_OPERANDS - 2) // operands)
    expected = eval(f"2000.0{chain}")
    assert parse_filter(f"2000.0{chain} == {expected!r}").select({}, 1).tolist() == [True]
    assert "a filter has at most" in str(answer(f"2000.0{chain} {operator} 1.5 > 0"))


@pytest.mark.parametrize(
    "long",
    [
        "9" * 50_000,
        "1." + "0" * 50_000,
        '"' + "a" * 50_000,
        "params" + ".a" * 40_000 + " > 1",
        "params[" + "]" * 50_000,
        "params[" * 10_000,
        "params[(" * 10_000,
        "params" + "[b']']" * 10_000,
        "params" + "['a']" * 10_000,
        "(" * 100_000,
        "\\" * 50_000,
        " " * 100_000,
        "\n" * 50_000 + "=",
        "\u202e\u3000" * 40_000,
        "params.a in [" + "1," * 40_000 + "]",
        'status in [' + '"a",' * 20_000 + "]",
        "dirty" + " and dirty" * (MOST_OPERANDS - 1),
        "dirty" + " and dirty" * MOST_OPERANDS,
        "dirty" + " or not dirty" * 7_000,
        "params.a" + " + params.a" * (MOST_OPERANDS - 2) + " > 1",
        "params.a" + " * 2 - 1" * (MOST_OPERANDS // 2 - 1) + " > 1",
        "1 < 1" + " < 1" * 10_000,
        "2 ** 10 ** 10 ** 10 ** 10 > 1",
        "10 ** 4000 ** 2 > 1",
        "a" * LONGEST,
        "a" * (LONGEST + 1),
    ],
    ids=lambda text: f"{text[:20]!r}",
)  # fmt: skip
def test_long_filters_are_answered_or_refused_at_once(long):
    answer(long)


@pytest.mark.parametrize("chain", ["duration{}", "age{}", "started{} - started"])
def test_long_chain_of_durations_is_answered(chain):
    long = chain.format(" + duration" * (MOST_OPERANDS - 4))
    assert answer(f"{long} < '1s'").shape == (SIZE,)


MANY = 100_000


@pytest.fixture(scope="module")
def many():
    drawn = np.random.default_rng(0).random(MANY)
    texts = [f"{'x' * 300}{number}" for number in range(MANY)]
    columns = {
        "params.a": numbers(Type.NUMBER, drawn * 2 - 1),
        "duration": numbers(Type.DURATION, (drawn * 1e9).astype(np.int64)),
        "params.text": words(large_text_array(texts)),
    }
    return {name: column_of(MANY, [(None, values)]) for name, values in columns.items()}


TOO_LONG = [
    "params.a" + " // params.a" * (MOST_OPERANDS - 2) + " > 1",
    " or ".join(["params.text contains 'xxxxxxxxxxxxxxxxxxxx9'"] * MOST_OPERANDS),
]


def test_time_to_read_columns_is_none_of_the_filter():
    budget = Budget()
    with budget.paused():
        end = time.thread_time() + 1
        while time.thread_time() < end:
            pass
    assert not budget.is_spent


@pytest.mark.parametrize("long", TOO_LONG, ids=["floor", "contains"])
def test_what_takes_too_long_on_many_runs_is_refused_where_it_stops(many, long):
    found = answer(long, many, MANY)
    assert "this filter takes too long on these runs" in str(found)
    assert 1 < found.column < len(long)


@pytest.mark.parametrize(
    "long",
    [
        "params.a" + " % params.a" * (MOST_OPERANDS - 2) + " > 1",
        "params.a" + " * 2 / params.a" * (MOST_OPERANDS // 2 - 2) + " > 1",
        "params.text" + " <= params.text" * (MOST_OPERANDS - 2),
        "age" + " + duration" * (MOST_OPERANDS - 2) + " > '1s'",
        "params.a" + " ** params.a" * (DEEPEST - 2) + " > 1",
    ],
    ids=["remainder", "products", "texts", "durations", "powers"],
)
def test_long_filters_of_many_runs_take_no_second(many, long):
    answer(long, many, MANY)


def test_what_a_person_writes_is_answered_of_many_runs(many):
    terms = " + ".join(f"params.a // {number}" for number in range(1, 25))
    names = " or ".join(f"params.text contains 'x{number}'" for number in range(3))
    found = answer(f'({terms} > 1 or {names}) and duration < "1h" and not age > "1d"', many, MANY)
    assert found.shape == (MANY,)


def test_limits_are_told_with_their_place():
    found = answer("dirty" + " and dirty" * MOST_OPERANDS)
    assert "at most 1000 operands" in str(found)
    assert found.column == len("dirty" + " and dirty" * MOST_OPERANDS) - len("dirty") + 1
    assert "at most 100000 characters" in str(answer("a" * (LONGEST + 1)))
    items = answer("params.a in [" + "1," * (MOST_ITEMS + 1) + "]")
    assert "at most 10000 values" in str(items)
    assert items.column == len("params.a in [" + "1," * MOST_ITEMS) + 1


@pytest.mark.parametrize("reached", ["__import__('os')", "params.__class__ > 1", "run.hex == 1",
                                     "status.upper() == 'A'", "().__class__", "print(1) == 1",
                                     "params['__class__'].mro > 1", "lambda: 1"])  # fmt: skip
def test_nothing_but_what_runs_hold_is_reached(reached):
    assert isinstance(answer(reached), InvalidFilter)
