"""Runs in the order of a graph: the newest first, and none before what came from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run, Session
from gitxp.query.origins import origins, origins_last

DAY = datetime(2026, 1, 2, tzinfo=UTC)


def run(number, parent=None, continues=None):
    def ident(one):
        return None if one is None else RunId(f"{one:032x}")

    return Run(
        ident(number),
        ExperimentName("lr"),
        (Session(DAY + timedelta(hours=number)),),
        parent=ident(parent),
        continues=ident(continues),
    )


def numbers(runs):
    return [int(one.id, 16) for one in runs]


def test_order_stays_where_clocks_agree():
    runs = [run(4, parent=1), run(3), run(2, continues=1), run(1)]
    assert origins_last(runs) == runs


def test_parent_whose_clock_is_ahead_comes_after_its_children():
    runs = [run(9), run(8), run(2, parent=9), run(1, parent=9)]
    assert numbers(origins_last(runs)) == [8, 2, 1, 9]


def test_origins_that_are_not_there_or_the_run_itself_are_no_reason_to_wait():
    runs = [run(2, parent=2, continues=77), run(1)]
    assert origins_last(runs) == runs
    assert origins(runs[0]) == [RunId(f"{77:032x}")]


@given(
    st.lists(st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)), max_size=10)
)
def test_any_records_even_in_circles_come_each_once(pairs):
    runs = [run(number, parent, continues) for number, (parent, continues) in enumerate(pairs)]
    ordered = origins_last(runs)
    assert sorted(numbers(ordered)) == list(range(len(pairs)))
    if all((one is None or one < number) for number, pair in enumerate(pairs) for one in pair):
        places = {one.id: place for place, one in enumerate(ordered)}
        for one in runs:
            assert all(
                places[origin] > places[one.id] for origin in origins(one) if origin in places
            )
