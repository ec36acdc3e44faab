"""What was logged together before is packed the fast way, and nothing about it differs."""

from __future__ import annotations

import itertools
import signal
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gitxp
from gitxp.errors import GitxpWarning
from gitxp.storage.journal.points import RECORD, row_packer

STEPS = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def series(run, metric):
    points = gitxp.history(run.id, metric)
    return list(zip(points["step"], points["value"], strict=True))


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.floats()), min_size=1, max_size=9), STEPS)
def test_row_packs_what_one_record_after_another_would(pairs, step):
    pack = row_packer(5, [number for number, _ in pairs])
    expected = b"".join(RECORD.pack(5, number, step, 9, value) for number, value in pairs)
    assert pack(step, 9, *(value for _, value in pairs)) == expected


def test_same_names_in_any_order_and_any_selection_keep_their_values():
    with gitxp.start_run("rows") as run:
        for step in range(4):
            run.log({"a": step, "b": -step}, step=step)
            run.log({"b": 10 + step, "a": 20 + step}, step=100 + step)
            run.log({"b": 5}, step=1000 + step)
    assert series(run, "a")[:4] == [(0, 0), (100, 20), (1, 1), (101, 21)]
    assert series(run, "b")[:3] == [(0, 0), (100, 10), (1000, 5)]


def test_step_that_is_left_out_comes_after_the_highest_of_each_metric():
    with gitxp.start_run("steps") as run:
        for step in (3, 7, 5):
            run.log({"a": 0, "b": 0}, step=step)
        run.log({"b": 0}, step=20)
        run.log({"b": 0}, step=30)
        run.log({"a": 1, "b": 1})
        run.log({"a": 2, "b": 2})
    assert series(run, "a")[-2:] == [(8, 1), (9, 2)]
    assert series(run, "b")[-2:] == [(31, 1), (32, 2)]


def test_value_that_is_wrong_for_once_takes_nothing_from_the_others():
    with pytest.warns(GitxpWarning, match="'b' is 'text'"), gitxp.start_run("wrong") as run:
        for step, b in enumerate([1.0, 2.0, "text", np.float32(4.0), True]):
            run.log({"a": step, "b": b}, step=step)
    assert series(run, "a") == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]
    assert series(run, "b") == [(0, 1), (1, 2), (3, 4), (4, 1)]


def test_ever_new_sets_of_names_are_all_kept_and_do_not_pile_up():
    names = [f"m{number}" for number in range(12)]
    with gitxp.start_run("sets") as run:
        for number in range(1, 1 << 12):
            chosen = [name for bit, name in enumerate(names) if number >> bit & 1]
            run.log(dict.fromkeys(chosen, number), step=number)
            run.log(dict.fromkeys(chosen, number), step=number)
        assert len(run._points._rows) < 100
    assert gitxp.get_run(run.id).points == 2 * 12 * (1 << 11)


def test_threads_lose_no_point():
    with gitxp.start_run("threads") as run:

        def log_all(thread):
            for step in range(500):
                run.log({"shared": thread, f"own/{thread}": step}, step=step)

        threads = [threading.Thread(target=log_all, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert gitxp.get_run(run.id).metrics["shared"].count == 2000
    assert [value for _, value in series(run, "own/3")] == list(range(500))


CALLS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abc"), min_size=1, unique=True),
        st.none() | st.integers(-3, 40),
    ),
    max_size=30,
)


@given(CALLS)
def test_steps_that_are_left_out_are_those_of_a_plain_count(calls):
    following, expected = dict.fromkeys("abc", 0), []
    with gitxp.start_run("steps") as run:
        for names, step in calls:
            run.log(dict.fromkeys(names, 1.0), step=step)
            for name in names:
                placed = following[name] if step is None else step
                following[name] = max(following[name], placed + 1)
                expected.append((name, placed))
    points = gitxp.history(run.id)
    for name in "abc":
        found = points.loc[points["metric"] == name, "step"]
        assert found.tolist() == [step for other, step in expected if other == name]


def test_threads_that_leave_the_step_out_never_get_the_same():
    with gitxp.start_run("threads") as run:

        def log():
            for _ in range(2000):
                run.log({"a": 1.0, "b": 2.0})

        threads = [threading.Thread(target=log) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    steps = [step for step, _ in series(run, "a")]
    assert sorted(steps) == list(range(8000))


def test_handler_of_a_signal_logs_amid_a_call_that_logs():
    def handler(*_):
        run.log({"signalled": 1.0})

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with gitxp.start_run("signals") as run:
            signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
            for _ in range(20_000):
                run.log({"loss": 1.0})
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert sorted(step for step, _ in series(run, "loss")) == list(range(20_000))
    signalled = [step for step, _ in series(run, "signalled")]
    assert sorted(signalled) == list(range(len(signalled)))
    assert signalled


class Logs:
    """A value that, while it is logged, logs the same metrics itself, as a signal's handler may."""

    def __init__(self, run, *names):
        self.run, self.names = run, names

    def __float__(self):
        self.run.log(dict.fromkeys(self.names, 2.0))
        return 1.0


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("amid", ["abc", "cba", "b", "ad"])
def test_call_amid_a_call_takes_no_step_that_the_other_one_has(place, amid):
    with gitxp.start_run("amid") as run:
        for number in range(30):
            values = dict.fromkeys("abc", 1.0)
            if number % 5 == 3:
                values["abc"[place]] = Logs(run, *amid)
            run.log(values)
    for name in "abc":
        steps = sorted(step for step, _ in series(run, name))
        assert steps == list(range(30 + (6 if name in amid else 0)))


def test_sets_of_names_in_turn_are_all_logged_the_fast_way_without_a_step():
    with gitxp.start_run("turns") as run:
        for _ in range(4):
            for names in ("ab", "c", "de"):
                run.log(dict.fromkeys(names, 1.0))
        assert all(row.leads for row in run._points._rows.values())
    for name in "abcde":
        assert series(run, name) == [(step, 1.0) for step in range(4)]


def test_names_that_are_new_amid_a_new_name_keep_their_own_values():
    def handler(*_):
        number = next(numbers)
        run.log({f"h{number}": number})

    numbers, calls = itertools.count(1_000_000), 3000
    before = signal.signal(signal.SIGALRM, handler)
    try:
        with gitxp.start_run("signals") as run:
            signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
            for number in range(calls):
                run.log({f"m{number}": number})
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    points = gitxp.history(run.id)
    found = dict(zip(points["metric"], points["value"], strict=True))
    expected = {f"m{number}": number for number in range(calls)}
    expected |= {f"h{number}": number for number in range(1_000_000, next(numbers))}
    assert len(points) == len(expected)
    assert found == expected
