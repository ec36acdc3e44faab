"""Two clones that each say something of one experiment come to the same record."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import gitxp
from gitxp.model.event import Removal
from gitxp.model.identity import ExperimentName
from gitxp.query.runs import find_runs
from gitxp.storage.events.about import read_about
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.merge import FastForward, Merged, Tip, merge_records
from gitxp.storage.odb.objects import write_loose
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import about_ref
from gitxp.storage.repository import open_repository
from gitxp.upkeep.remove import remove_runs
from gitxp.upkeep.undo import undo

LR = ExperimentName("lr")
REF = about_ref(LR)


@pytest.fixture
def clones(repo_dir, tmp_path, git, monkeypatch):
    """Two clones that hold the same three runs."""
    monkeypatch.chdir(repo_dir)
    for name in ("a", "b", "c"):
        with gitxp.start_run("lr", name):
            pass
    other = tmp_path / "other"
    git("clone", "--quiet", str(repo_dir), str(other), cwd=tmp_path)
    fetch(git, other, repo_dir)
    return repo_dir, other


def fetch(git, here: Path, there: Path, *, into="refs/experiments/") -> None:
    spec = f"refs/experiments/*:{into}*"
    git("fetch", "--quiet", "--no-tags", str(there), spec, cwd=here)


def remove(top: Path, *names: str) -> list[Removal]:
    repository = open_repository(top)
    runs = [run for run in find_runs(repository).runs if run.name in names]
    remove_runs(repository, runs, command="git xp remove")
    return [Removal(run.id, run.tip) for run in runs]


def tip(git, top: Path, oid: str) -> Tip:
    seconds = int(git("log", "-1", "--format=%ct", oid, cwd=top))
    return Tip(oid, seconds, None, RecordReader(open_repository(top)).entries(oid))


def merge(git, here: Path, there: Path):
    """Fetch the other clone's record and merge it into this one's."""
    fetch(git, here, there, into="refs/gitxp/incoming/other/")
    incoming = f"refs/gitxp/incoming/other/{LR}/about"
    ours, theirs = git("rev-parse", REF, incoming, cwd=here).split()
    bases = git("merge-base", "--all", ours, theirs, cwd=here).split()
    found = [tip(git, here, base) for base in bases]
    outcome = merge_records(tip(git, here, ours), tip(git, here, theirs), found)
    if isinstance(outcome, Merged):
        for made in outcome.objects:
            write_loose(here / ".git/objects", made)
    oid = outcome.commit.oid if isinstance(outcome, Merged) else outcome.oid
    git("update-ref", REF, oid, ours, cwd=here)
    git("fsck", "--full", "--strict", cwd=here)
    return outcome


def said(top: Path) -> list:
    events = read_about(open_repository(top), LR)
    return [statement for event in events for statement in event.said]


def test_first_removals_of_two_clones_merge_to_both(clones, git):
    one, other = clones
    removals = remove(one, "a") + remove(other, "b")
    here, there = git("rev-parse", REF, cwd=one), git("rev-parse", REF, cwd=other)
    merged = merge(git, one, other)
    assert isinstance(merged, Merged)
    assert said(one) == removals
    parents = git("log", "-1", "--format=%P", REF, cwd=one).split()
    assert parents == sorted([here.strip(), there.strip()])
    assert merge(git, other, one) == FastForward(merged.commit.oid)
    assert said(other) == removals


def test_both_clones_make_the_same_commit(clones, git):
    one, other = clones
    remove(one, "a")
    fetch(git, other, one)
    remove(one, "b")
    undo(open_repository(one))
    remove(other, "c")
    before = git("rev-parse", REF, cwd=one).strip()
    here = merge(git, one, other)
    git("update-ref", REF, before, cwd=one)
    assert merge(git, other, one) == here
    assert len(said(other)) == 4


def test_record_goes_on_after_a_merge(clones, git):
    one, other = clones
    remove(one, "a")
    remove(other, "b")
    merge(git, one, other)
    remove(one, "c")
    assert isinstance(merge(git, other, one), FastForward)
    change_refs_and_say(
        open_repository(other),
        [],
        [NewEvent(LR, (), "Ada", datetime.now(UTC))],
        command="test",
    )
    assert isinstance(merge(git, one, other), FastForward)
    assert len(said(one)) == 3
    clocks = [event.clock for event in read_about(open_repository(one), LR)]
    assert clocks == sorted(set(clocks))
