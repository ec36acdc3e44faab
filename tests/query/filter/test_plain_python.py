"""A filter chooses the runs that a slow, obvious evaluation in plain Python chooses, one by one."""

from __future__ import annotations

import operator
from datetime import timedelta

import pytest
from drawn_filters import (
    ARITHMETIC,
    COLUMNS,
    COMPARISONS,
    CONDITIONS,
    NOW,
    ODD_NUMBERS,
    PAIRS,
    ROWS,
    A,
    B,
    Drawn,
    Row,
    compared,
    constant,
    listed,
    opposite,
    reckoned,
    spelled_number,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gitxp.query.filter.expression import parse_filter
from gitxp.query.filter.fields import OWN_FIELDS
from gitxp.query.filter.tree import Field, walk
from gitxp.query.filter.values import values_of
from gitxp.query.index.block import block_of
from gitxp.query.run_rows import RunRows
from gitxp.query.where import rows_where


def chosen(text: str, rows: list[Row]) -> list[bool]:
    columns = {name: values_of([row.get(name, ...) for row in rows]) for name in COLUMNS}
    return parse_filter(text).select(columns, len(rows), now=NOW).tolist()


@given(CONDITIONS, ROWS)
@settings(max_examples=500)
def test_filter_chooses_what_plain_python_does(condition, rows):
    assert chosen(condition.text, rows) == [condition.ask(row) is True for row in rows]


def same_as_python(condition: Drawn) -> bool:
    return chosen(condition.text, PAIRS) == [condition.ask(row) is True for row in PAIRS]


@pytest.mark.parametrize("symbol", COMPARISONS)
def test_odd_values_compare_as_in_python(symbol):
    condition = compared([symbol], [A, B])
    assert same_as_python(condition)
    assert same_as_python(opposite(condition))


@pytest.mark.parametrize("symbol", ARITHMETIC)
@pytest.mark.parametrize("comparison", ["<", "==", ">="])
def test_odd_values_are_reckoned_with_as_in_python(symbol, comparison):
    for other in (constant("0", 0), constant('"0s"', timedelta(0)), A):
        condition = compared([comparison], [reckoned(symbol, A, B), other])
        if other is not A and symbol in ("//", "%") and other.text != "0":
            continue  # a number, never beside a duration
        assert same_as_python(condition)
        assert same_as_python(opposite(condition))


@pytest.mark.parametrize("value", ODD_NUMBERS)
def test_odd_numbers_are_found_in_lists(value):
    for condition in (listed(A, [spelled_number(value)], False, is_not) for is_not in (0, 1)):
        assert same_as_python(condition)


@given(CONDITIONS, st.lists(ROWS, min_size=1, max_size=3), st.randoms())
@settings(max_examples=200)
def test_rows_of_the_index_are_chosen_alike(condition, blocks, random):
    blocks = [
        [{**row, "run": f"{at}.{number}"} for number, row in enumerate(block)]
        for at, block in enumerate(blocks)
    ]
    rows = [row for block in blocks for row in block]
    order = random.sample(range(len(rows)), random.randint(1, len(rows)))
    asked = RunRows([block_of(block) for block in blocks]).take(order)
    nodes = walk(parse_filter(condition.text).root)
    fields = {node.column.name for node in nodes if isinstance(node, Field)}
    assume(fields <= {*OWN_FIELDS, *(name for at in order for name in rows[at])})
    found = rows_where(asked, condition.text, now=NOW).values("run")
    assert found == [rows[at]["run"] for at in order if condition.ask(rows[at]) is True]


@given(CONDITIONS, ROWS)
def test_no_run_is_chosen_by_a_condition_and_its_opposite(condition, rows):
    both = chosen(condition.text, rows), chosen(f"not ({condition.text})", rows)
    assert not any(map(operator.and_, *both))
