"""What was said is taken back by saying so: records only grow, and stand as before."""

from __future__ import annotations

from dataclasses import replace

import pytest

import gitxp
from gitxp.errors import NothingToUndo, RunKept, UnknownRun
from gitxp.model.event import (
    Judging,
    Keeping,
    Noting,
    Renaming,
    Retraction,
    Tagging,
    Unkeeping,
    Untagging,
)
from gitxp.model.identity import ExperimentName
from gitxp.model.run import Verdict
from gitxp.query.abouts import read_abouts
from gitxp.query.runs import find_runs
from gitxp.storage.events.about import read_about
from gitxp.storage.events.pending import keep_pending
from gitxp.storage.layout import pending_dir, recorded_dir
from gitxp.storage.odb.pack import Pack, pack_oids
from gitxp.storage.operations import undoable
from gitxp.storage.reader import RecordReader
from gitxp.tracking.say import describe_experiment, say_of_runs
from gitxp.tracking.workspace import Workspace
from gitxp.upkeep.purge import purge_runs
from gitxp.upkeep.remove import remove_runs
from gitxp.upkeep.undo import undo

LR = ExperimentName("lr")


@pytest.fixture
def workspace(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    return Workspace.open(repo_dir, {})


@pytest.fixture
def repository(workspace):
    return workspace.repository


@pytest.fixture
def runs(workspace):
    """Two runs, the newer first, of which something was said already."""
    for name in ("slow", "fast"):
        with gitxp.start_run("lr", name, tags={"t": 1}, hypothesis="first"):
            pass
    return recorded(workspace)


def recorded(workspace):
    return find_runs(workspace.repository).runs


def say(workspace, runs, *said):
    return say_of_runs(workspace, runs, said, command="git xp test").operation


def standing(workspace):
    """The runs as they stand, but for where."""
    return [replace(run, tip=None) for run in recorded(workspace)]


@pytest.mark.parametrize(
    "said",
    [
        Tagging("t", 2),
        Tagging("new", "x"),
        Tagging("hypothesis", "second"),
        Untagging("t"),
        Noting("a note"),
        Judging(Verdict.CONFIRMED, "why"),
        Keeping(),
        Renaming("other"),
    ],
    ids=lambda said: f"{said.kind}",
)
def test_each_is_taken_back_and_the_record_grows(workspace, repository, runs, said, git, repo_dir):
    before = standing(workspace)
    operation = say(workspace, runs, said)
    tips = [run.tip for run in recorded(workspace)]
    assert standing(workspace) != before
    assert undo(repository) == operation
    assert standing(workspace) == before
    for run, tip in zip(recorded(workspace), tips, strict=True):
        assert git("rev-parse", f"{run.tip}^", cwd=repo_dir).strip() == tip
        event = RecordReader(repository).events(run.tip)[-1]
        assert [type(one) for one in event.said] == [Retraction]
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_commands_are_taken_back_in_any_order(workspace, repository, runs):
    operations = [say(workspace, runs[:1], Noting(word)) for word in ("one", "two", "three")]
    undo(repository, operations[1].id)
    assert [note.text for note in recorded(workspace)[0].notes] == ["one", "three"]
    undo(repository)
    undo(repository)
    assert recorded(workspace)[0].notes == ()
    with pytest.raises(NothingToUndo):
        undo(repository)


def test_what_another_has_said_since_stays(workspace, repository, runs):
    operation = say(workspace, runs[:1], Tagging("t", 2))
    say(workspace, runs[:1], Tagging("t", 3), Noting("mine"))
    undo(repository, operation.id)
    run = recorded(workspace)[0]
    assert (run.tags["t"].value, run.notes[0].text) == (3, "mine")


def test_description_is_taken_back(workspace, repository, runs):
    for text in ("one", "two"):
        describe_experiment(workspace, LR, text, command="git xp experiment describe lr")
    assert read_abouts(repository).descriptions[LR].text == "two"
    undo(repository)
    assert read_abouts(repository).descriptions[LR].text == "one"
    undo(repository)
    assert read_abouts(repository).descriptions == {}
    assert len(read_about(repository, LR)) == 4


def test_what_was_said_of_a_removed_run_waits_until_it_is_back(workspace, repository, runs):
    operation = say(workspace, runs, Noting("x"))
    removal = remove_runs(repository, recorded(workspace)[:1], command="git xp remove fast")
    with pytest.raises(UnknownRun, match="is not here any more"):
        undo(repository, operation.id)
    assert len(undoable(repository.private_dir)) == 2
    undo(repository, removal.id)
    undo(repository, operation.id)
    assert [run.notes for run in recorded(workspace)] == [(), ()]


def test_run_that_is_kept_is_neither_removed_nor_purged(workspace, repository, runs):
    say(workspace, runs[:1], Keeping())
    for remove in (lambda some: remove_runs(repository, some, command="x"), purger(repository)):
        with pytest.raises(RunKept, match="run 'fast' is to be kept") as caught:
            remove(recorded(workspace))
        assert caught.value.hint == f"git xp keep --off {runs[0].id.short}"
    assert len(recorded(workspace)) == 2
    say(workspace, runs[:1], Unkeeping())
    remove_runs(repository, recorded(workspace), command="git xp remove")
    assert recorded(workspace) == ()


def purger(repository):
    return lambda runs: purge_runs(repository, runs)


def test_purge_takes_what_was_said_with_it(workspace, repository, runs, git, repo_dir):
    secret = "correct horse battery staple"
    say(workspace, runs[:1], Noting(secret))
    say(workspace, runs[1:], Noting("harmless"))
    gone, other = recorded(workspace)
    event = RecordReader(repository).events(gone.tip)[0]
    keep_pending(repository.private_dir, gone.id, replace(event, extra={"later": 1}))
    assert len(list(recorded_dir(repository.private_dir).glob("said-*"))) == 2
    purge_runs(repository, [gone])
    packs = recorded_dir(repository.private_dir).glob("*/*.pack")
    kept = {oid for path in packs for oid in pack_oids(Pack(path))}
    assert other.tip in kept
    assert gone.tip not in kept
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    assert not (pending_dir(repository.private_dir) / gone.id).exists()
    held = git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", cwd=repo_dir)
    words = [git("cat-file", "-p", oid, cwd=repo_dir, check=False) for oid in held.split()]
    assert not any(secret in one for one in words)
    assert any("harmless" in one for one in words)
    own = [path.read_bytes() for path in repository.private_dir.rglob("*") if path.is_file()]
    assert not any(secret.encode() in one for one in own)
    assert recorded(workspace) == (other,)
