"""A run stands as the latest words about it say, in whatever order they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.errors import InvalidName
from gitxp.model.event import (
    ChoosingBaseline,
    Describing,
    Event,
    EventId,
    Judging,
    Keeping,
    Noting,
    Removal,
    Renaming,
    Retraction,
    Return,
    Tagging,
    Unkeeping,
    UnknownStatement,
    Untagging,
)
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Judgement, Note, Run, Session, Tag, Verdict
from gitxp.model.standing import (
    BaselineChoice,
    Description,
    baseline_in_force,
    fold_baselines,
    fold_description,
    fold_events,
)

DAY = datetime(2026, 1, 2, tzinfo=UTC)


def run(**tags):
    return Run(RunId("0" * 32), ExperimentName("lr"), (Session(DAY),), tags=tags)


def event(clock, *said, digit="1"):
    return Event(EventId(digit * 32), clock, DAY, "Ada", said)


statements = (
    st.builds(Tagging, st.sampled_from("ab"), st.integers(0, 3))
    | st.builds(Untagging, st.sampled_from("ab"))
    | st.builds(Noting, st.sampled_from("xy"))
    | st.builds(Judging, st.sampled_from(Verdict), st.sampled_from(["", "why"]))
    | st.sampled_from([Keeping(), Unkeeping()])
    | st.builds(Renaming, st.sampled_from("pq"))
    | st.builds(ChoosingBaseline, st.sampled_from([RunId("a" * 32), RunId("b" * 32), None]))
    | st.just(UnknownStatement("later", {"key": "a"}))
)
events = st.builds(
    Event,
    st.text("0123456789abcdef", min_size=32, max_size=32).map(EventId),
    st.integers(0, 5),
    st.just(DAY),
    st.just("Ada"),
    st.lists(statements, max_size=3).map(tuple),
)
distinct = st.lists(events, max_size=6, unique_by=lambda event: event.id)
tags = st.dictionaries(
    st.sampled_from("ab"), st.builds(Tag, st.integers(0, 3), st.integers(0, 5)), max_size=2
)


def latest_word(key, given_run, said):
    """What holds of a tag, told another way: the greatest of all that was ever said of it."""
    words = [
        ((one.clock, one.id, place), getattr(statement, "value", None))
        for one in said
        for place, statement in enumerate(one.said)
        if isinstance(statement, Tagging | Untagging) and statement.key == key
    ]
    if key in given_run.tags:
        words.append(((given_run.tags[key].clock, "", 0), given_run.tags[key].value))
    return max(words)[1] if words else None


@given(tags, distinct)
def test_tag_holds_what_was_said_last(known, said):
    given_run = run(**known)
    folded = fold_events(given_run, said)
    for key in "ab":
        value = folded.tags[key].value if key in folded.tags else None
        assert value == latest_word(key, given_run, said)


@given(tags, distinct, st.randoms())
def test_order_of_arrival_does_not_matter(known, said, chance):
    shuffled = list(said)
    chance.shuffle(shuffled)
    assert fold_events(run(**known), shuffled) == fold_events(run(**known), said)


@given(tags, distinct)
def test_folding_again_changes_nothing(known, said):
    once = fold_events(run(**known), said)
    assert fold_events(once, said) == once


def test_tag_set_while_it_ran_outlasts_what_has_an_earlier_clock():
    kept = run(kind=Tag("late", 9))
    said = [event(8, Tagging("kind", "early")), event(7, Untagging("kind"), digit="2")]
    assert fold_events(kept, said) == kept


def test_event_wins_over_the_record_at_the_same_clock():
    folded = fold_events(run(a=Tag(1, 9), b=Tag(1, 9)), [event(9, Tagging("a", 2), Untagging("b"))])
    assert folded.tags == {"a": Tag(2, 9)}


def test_of_two_events_at_one_clock_the_larger_id_counts():
    said = [event(9, Tagging("a", "f"), digit="f"), event(9, Tagging("a", "1"), digit="1")]
    assert fold_events(run(), said).tags == {"a": Tag("f", 9)}


def test_later_word_of_one_event_counts():
    assert fold_events(run(), [event(9, Tagging("a", 1), Untagging("a"))]).tags == {}


def test_what_concerns_the_experiment_leaves_the_run_as_it_is():
    said = event(9, Removal(RunId("0" * 32), "a" * 40), Return(RunId("0" * 32), "a" * 40))
    assert fold_events(run(a=Tag(1, 2)), [said]) == run(a=Tag(1, 2))


@given(tags, distinct, st.data())
def test_what_is_retracted_was_never_said(known, said, data):
    gone = data.draw(st.sets(st.sampled_from([one.id for one in said]))) if said else set()
    words = [Retraction(one) for one in gone]
    retraction = Event(EventId("f" * 32), data.draw(st.integers(0, 5)), DAY, "Ada", tuple(words))
    rest = [one for one in said if one.id not in gone]
    assert fold_events(run(**known), [*said, retraction]) == fold_events(run(**known), rest)


def test_retraction_cannot_be_retracted():
    said = event(1, Tagging("a", 1), digit="1")
    first, second = event(2, Retraction(said.id), digit="2"), EventId("2" * 32)
    again = event(3, Retraction(second), digit="3")
    assert fold_events(run(), [said, first, again]).tags == {}


def test_latest_verdict_counts_and_says_who_gave_it_when():
    said = [
        event(1, Judging(Verdict.CONFIRMED), Judging(Verdict.REFUTED, "no"), digit="1"),
        event(2, Noting("one"), Noting("two"), digit="2"),
    ]
    folded = fold_events(run(), said)
    assert folded.judgement == Judgement(Verdict.REFUTED, "no", "Ada", DAY)
    assert folded.notes == (Note("one", "Ada", DAY), Note("two", "Ada", DAY))


def test_tag_hypothesis_is_the_hypothesis_whatever_its_clock():
    given_run = replace(run(), hypothesis="first")
    assert fold_events(given_run, [event(0, Tagging("hypothesis", 7))]).hypothesis == "7"
    gone = fold_events(given_run, [event(0, Untagging("hypothesis"))])
    assert (gone.hypothesis, gone.tags) == ("", {})


def test_experiment_is_described_by_the_latest_word():
    first, second = event(1, Describing("a"), digit="1"), event(2, Describing("b"), digit="2")
    assert fold_description([second, first]) == Description("b", "Ada", DAY)
    assert fold_description([first, second, event(3, Describing(), digit="3")]) is None
    taken_back = event(3, Retraction(second.id), digit="3")
    assert fold_description([first, second, taken_back]) == Description("a", "Ada", DAY)
    assert fold_description([]) is None


@given(distinct, st.randoms())
def test_latest_choice_of_a_baseline_is_in_force_in_whatever_order_they_come(said, chance):
    shuffled = list(said)
    chance.shuffle(shuffled)
    words = [
        ((one.clock, one.id, place), statement.run)
        for one in said
        for place, statement in enumerate(one.said)
        if isinstance(statement, ChoosingBaseline)
    ]
    choices = fold_baselines(shuffled)
    assert baseline_in_force(choices) == (max(words)[1] if words else None)
    assert [choice.run for choice in choices] == [run for _, run in sorted(words)]


def test_choice_of_a_baseline_that_is_retracted_leaves_the_one_before():
    first, second = RunId("a" * 32), RunId("b" * 32)
    said = [
        event(1, ChoosingBaseline(first), digit="1"),
        event(2, ChoosingBaseline(second), digit="2"),
        event(3, Retraction(EventId("2" * 32)), digit="3"),
    ]
    assert fold_baselines(said) == (BaselineChoice(first, "Ada", DAY),)
    assert baseline_in_force(fold_baselines([*said, event(4, ChoosingBaseline())])) is None


@pytest.mark.parametrize("text", ["", "0" * 31, "A" * 32, "0" * 32 + "\n"])
def test_event_id_of_another_shape_is_refused(text):
    with pytest.raises(InvalidName, match="expected 32 lower-case hexadecimal digits"):
        EventId(text)
