"""A run that is not there is refused soon, with the name that was probably meant."""

from __future__ import annotations

import difflib
import time

import pytest

from gitxp.errors import UnknownRun
from gitxp.query.lookup import resolve
from gitxp.query.nearest import nearest_name
from gitxp.query.run_rows import RunKey


def keys(names):
    return [RunKey(at, f"{at:032x}", name, "home", "sweep", None) for at, name in enumerate(names)]


def test_mistyped_name_among_many_is_compared_with_few():
    names = [f"sweep-{number * 7919 % 100_000:05}-lr" for number in range(100_000)]
    runs = keys(names)

    def seconds(ask):
        started = time.thread_time()
        ask()
        return time.thread_time() - started

    def refuse():
        with pytest.raises(UnknownRun, match="no run 'sweep-0x523-lr' here") as refused:
            resolve(runs, "sweep-0x523-lr", home="home")
        assert "did you mean 'sweep-" in refused.value.hint

    of_few = min(
        seconds(lambda: difflib.get_close_matches("sweep-0x523-lr", names[:2000], 1))
        for _ in range(3)
    )
    # All of them take fifty times as long.
    assert min(seconds(refuse) for _ in range(3)) < 15 * of_few


def test_name_of_which_a_half_is_right_is_found_among_many_as_long():
    names = [f"run-{number:07}" for number in range(5000)]
    assert nearest_name("gentle-oter", [*names, "gentle-otter"]) == "gentle-otter"
    assert nearest_name("gnetle-ottr", [*names, "gentle-ottr2", "gentle-ottr"]) == "gentle-ottr"


def test_name_in_other_letters_is_the_one_meant():
    with pytest.raises(UnknownRun) as refused:
        resolve(keys(["best", "LR"]), "lr", home="home")
    assert refused.value.hint == "did you mean 'LR'? All runs: git xp list"
