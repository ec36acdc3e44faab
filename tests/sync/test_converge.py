"""Any interleaving of edits, removals, pushes and pulls on three clones ends with equal refs.

`GITXP_TEST_EXAMPLES` sets how many are tried.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from gitxp.errors import NothingToUndo, RefChanged, RunKept, UnknownRun
from gitxp.model.event import (
    ChoosingBaseline,
    Describing,
    Event,
    Judging,
    Keeping,
    Noting,
    Removal,
    Renaming,
    Statement,
    Tagging,
)
from gitxp.model.identity import EventId, ExperimentName, RunId
from gitxp.model.run import Verdict
from gitxp.model.standing import fold_removals
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import about_ref, run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository, open_repository
from gitxp.sync.arrival import Outcome
from gitxp.sync.record_history import RecordHistory
from gitxp.upkeep.remove import remove_runs
from gitxp.upkeep.undo import undo
from gitxp.upkeep.verify.verify import verify

EXAMPLES = int(os.environ.get("GITXP_TEST_EXAMPLES", "4"))
RUNS = 2
EXPERIMENT = ExperimentName("lr")
ABOUT = about_ref(EXPERIMENT)
# The remotes, and the folders where they are.
REMOTES = {"origin": "server.git", "mirror": "mirror.git"}
FOLDERS = ("ada", "bob", "eve", *REMOTES.values())
OF_RUNS: dict[str, Callable[[str], Statement]] = {
    "tag": lambda text: Tagging(text, 1),
    "note": Noting,
    "verdict": lambda text: Judging(Verdict.CONFIRMED, text),
    "rename": Renaming,
    "keep": lambda _: Keeping(),
}
SHARING = ("push", "push", "push", "pull", "pull", "fetch")
STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(
            [*OF_RUNS, "describe", "baseline", "undo", "remove", "remove", "remove", *SHARING]
        ),
        st.integers(0, RUNS - 1),
        st.sampled_from(["origin", "origin", "mirror"]),
    ),
    min_size=6,
    max_size=16,
)
# What brought removed runs back once.
DESCRIBED_AMID_A_REMOVAL = [
    (1, "describe", 0, "origin"),
    (1, "push", 0, "origin"),
    (0, "remove", 0, "origin"),
    (0, "push", 0, "origin"),
    (1, "push", 0, "origin"),
]
BY_A_REMOTE_NOT_TALKED_TO = [
    (0, "remove", 0, "origin"),
    (0, "push", 0, "mirror"),
    (1, "push", 0, "mirror"),
]


@pytest.fixture
def started(clones, tmp_path, git):
    """Three clones that have the same two runs, to be copied for each example; two remotes do."""
    ada, *others = clones
    git("clone", "--quiet", "--bare", "server.git", "mirror.git", cwd=tmp_path)
    for clone in clones:
        git("remote", "add", "mirror", str(tmp_path / "mirror.git"), cwd=clone.top)
    runs = [RunId(ada.start(lr=number)) for number in range(RUNS)]
    for name in REMOTES:
        ada.push(name)
    for clone in others:
        clone.pull()
    for name in FOLDERS:
        shutil.copytree(tmp_path / name, tmp_path / "fresh" / name)
    return runs


@dataclass
class Team:
    """Three clones and what was said in them.

    Attributes:
        said: The events of each record, by its ref: nothing may be lost, taken back or not.
        kept: The events by which runs are kept, by the ref of the run.
        away: The runs that a push took away from a remote, by its name, as they stood there.
    """

    clones: list
    runs: list[RunId]
    said: dict[str, set[EventId]] = field(default_factory=dict)
    kept: dict[str, set[EventId]] = field(default_factory=dict)
    away: dict[str, dict[RunId, str]] = field(default_factory=dict)

    @property
    def above(self) -> Path:
        return self.clones[0].top.parent

    def do(self, number: int, who: int, act: str, which: int, remote: str) -> None:
        clone, run = self.clones[who], self.runs[which]
        match act:
            case "push":
                self.push(clone, remote)
            case "pull":
                assert Outcome.REFUSED not in {one.outcome for one in clone.pull(remote)}
            case "fetch":
                clone.fetch(remote)
            case "undo":
                self._undo(clone)
            case "remove":
                _remove(clone, run)
            case "describe":
                self._say(clone, Describing(f"words{number}"), ABOUT, None)
            case "baseline":
                self._say(clone, ChoosingBaseline(run), ABOUT, None)
            case _:
                statement = OF_RUNS[act](f"words{number}")
                self._say(clone, statement, run_ref(EXPERIMENT, run), run)

    def _say(self, clone, statement: Statement, ref: str, run: RunId | None) -> None:
        if run is not None and ref not in clone.refs():
            return
        author = f"{clone.top.name} <{clone.top.name}@example.org>"
        event = NewEvent(EXPERIMENT, (statement,), author, datetime.now(UTC), run)
        command = f"git xp {statement.kind}"
        operation = change_refs_and_say(clone.repository, [], [event], command=command)
        ids = {one.event for one in operation.said}
        assert len(ids) == 1
        self.said.setdefault(ref, set()).update(ids)
        if isinstance(statement, Keeping):
            self.kept.setdefault(ref, set()).update(ids)

    def _undo(self, clone) -> None:
        with suppress(NothingToUndo, RefChanged, UnknownRun):  # then nothing changes
            operation = undo(clone.repository)
            for one in operation.said:
                self.kept.get(one.ref, set()).discard(one.event)

    def push(self, clone, remote: str) -> None:
        """Push, and prove that no removed run is there to which nothing was added.

        Those are meant that the remote's own record tells of, and those that it had let go of.
        """
        before = clone.remote_refs(REMOTES[remote])
        clone.push(remote)
        there = clone.remote_refs(REMOTES[remote])
        away = self.away.setdefault(remote, {})
        refs = {run: run_ref(EXPERIMENT, run) for run in self.runs}
        away |= {run: before[ref] for run, ref in refs.items() if ref in before.keys() - there}
        told = _removals([open_repository(self.above / REMOTES[remote])])
        removed = _removals(one.repository for one in self.clones)
        known = [(run, removal.tip) for run, removal in told.items()]
        known += [(run, tip) for run, tip in away.items() if run in removed]
        for run, removed_tip in known:
            tip = there.get(refs[run])
            for one in self.clones if tip is not None else ():
                history = RecordHistory(one.repository)
                assert not history.leads_to(tip, removed_tip), (remote, run)

    def share_until_quiet(self) -> None:
        """Share all: whoever has two remotes brings together what both have before they push."""
        for _ in range(4):
            for clone in self.clones:
                for remote in REMOTES:
                    clone.pull(remote)
                for remote in REMOTES:
                    self.push(clone, remote)
            wanted = self.clones[0].refs()
            if all(refs == wanted for refs in self.all_refs()):
                return

    def all_refs(self) -> Iterable[dict[str, str]]:
        yield from (clone.refs() for clone in self.clones)
        yield from (self.clones[0].remote_refs(folder) for folder in REMOTES.values())


def _events_at(repository: Repository, tips: Iterable[str]) -> list[Event]:
    reader = RecordReader(repository)
    return [event for tip in tips for event in reader.events(tip)]


def _removals(repositories: Iterable[Repository]) -> dict[RunId, Removal]:
    """Return the removals that stand by all that some repositories know together."""
    found = [
        event
        for repository in repositories
        for event in _events_at(repository, list_refs(repository, ABOUT).values())
    ]
    return fold_removals({event.id: event for event in found}.values())


def _remove(clone, run: RunId) -> None:
    tip = clone.refs().get(run_ref(EXPERIMENT, run))
    if tip is not None:
        read = RecordReader(clone.repository).run(tip)
        with suppress(RunKept):
            remove_runs(clone.repository, [read], command="git xp remove")


def _events(clone, ref: str) -> set[EventId]:
    """Return what a clone holds of what was said of a record, in its trash as well."""
    held = [clone.refs().get(ref)]
    trash = list_refs(clone.repository, "refs/gitxp/trash/")
    held += [tip for name, tip in trash.items() if name.endswith(ref.rpartition("/")[2])]
    return {event.id for event in _events_at(clone.repository, filter(None, held))}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    # To find a smaller example takes minutes, and the steps are few.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(steps=DESCRIBED_AMID_A_REMOVAL)
@example(steps=BY_A_REMOTE_NOT_TALKED_TO)
@given(steps=STEPS)
def test_clones_that_share_in_any_order_come_to_equal_refs(clones, started, tmp_path, steps):
    os.chdir("/")
    for name in FOLDERS:
        shutil.rmtree(tmp_path / name)
        shutil.copytree(tmp_path / "fresh" / name, tmp_path / name)
    team = Team(clones, started)
    for number, step in enumerate(steps):
        team.do(number, *step)
    team.share_until_quiet()
    first, *others = team.all_refs()
    assert all(refs == first for refs in others), [first, *others]
    for clone in clones:
        for remote in REMOTES:
            assert clone.push(remote) == {}
            assert not clone.pull(remote)
        assert verify(clone.repository, home="").failures == ()
    for ref, keeps in team.kept.items():
        assert ref in first or not keeps, f"{ref} was to be kept"
    # What was said of a run that is nowhere any more is in somebody's trash.
    for ref in (ABOUT, *(run_ref(EXPERIMENT, run) for run in started)):
        held = set().union(*(_events(clone, ref) for clone in clones))
        assert team.said.get(ref, set()) <= held
