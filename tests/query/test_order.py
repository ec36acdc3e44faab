"""Runs are put in order by any column, whatever its values are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.errors import UnknownColumn
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run, Session
from gitxp.query.order import sort_rows
from gitxp.query.run_rows import rows_of

VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none())


def run_of(number: int, **params) -> Run:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    run_id = RunId(f"{number:032x}")
    return Run(run_id, ExperimentName("lr"), sessions=(Session(start),), params=params)


@given(st.lists(VALUES, min_size=1), st.sampled_from(["", "-"]))
def test_any_values_can_be_ordered_and_no_run_is_lost(values, sign):
    runs = [run_of(number, x=value) for number, value in enumerate(values)]
    ordered = sort_rows(rows_of(runs), f"{sign}params.x").values("params.x")
    assert sorted(map(repr, ordered)) == sorted(map(repr, values))
    absent = [value is None or value != value for value in ordered]
    assert absent == sorted(absent)
    numbers = [value for value in ordered if type(value) is int]
    assert numbers == sorted(numbers, reverse=sign == "-")


@pytest.mark.parametrize("key", ["params.x", "-params.x"])
def test_equal_runs_stay_in_their_order(key):
    runs = [run_of(number, x=1) for number in range(5)]
    assert sort_rows(rows_of(runs), key).values("run") == [run.id for run in runs]


@pytest.mark.parametrize("key", ["age", "-age"])
def test_age_is_no_column_and_the_hint_says_which_is(key):
    with pytest.raises(UnknownColumn, match="no run has a column 'age'") as refused:
        sort_rows(rows_of([run_of(0, x=1)]), key)
    assert "by '-started' the youngest come first" in refused.value.hint
    with pytest.raises(UnknownColumn) as refused:
        sort_rows(rows_of([run_of(0, age=1)]), key)
    assert refused.value.hint == "did you mean 'params.age'?"


def test_where_no_column_is_like_it_python_and_the_shell_are_told_where_all_are():
    with pytest.raises(UnknownColumn) as refused:
        sort_rows(rows_of([run_of(0, x=1)]), "zzz")
    assert "gitxp.runs().columns" in refused.value.hint
    assert "git xp list --json" in refused.value.hint


def test_column_that_no_run_has_is_refused():
    with pytest.raises(UnknownColumn) as refused:
        sort_rows(rows_of([run_of(0, model={"depth": 1})]), "depth")
    assert refused.value.hint == "did you mean 'params.model.depth'?"
