"""Two clones that merge the same two records make the same commit, or both refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gitxp.storage.merge import FastForward, Merged, Refused, Same, Tip, merge_records
from gitxp.storage.odb.objects import Entry, build_trees

BASE = Tip(
    "0" * 40,
    100,
    "c" * 40,
    {
        "run.toml": Entry("1" * 40),
        "metrics/0.parquet": Entry("2" * 40),
        "events/aa/1.toml": Entry("3" * 40),
    },
)


def grown(oid, files, *, seconds=200, code=BASE.code):
    return Tip(oid * 40, seconds, code, {**BASE.files, **files})


def tree_of(tip):
    return build_trees(tip.files)[0]


paths = st.sampled_from(["run.toml", "params.toml", "metrics/1.parquet", "artifacts/a"])
events = st.sampled_from(["events/aa/2.toml", "events/bb/3.toml", "events/bb/4.toml"])
entries = st.sampled_from(["7", "8"]).map(lambda digit: Entry(digit * 40))
tips = st.builds(
    grown,
    st.sampled_from("abcdef"),
    st.dictionaries(paths | events, entries, max_size=4),
    seconds=st.integers(0, 10**9),
)


@given(tips, tips)
def test_order_does_not_matter(one, other):
    assume(one.oid != other.oid)
    assert merge_records(one, other, [BASE]) == merge_records(other, one, [BASE])


@given(tips)
def test_record_merged_with_itself_is_itself(tip):
    assert merge_records(tip, replace(tip), [BASE]) == Same(tip.oid)


@given(tips, tips)
def test_merge_and_one_of_its_sides_is_the_merge(one, other):
    assume(one.oid != other.oid)
    merged = merge_records(one, other, [BASE])
    assume(isinstance(merged, Merged))
    both = Tip(merged.commit.oid, 0, BASE.code, {**other.files, **one.files})
    for side in (one, other):
        tip = replace(both, files={**both.files, **side.files})
        assert merge_records(tip, side, [side]) == FastForward(tip.oid)
        assert merge_records(side, tip, [side]) == FastForward(tip.oid)


@given(tips)
def test_descendant_wins_by_fast_forward(tip):
    assert merge_records(BASE, tip, [BASE]) == FastForward(tip.oid)


def test_events_of_both_sides_are_kept():
    one = grown("a", {"events/bb/2.toml": Entry("4" * 40)})
    other = grown("b", {"events/cc/3.toml": Entry("5" * 40)})
    both = grown("f", {**one.files, **other.files})
    merged = merge_records(one, other, [BASE])
    assert merged.commit.content.decode() == (
        f"tree {tree_of(both)}\nparent {'a' * 40}\nparent {'c' * 40}\nparent {'b' * 40}\n"
        "author gitxp <gitxp@localhost> 200 +0000\ncommitter gitxp <gitxp@localhost> 200 +0000\n\n"
        "gitxp: two records of one run\n"
    )
    assert merged.objects[-1] == merged.commit


def test_side_that_went_on_gives_files_and_code():
    resumed = grown("b", {"run.toml": Entry("6" * 40)}, code="d" * 40, seconds=300)
    tagged = grown("a", {"events/bb/2.toml": Entry("4" * 40)}, seconds=400)
    content = merge_records(tagged, resumed, [BASE]).commit.content.decode()
    both = grown("f", {**tagged.files, "run.toml": Entry("6" * 40)})
    assert content.startswith(f"tree {tree_of(both)}\n")
    assert f"parent {'d' * 40}\n" in content
    assert " 400 +0000\n" in content


def test_record_without_code_merges():
    root = replace(BASE, code=None)
    one = grown("a", {"events/bb/2.toml": Entry("4" * 40)}, code=None)
    other = grown("b", {"events/cc/3.toml": Entry("5" * 40)}, code=None)
    content = merge_records(one, other, [root]).commit.content.decode()
    assert content.count("parent ") == 2


def test_records_with_only_the_shared_root_in_common_merge_their_events():
    one = Tip("a" * 40, 1, None, {"events/bb/2.toml": Entry("4" * 40)})
    other = Tip("b" * 40, 2, None, {"events/cc/3.toml": Entry("5" * 40)})
    assert isinstance(merge_records(one, other, []), Merged)


def test_newer_of_several_ancestors_counts():
    older = replace(BASE, oid="1" * 40)
    newer = replace(BASE, oid="2" * 40, files={**BASE.files, "run.toml": Entry("6" * 40)})
    behind = replace(newer, oid="a" * 40)
    ahead = replace(newer, oid="b" * 40, files={**newer.files, "run.toml": Entry("7" * 40)})
    assert isinstance(merge_records(behind, ahead, [older, newer]), Merged)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"run.toml": "6"}, {"run.toml": "7"}, Refused("run.toml", "changed on both sides")),
        ({"events/b": "6"}, {"events/b": "7"}, Refused("events/b", "has two contents")),
        (
            {"params.toml": "6"},
            {"run.toml": "7"},
            Refused("run.toml", "changed on one side, and another file on the other"),
        ),
        (
            {"metrics/0.parquet": "6"},
            {},
            Refused("metrics/0.parquet", "changed, though it is written once"),
        ),
        (
            {"events/aa/1.toml": "6"},
            {"events/aa/1.toml": "6"},
            Refused("events/aa/1.toml", "changed, though it is written once"),
        ),
        (
            {"events/b": "6"},
            {"events/b/c": "7"},
            Refused("events/b/c", "is in a folder that is a file on the other side"),
        ),
    ],
)
def test_what_breaks_the_rule_is_refused_by_its_path(one, other, expected):
    sides = [
        grown(oid, {path: Entry(digit * 40) for path, digit in files.items()})
        for oid, files in (("a", one), ("b", other))
    ]
    assert merge_records(*sides, [BASE]) == expected


def test_file_that_vanished_is_refused_even_where_nothing_else_differs():
    poorer = replace(BASE, oid="a" * 40, files={"run.toml": BASE.files["run.toml"]})
    assert merge_records(BASE, poorer, [BASE]) == Refused("events/aa/1.toml", "vanished")
