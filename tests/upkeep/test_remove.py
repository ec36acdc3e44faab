"""A removal is said in the experiment's own record, and so is its being taken back."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from gitxp.errors import NothingToUndo, RefChanged, RunStillActive
from gitxp.model.event import Removal, Return
from gitxp.model.identity import ExperimentName
from gitxp.query.runs import find_runs
from gitxp.storage.events.about import read_about
from gitxp.storage.operations import RefChange, undoable
from gitxp.storage.refs import about_ref, run_ref
from gitxp.storage.refstore import change_refs, list_refs, read_ref
from gitxp.storage.repository import open_repository
from gitxp.upkeep.remove import remove_runs
from gitxp.upkeep.undo import undo

LR, WD = ExperimentName("lr"), ExperimentName("vision/wd")
REMOVE = "git xp remove"


@pytest.fixture
def repository(repo_dir):
    return open_repository(repo_dir)


@pytest.fixture
def runs(repository, repo_dir, monkeypatch):
    """Two runs of one experiment and one of another, as recorded; by name."""
    monkeypatch.chdir(repo_dir)
    for experiment, name in (("lr", "slow"), ("lr", "fast"), ("vision/wd", "other")):
        with gitxp.start_run(experiment, name, params={"lr": 0.1}) as run:
            run.log({"loss": 0.5})
    return {run.name: run for run in find_runs(repository).runs}


def refs(repository):
    """The refs of runs and of the trash."""
    listed = list_refs(repository, "refs/experiments/", "refs/gitxp/trash/")
    return {name: oid for name, oid in listed.items() if not name.endswith("/about")}


def said(repository, experiment=LR):
    return [event.said for event in read_about(repository, experiment)]


def removal(run):
    return Removal(run.id, run.tip)


def test_removal_is_one_event_an_experiment_and_one_operation(repository, runs, repo_dir, git):
    gone = [runs["slow"], runs["other"], runs["fast"]]
    operation = remove_runs(repository, gone, command=REMOVE)
    assert said(repository) == [(removal(runs["slow"]), removal(runs["fast"]))]
    assert said(repository, WD) == [(removal(runs["other"]),)]
    assert read_about(repository, LR)[0].author == "Ada Lovelace <ada@example.org>"
    assert len(operation.changes) == 3 + 3 + 2
    assert find_runs(repository).runs == ()
    assert sorted(refs(repository).values()) == sorted(run.tip for run in gone)
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_removed_run_that_comes_back_is_said_to(repository, runs, repo_dir, git):
    before = refs(repository)
    remove_runs(repository, [runs["slow"], runs["other"]], command=REMOVE)
    first = read_ref(repository, about_ref(LR))
    undo(repository)
    assert refs(repository) == before
    slow = runs["slow"]
    assert said(repository) == [(removal(slow),), (Return(slow.id, slow.tip),)]
    assert said(repository, WD)[1] == (Return(runs["other"].id, runs["other"].tip),)
    assert git("rev-parse", f"{about_ref(LR)}^", cwd=repo_dir).strip() == first
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_run_may_be_removed_and_brought_back_again_and_again(repository, runs):
    for _ in range(3):
        (run,) = [run for run in find_runs(repository).runs if run.name == "slow"]
        remove_runs(repository, [run], command=REMOVE)
        undo(repository)
    assert [type(one) for (one,) in said(repository)] == [Removal, Return] * 3
    assert len(find_runs(repository).runs) == 3
    with pytest.raises(NothingToUndo):
        undo(repository)


def test_removals_of_one_experiment_are_taken_back_in_any_order(repository, runs):
    operations = [
        remove_runs(repository, [runs[name]], command=REMOVE) for name in ("slow", "fast")
    ]
    undo(repository, operations[0].id)
    assert {run.name for run in find_runs(repository).runs} == {"slow", "other"}
    undo(repository)
    assert len(find_runs(repository).runs) == 3
    assert len(said(repository)) == 4


def test_running_run_is_not_removed(repository, runs):
    with gitxp.start_run("lr", "running") as run:
        (live,) = [one for one in find_runs(repository).runs if one.id == run.id]
        with pytest.raises(RunStillActive):
            remove_runs(repository, [runs["slow"], live], command=REMOVE)
    assert len(find_runs(repository).runs) == 4
    assert said(repository) == []


def test_run_that_was_removed_meanwhile_is_told_and_nothing_is_done(repository, runs):
    remove_runs(repository, [runs["slow"]], command=REMOVE)
    before = list_refs(repository, "refs/")
    with pytest.raises(RefChanged, match="was changed meanwhile"):
        remove_runs(repository, [runs["fast"], runs["slow"]], command=REMOVE)
    assert list_refs(repository, "refs/") == before


@pytest.mark.parametrize("meanwhile", ["the run is there again", "the trash was emptied"])
def test_removal_that_cannot_be_taken_back_says_nothing(repository, runs, meanwhile):
    operation = remove_runs(repository, [runs["slow"]], command=REMOVE)
    tip = runs["slow"].tip
    (trash,) = [change.ref for change in operation.changes if "trash" in change.ref]
    elsewhere = {
        "the run is there again": RefChange(run_ref(LR, runs["slow"].id), None, tip),
        "the trash was emptied": RefChange(trash, tip, None),
    }
    change_refs(repository, [elsewhere[meanwhile]], command="elsewhere")
    before = list_refs(repository, "refs/")
    with pytest.raises(RefChanged):
        undo(repository)
    assert list_refs(repository, "refs/") == before
    assert [one.id for one in undoable(repository.private_dir)] == [operation.id]


def test_undo_of_another_command_says_nothing(repository, runs):
    slow = runs["slow"]
    change = RefChange(run_ref(WD, slow.id), None, slow.tip)
    change_refs(repository, [change], command="git xp something")
    undo(repository)
    assert change.ref not in refs(repository)
    assert said(repository) == said(repository, WD) == []


def test_command_that_only_said_something_is_not_unsaid(repository, runs):
    remove_runs(repository, [runs["slow"]], command=REMOVE)
    tip = read_ref(repository, about_ref(LR))
    root = RefChange(about_ref(WD), None, tip)
    change_refs(repository, [root], command="git xp baseline")
    with pytest.raises(NothingToUndo, match="cannot be unsaid"):
        undo(repository)
    assert read_ref(repository, about_ref(WD)) == tip


def xp(repo_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("git-xp")), *words],
        cwd=repo_dir,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def seen(repo_dir: Path, *words: str) -> list[str]:
    """What a command prints, but for how long ago things were."""
    done = xp(repo_dir, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub(r"\bnow\b|\d+s ago", "", done.stdout).split()


def test_commands_and_frames_pass_over_what_was_said(repository, runs, repo_dir):
    plain = {words: seen(repo_dir, *words) for words in LOOKS}
    frame = gitxp.runs()
    assert xp(repo_dir, "remove", "slow", "--yes").returncode == 0
    assert xp(repo_dir, "undo").returncode == 0
    assert about_ref(LR) in list_refs(repository, "refs/experiments/")
    for words in LOOKS:
        assert seen(repo_dir, *words) == plain[words]
    assert gitxp.runs().equals(frame)
    assert json.loads(xp(repo_dir, "list", "--json").stdout)


LOOKS = [
    ("list",),
    ("list", "--json"),
    ("list", "--experiment", "lr"),
    ("show", "fast"),
    ("show", "@"),
    ("metrics", "fast"),
    ("diff", "slow", "fast"),
    ("recover",),
]


def test_experiment_whose_runs_are_all_removed_lists_none(repository, runs, repo_dir):
    assert xp(repo_dir, "remove", "slow", "fast", "other", "--yes").returncode == 0
    done = xp(repo_dir, "list", "--json")
    assert (json.loads(done.stdout), done.stderr) == ([], "")
    assert len(gitxp.runs()) == 0
