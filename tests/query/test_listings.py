"""Two lists of refs have in common what a look at each line says."""

from __future__ import annotations

import random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from gitxp.query.index.listings import common_lines

REFS = st.dictionaries(st.text("ab/-é", min_size=1, max_size=4), st.sampled_from("01"), max_size=40)


def listing(refs: dict[str, str]) -> bytes:
    """Return refs with their ids as Git lists them."""
    in_order = sorted((ref.encode(), oid) for ref, oid in refs.items())
    return b"".join(b"%s %s\n" % (oid.encode() * 40, ref) for ref, oid in in_order)


def check(known: bytes, now: bytes) -> None:
    stretches, others = common_lines(known, now)
    numbers = [number for stretch in stretches for number in stretch]
    lines = known.splitlines(keepends=True)
    there = now.splitlines(keepends=True)
    both = {*lines}.intersection(there)
    assert numbers == [number for number, line in enumerate(lines) if line in both]
    assert others.splitlines(keepends=True) == [line for line in there if line not in both]


@given(REFS, REFS)
def test_lines_in_common_are_those_that_both_have(known, now):
    check(listing(known), listing(now))


@given(st.sets(st.integers(0, 4999), max_size=5), st.sets(st.integers(0, 4999), max_size=5))
def test_long_lists_that_differ_in_few_places(gone, new):
    everywhere = {f"refs/experiments/lr/{number:032d}": "0" for number in range(5000)}
    names = list(everywhere)
    check(
        listing({name: "0" for name in names if int(name[-32:]) not in new}),
        listing({name: "0" for name in names if int(name[-32:]) not in gone}),
    )


@given(st.integers(0, 2**32), st.sampled_from([2, 3, 20]), st.sampled_from([0.0, 0.01, 0.5]))
@settings(max_examples=20)
def test_lists_that_alternate(seed, parts, gone):
    chance = random.Random(seed)
    refs = {f"refs/experiments/{chance.choice('ab')}/{number:032d}": "0" for number in range(1500)}
    some = [
        ref
        for ref in refs
        if chance.randrange(parts) == 0 and ref.startswith(chance.choice("ab"), 17)
    ]
    now = [ref for ref in refs if chance.random() >= gone]
    check(listing(dict.fromkeys(some, "0")), listing(dict.fromkeys(now, "0")))
    check(listing(dict.fromkeys(now, "0")), listing(dict.fromkeys(some, "0")))


@pytest.mark.parametrize("moved", [0, 1, 4998, 4999])
def test_ref_that_moved_on_is_no_line_in_common(moved):
    refs = {f"refs/experiments/lr/{number:032d}": "0" for number in range(5000)}
    name = list(refs)[moved]
    known = listing(refs)
    stretches, others = common_lines(known, listing(refs | {name: "1"}))
    assert sum(map(len, stretches)) == 4999
    assert others == listing({name: "1"})


def test_one_list_is_empty():
    refs = listing({"a": "0", "b": "0"})
    assert common_lines(refs, b"") == ([], b"")
    assert common_lines(b"", refs) == ([], refs)
