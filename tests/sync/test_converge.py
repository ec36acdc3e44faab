"""Any interleaving of edits, removals, pushes and pulls on three clones ends with equal refs."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gitxp.model.event import Tagging
from gitxp.model.identity import ExperimentName, RunId
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import run_ref
from gitxp.storage.refstore import list_refs
from gitxp.sync.arrival import Outcome
from gitxp.upkeep.remove import remove_runs
from gitxp.upkeep.verify.verify import verify

RUNS = 2
EXPERIMENT = ExperimentName("lr")


@pytest.fixture
def started(clones, tmp_path):
    """Three clones that have the same two runs, to be copied for each example."""
    ada, *others = clones
    runs = [RunId(ada.start(lr=number)) for number in range(RUNS)]
    ada.push()
    for clone in others:
        clone.pull()
    for name in ("ada", "bob", "eve", "server.git"):
        shutil.copytree(tmp_path / name, tmp_path / "fresh" / name)
    return runs


def say(clone, run, key):
    if run_ref(EXPERIMENT, run) in clone.refs():
        author = f"{clone.top.name} <{clone.top.name}@example.org>"
        said = (Tagging(key, clone.top.name),)
        event = NewEvent(EXPERIMENT, said, author, datetime.now(UTC), run)
        change_refs_and_say(clone.repository, [], [event], command="git xp tag")


def remove(clone, run):
    tip = clone.refs().get(run_ref(EXPERIMENT, run))
    if tip is not None:
        read = RecordReader(clone.repository).run(tip)
        remove_runs(clone.repository, [read], command="git xp remove")


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["say", "say", "push", "pull", "remove"]),
        st.integers(0, RUNS - 1),
    ),
    min_size=4,
    max_size=12,
)


@settings(
    max_examples=10,
    # To find a smaller example takes minutes, and the steps are few.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_clones_that_share_in_any_order_come_to_equal_refs(clones, started, tmp_path, steps):
    os.chdir("/")
    for name in ("ada", "bob", "eve", "server.git"):
        shutil.rmtree(tmp_path / name)
        shutil.copytree(tmp_path / "fresh" / name, tmp_path / name)
    said = {run: set() for run in started}
    for number, (who, act, which) in enumerate(steps):
        clone, run = clones[who], started[which]
        if act == "say":
            if run_ref(EXPERIMENT, run) in clone.refs():
                said[run].add(f"key{number}")
            say(clone, run, f"key{number}")
        elif act == "remove":
            remove(clone, run)
        elif act == "push":
            clone.push()
        else:
            assert Outcome.REFUSED not in {one.outcome for one in clone.pull()}
    for _ in range(3):
        for clone in clones:
            clone.pull()
            clone.push()
    first, *others = (clone.refs() for clone in clones)
    kept = {run for run in started if run_ref(EXPERIMENT, run) in first}
    assert all(refs == first for refs in others), [first, *others]
    assert clones[0].remote_refs() == first
    for clone in clones:
        assert clone.push() == {}
        assert not clone.pull()
        assert verify(clone.repository, home="").failures == ()
    # What was said of a run and is nowhere any more is in somebody's trash.
    for run in kept:
        tags = RecordReader(clones[0].repository).run(first[run_ref(EXPERIMENT, run)]).tags
        in_trash = [
            RecordReader(clone.repository).run(tip).tags
            for clone in clones
            for ref, tip in list_refs(clone.repository, "refs/gitxp/trash/").items()
            if ref.endswith(run)
        ]
        assert said[run] <= set(tags).union(*in_trash)
