"""Merges are made again and compared: whoever merges two records must get the same commit."""

from __future__ import annotations

import pytest

import gitxp
from gitxp.model.event import Event, EventId, Tagging, UnknownStatement
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.layout import event_path
from gitxp.storage.merge import Merged, Tip, merge_records
from gitxp.storage.odb.objects import Entry, GitObject, build_trees, write_loose
from gitxp.storage.operations import RefChange
from gitxp.storage.reader import RecordReader
from gitxp.storage.record_commit import record_commit
from gitxp.storage.refs import about_ref, run_ref
from gitxp.storage.refstore import change_refs, read_ref
from gitxp.storage.repository import open_repository
from gitxp.upkeep.verify.verify import verify


@pytest.fixture
def run(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    with gitxp.start_run("lr") as run:
        run.log({"loss": 0.5}, step=0)
    return gitxp.get_run(run.id)


def say(repository, run, before, number):
    """Write the record after `before` in which a tag is set, and return its commit."""
    objects = repository.common_dir / "objects"
    clock, said = 1_767_323_045_000 + number, (Tagging("x", number),)
    event = Event(EventId(f"{number:032x}"), clock, run.started, run.author, said)
    blob = GitObject("blob", encode_event(event))
    files = RecordReader(repository).entries(before)
    files[event_path(event.clock, event.id)] = Entry(blob.oid)
    tree, trees = build_trees(files)
    commit = record_commit(run, tree, before=before, code=run.code.commit, when=run.started)
    for made in (blob, *trees, commit):
        write_loose(objects, made)
    return commit.oid


def tip(repository, git, run, oid):
    seconds = int(git("log", "-1", "--format=%ct", oid, cwd=repository.work_tree))
    return Tip(oid, seconds, run.code.commit, RecordReader(repository).entries(oid))


def failures(repository):
    return [flaw.what for flaw in verify(repository, home="").failures]


def move(repository, run, before, after):
    ref = run_ref(run.experiment, run.id)
    change_refs(repository, [RefChange(ref, before, after)], command="test")


def test_merges_of_merges_are_verified(git, run):
    repository = open_repository()
    newest = run.tip
    for number in range(1, 9, 2):
        sides = [say(repository, run, newest, number + side) for side in (0, 1)]
        tips = [tip(repository, git, run, oid) for oid in (*sides, newest)]
        made = merge_records(tips[0], tips[1], tips[2:])
        assert isinstance(made, Merged)
        for one in made.objects:
            write_loose(repository.common_dir / "objects", one)
        newest = made.commit.oid
    move(repository, run, run.tip, newest)
    done = verify(repository, home="")
    assert done.flaws == ()
    assert done.commits == 13


def test_merge_that_somebody_made_by_hand_is_named(git, run):
    repository = open_repository()
    sides = sorted(say(repository, run, run.tip, number) for number in (1, 2))
    tips = [tip(repository, git, run, oid) for oid in (*sides, run.tip)]
    made = merge_records(tips[0], tips[1], tips[2:])
    assert isinstance(made, Merged)
    forged = GitObject("commit", made.commit.content.replace(b"two records", b"my records"))
    for one in (*made.objects, forged):
        write_loose(repository.common_dir / "objects", one)
    move(repository, run, run.tip, forged.oid)
    (what,) = failures(repository)
    assert what.startswith(f"it is not the merge that everybody would make of {sides[0][:12]} and ")


def test_merge_that_dropped_what_was_said_is_named(git, run):
    repository = open_repository()
    sides = sorted(say(repository, run, run.tip, number) for number in (1, 2))
    words = [word for oid in (sides[0], run.code.commit, sides[1]) for word in ("-p", oid)]
    merged = git("commit-tree", f"{sides[0]}^{{tree}}", *words, "-m", "x", cwd=repository.work_tree)
    move(repository, run, run.tip, merged.strip())
    assert any("vanished" in what for what in failures(repository))


def test_merge_of_what_two_clones_said_first_is_verified(git, run):
    repository, ref = open_repository(), about_ref(run.experiment)
    tips = []
    for word in ("one", "other"):
        new = NewEvent(run.experiment, (UnknownStatement(word),), "Ada", run.started)
        change_refs_and_say(repository, [], [new], command="test")
        oid = read_ref(repository, ref)
        seconds = int(git("log", "-1", "--format=%ct", oid, cwd=repository.work_tree))
        tips.append(Tip(oid, seconds, None, RecordReader(repository).entries(oid)))
        change_refs(repository, [RefChange(ref, oid, None)], command="test")
    made = merge_records(tips[0], tips[1], [])
    assert isinstance(made, Merged)
    for one in made.objects:
        write_loose(repository.common_dir / "objects", one)
    change_refs(repository, [RefChange(ref, None, made.commit.oid)], command="test")
    done = verify(repository, home="")
    assert done.flaws == ()
    assert (done.experiments, done.commits) == (1, 4)
