"""Filters drawn at random, each with a slow and obvious answer in plain Python, for one row.

`None` is an answer that is not known, `MISSING` a value that is not there.
"""

from __future__ import annotations

import cmath
import json
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
MISSING = object()
Row = dict[str, Any]


@dataclass
class Drawn:
    """A part of a filter, and what it is for one row."""

    text: str
    ask: Callable[[Row], Any]

    def __repr__(self):
        return self.text


# What runs have

MOMENTS = st.integers(0, 70 * 86400 * 10**6).map(
    lambda micros: datetime(2025, 12, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
SPANS = st.integers(0, 10**12).map(lambda micros: timedelta(microseconds=micros))
# Those at which floats round, overflow, or have no result, each beside its neighbours.
ODD_NUMBERS = [
    0, 1, -1, 2, -0.0, 0.5, 1e308, 2**53, 2**53 + 1, float(2**53), 2**60, 2**60 + 1, -(2**99) - 1,
    -(2.0**99), math.nan, math.inf, -math.inf,
]  # fmt: skip
NUMBERS = st.one_of(st.sampled_from(ODD_NUMBERS), st.integers(-(2**100), 2**100), st.floats())
WORDS = (
    st.sampled_from(["", "a", "ab"]) | st.text("abé.\U0001f600", max_size=4) | st.text(max_size=4)
)
PARAMS = st.one_of(
    NUMBERS, WORDS, st.booleans(), st.none(), MOMENTS, SPANS, st.dates(date(2026, 1, 1)),
    st.sampled_from([[1], (), b"a", {}, "\udcff"]),
)  # fmt: skip
COLUMNS = {
    "params.a": PARAMS,
    'params["b.c"]': PARAMS,
    "params.n.x": PARAMS,
    "metrics.m:max": NUMBERS,
    "status": WORDS,
    "started": MOMENTS,
    "duration": SPANS,
    "dirty": st.booleans(),
}
ODD_VALUES = [
    *ODD_NUMBERS, "", "a", "ab", "b", "é", "\U0001f600", "\udcff", True, False, None, [1], MISSING,
    NOW, NOW - timedelta(days=10), date(2026, 1, 30), timedelta(hours=2), timedelta(0),
]  # fmt: skip
# Each odd value beside each.
PAIRS = [
    {
        name: value
        for name, value in (
            ("params.a", one),
            ('params["b.c"]', other),
            ("status", other if isinstance(other, str) and other != "\udcff" else "a"),
            ("started", NOW - timedelta(days=place)),
        )
        if value is not MISSING
    }
    for place, one in enumerate(ODD_VALUES)
    for other in ODD_VALUES
]
ROWS = st.lists(
    st.fixed_dictionaries({}, optional=dict(COLUMNS)),
    min_size=1,
    max_size=6,
)


# Operands


def field(spelled: str, name: str) -> Drawn:
    return Drawn(spelled, lambda row: row.get(name, MISSING))


A, B, M = (
    field("params.a", "params.a"),
    field('params["b.c"]', 'params["b.c"]'),
    field("metrics.m.max", "metrics.m:max"),
)
STATUS, DIRTY = field("status", "status"), field("dirty", "dirty")
STARTED, DURATION = field("started", "started"), field("duration", "duration")
AGE = Drawn("age", lambda row: NOW - row["started"] if "started" in row else MISSING)


def constant(text: str, value: Any) -> Drawn:
    return Drawn(text, lambda _: value)


def spelled_number(value: float) -> Drawn:
    return constant(repr(value), value)


LITERAL_NUMBERS = NUMBERS.map(spelled_number)
LITERAL_TEXTS = st.builds(
    lambda word, is_ascii: constant(json.dumps(word, ensure_ascii=is_ascii), word),
    WORDS, st.booleans(),
)  # fmt: skip
LITERAL_TIMES = st.one_of(
    st.just(constant('"yesterday"', datetime(2026, 1, 30, tzinfo=UTC))),
    st.just(constant('"10d ago"', NOW - timedelta(days=10))),
    MOMENTS.map(lambda moment: constant(f'"{moment:%Y-%m-%d %H:%M:%S.%f}Z"', moment)),
    MOMENTS.map(
        lambda m: constant(f'"{m:%Y-%m-%d}"', datetime(m.year, m.month, m.day, tzinfo=UTC))
    ),
)
LITERAL_SPANS = st.one_of(
    st.integers(0, 50).map(lambda d: constant(f'"{d}d"', timedelta(days=d))),
    st.integers(0, 10**7).map(lambda s: constant(f'"{s} seconds"', timedelta(seconds=s))),
)


@dataclass
class Reckoned:
    """A time or duration that is reckoned from others, in microseconds."""

    kind: str
    micros: float


def reckon(symbol: str, left: Any, right: Any) -> Any:
    """Return a result as floats have it; none where finite numbers have no finite real one."""
    result = RESULTS.get(f"{kind(left)} {symbol} {kind(right)}")
    if result is None:
        return MISSING
    number = reckon_numbers(symbol, float(comparable(left)), float(comparable(right)))
    return number if result == "number" or number is MISSING else Reckoned(result, number)


RESULTS = {
    **{f"number {symbol} number": "number" for symbol in ("+", "-", "*", "/", "//", "%")},
    "duration + duration": "duration", "duration - duration": "duration",
    "time + duration": "time", "duration + time": "time",
    "time - duration": "time", "time - time": "duration",
    "duration * number": "duration", "number * duration": "duration",
    "duration / number": "duration", "duration / duration": "number",
}  # fmt: skip


def reckon_numbers(symbol: str, one: float, other: float) -> Any:
    try:
        result = ARITHMETIC[symbol](one, other)
    except (ZeroDivisionError, OverflowError):
        return MISSING
    is_finite = not isinstance(result, complex) and cmath.isfinite(result)
    return MISSING if math.isfinite(one) and math.isfinite(other) and not is_finite else result


ARITHMETIC = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod,
}  # fmt: skip


def reckoned(symbol: str, left: Drawn, right: Drawn) -> Drawn:
    text = f"({left.text}) {symbol} ({right.text})"
    return Drawn(text, lambda row: reckon(symbol, left.ask(row), right.ask(row)))


def negated(operand: Drawn) -> Drawn:
    def ask(row):
        value = operand.ask(row)
        if kind(value) == "duration":
            return Reckoned("duration", -comparable(value))
        return -value if kind(value) == "number" else MISSING

    return Drawn(f"-({operand.text})", ask)


# To the power of small whole numbers, where NumPy and Python agree to the last bit.
POWERS = st.builds(
    lambda base, exponent: Drawn(f"{base} ** {exponent}", lambda _: float(base**exponent)),
    st.integers(0, 9), st.integers(0, 9),
)  # fmt: skip
NUMERIC = st.recursive(
    LITERAL_NUMBERS | st.sampled_from([A, B, M]) | POWERS,
    lambda inner: (
        st.builds(reckoned, st.sampled_from(list(ARITHMETIC)), inner, inner) | inner.map(negated)
    ),
    max_leaves=4,
)


# Conditions


def kind(value: Any) -> str | None:
    match value:
        case bool():
            return "truth"
        case int() | float():
            return "number"
        case str() if value.isprintable() or not re.search("[\ud800-\udfff]", value):
            return "text"
        case date():
            return "time"
        case timedelta():
            return "duration"
        case Reckoned():
            return value.kind
    return None


def comparable(value: Any) -> Any:
    match value:
        case datetime():
            return comparable(value - datetime(1970, 1, 1, tzinfo=UTC))
        case date():
            return comparable(datetime(value.year, value.month, value.day, tzinfo=UTC))
        case timedelta():
            return value // timedelta(microseconds=1)
        case Reckoned():
            return value.micros
    return value


COMPARISONS = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def is_so(symbol: str, left: Any, right: Any) -> bool | None:
    if kind(left) is None or kind(left) != kind(right):
        return None
    return bool(COMPARISONS[symbol](comparable(left), comparable(right)))


def all_of(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def any_of(answers: list[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def compared(symbols: list[str], operands: list[Drawn]) -> Drawn:
    symbols = symbols[: len(operands) - 1]
    text = f"({operands[0].text})" + "".join(
        f" {symbol} ({one.text})" for symbol, one in zip(symbols, operands[1:], strict=True)
    )

    def ask(row):
        values = [one.ask(row) for one in operands]
        return all_of(list(map(is_so, symbols, values, values[1:])))

    return Drawn(text, ask)


def comparisons_of(*operands: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    symbols = st.lists(st.sampled_from(list(COMPARISONS)), min_size=3, max_size=3)
    return st.builds(compared, symbols, st.lists(st.one_of(operands), min_size=2, max_size=4))


LITERALS = st.one_of(LITERAL_NUMBERS, LITERAL_TEXTS, st.sampled_from(["True", "False"]).map(
    lambda word: constant(word, word == "True")
))  # fmt: skip


def listed(operand: Drawn, items: list[Drawn], has_none: bool, is_not: bool) -> Drawn:
    texts = [one.text for one in items] + ["None"] * has_none
    values = [one.ask({}) for one in items]
    text = f"({operand.text}) {'not ' * is_not}in [{', '.join(texts)}]"

    def ask(row):
        value = operand.ask(row)
        if not texts:
            return None if value is MISSING else is_not
        if value is None and has_none:
            return not is_not
        same = [one for one in values if kind(one) == kind(value) is not None]
        # Not Python's `in`, to which NaN is equal to itself.
        return any(value == one for one in same) != is_not if same else None

    return Drawn(text, ask)


def is_in_text(symbol: str, text: str, written: str) -> bool:
    match symbol:
        case "startswith":
            return text.startswith(written)
        case "endswith":
            return text.endswith(written)
        case "contains":
            return written in text
    return re.search(written, text) is not None


PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "é", ".", r"\.", "[^a]", "^", "\U0001f600", "x"]),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "{0,2}"])),
    ),
    max_leaves=5,
)


def text_tested(operand: Drawn, symbol: str, written: str, is_not: bool) -> Drawn:
    text = f"({operand.text}) {'not ' * is_not}{symbol} {json.dumps(written)}"

    def ask(row):
        value = operand.ask(row)
        return is_in_text(symbol, value, written) != is_not if kind(value) == "text" else None

    return Drawn(text, ask)


def is_none(one: Drawn, is_not: bool) -> Drawn:
    def ask(row):
        value = one.ask(row)
        return None if value is MISSING else (value is None) != is_not

    return Drawn(f"{one.text} is {'not ' * is_not}None", ask)


TEXTS = st.sampled_from([A, B, STATUS]) | LITERAL_TEXTS
SIMPLE = st.one_of(
    comparisons_of(NUMERIC, st.sampled_from([A, B])),
    st.builds(compared, st.lists(st.sampled_from(list(COMPARISONS)), min_size=1, max_size=1),
              st.tuples(st.sampled_from([A, B]), LITERALS).map(list)),
    comparisons_of(LITERAL_TEXTS, st.sampled_from([A, B, STATUS])),
    comparisons_of(st.sampled_from([STARTED, A])),
    st.builds(lambda symbol, one, other: compared([symbol], [one, other]),
              st.sampled_from(list(COMPARISONS)), st.just(STARTED), LITERAL_TIMES),
    st.builds(lambda symbol, one, other: compared([symbol], [other, one]),
              st.sampled_from(list(COMPARISONS)), st.sampled_from([DURATION, AGE]), LITERAL_SPANS),
    st.builds(listed, st.sampled_from([A, B]), st.lists(LITERALS, max_size=4), st.booleans(),
              st.booleans()),
    st.builds(text_tested, TEXTS, st.sampled_from(["startswith", "endswith", "contains"]), WORDS,
              st.booleans()),
    st.builds(text_tested, st.sampled_from([A, STATUS]), st.just("matches"), PATTERNS,
              st.booleans()),
    st.builds(is_none, st.sampled_from([A, B]), st.booleans()),
    st.sampled_from([A, B]).map(lambda one: Drawn(f"has({one.text})",
                                                 lambda row: one.ask(row) is not MISSING)),
    st.just(Drawn("has(params.n)", lambda row: "params.n.x" in row)),
    st.sampled_from([A, B, DIRTY]).map(lambda one: Drawn(
        one.text, lambda row: one.ask(row) if isinstance(one.ask(row), bool) else None)),
)  # fmt: skip


def opposite(condition: Drawn) -> Drawn:
    def ask(row):
        answer = condition.ask(row)
        return None if answer is None else not answer

    return Drawn(f"not ({condition.text})", ask)


def joined(word: str, conditions: list[Drawn]) -> Drawn:
    together = all_of if word == "and" else any_of
    text = f" {word} ".join(f"({one.text})" for one in conditions)
    return Drawn(text, lambda row: together([one.ask(row) for one in conditions]))


CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        inner.map(opposite),
        st.builds(joined, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=5,
)
