"""Removing runs at the same time, and being killed amid it: all of a removal or nothing."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from at_once import go, start, tell

import gitxp
from gitxp.model.event import Removal
from gitxp.model.identity import ExperimentName
from gitxp.query.runs import find_runs
from gitxp.storage.events.about import read_about
from gitxp.storage.refs import TRASH
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository
from gitxp.upkeep.remove import remove_runs
from gitxp.upkeep.undo import undo

LR = ExperimentName("lr")

REMOVE = """
import sys
from gitxp.query.runs import find_runs
from gitxp.storage.repository import open_repository
from gitxp.upkeep.remove import remove_runs

repository = open_repository(".")
runs = [run for run in find_runs(repository).runs if run.name in sys.argv[1:]]
print("ready", flush=True)
sys.stdin.readline()
remove_runs(repository, runs, command="git xp remove")
"""

UNDO = """
import sys
from gitxp.storage.repository import open_repository
from gitxp.upkeep.undo import undo

repository = open_repository(".")
print("ready", flush=True)
sys.stdin.readline()
undo(repository, sys.argv[1])
"""


def record(repo_dir: Path, monkeypatch, count: int) -> None:
    monkeypatch.chdir(repo_dir)
    for number in range(count):
        with gitxp.start_run("lr", f"run-{number}"):
            pass


def removed_by_name(repository) -> list:
    """The runs of which the last word is that they went."""
    state = {
        statement.run: isinstance(statement, Removal)
        for event in read_about(repository, LR)
        for statement in event.said
    }
    return sorted(run for run, is_removed in state.items() if is_removed)


def test_eight_processes_that_remove_at_once_lose_no_removal(repo_dir, git, monkeypatch):
    record(repo_dir, monkeypatch, 9)
    repository = open_repository(repo_dir)
    by_name = {run.name: run for run in find_runs(repository).runs}
    processes = [start(repo_dir, REMOVE, f"run-{number}") for number in range(8)]
    assert go(*processes) == [0] * 8
    assert [run.name for run in find_runs(repository).runs] == ["run-8"]
    events = read_about(repository, LR)
    assert removed_by_name(repository) == sorted(
        run.id for name, run in by_name.items() if name != "run-8"
    )
    assert [len(event.said) for event in events] == [1] * 8
    assert len({event.clock for event in events}) == 8
    assert len(list_refs(repository, TRASH)) == 8
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_removing_and_bringing_back_at_once_lose_no_word(repo_dir, git, monkeypatch):
    record(repo_dir, monkeypatch, 8)
    repository = open_repository(repo_dir)
    by_name = {run.name: run for run in find_runs(repository).runs}
    operations = [
        remove_runs(repository, [by_name[f"run-{number}"]], command="git xp remove")
        for number in range(4)
    ]
    processes = [start(repo_dir, UNDO, operation.id) for operation in operations]
    processes += [start(repo_dir, REMOVE, f"run-{number}") for number in range(4, 8)]
    git("pack-refs", "--all", cwd=repo_dir)
    assert go(*processes) == [0] * 8
    kept = {run.name for run in find_runs(repository).runs}
    assert kept == {"run-0", "run-1", "run-2", "run-3"}
    assert removed_by_name(repository) == sorted(
        run.id for name, run in by_name.items() if name not in kept
    )
    assert len(read_about(repository, LR)) == 12
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_one_run_removed_by_many_at_once_goes_once(repo_dir, git, monkeypatch):
    record(repo_dir, monkeypatch, 1)
    repository = open_repository(repo_dir)
    statuses = go(*(start(repo_dir, REMOVE, "run-0") for _ in range(4)))
    assert sorted(statuses) == [0, 1, 1, 1]
    assert len(read_about(repository, LR)) == 1
    assert len(list_refs(repository, TRASH)) == 1


def settled(repository, names: set[str]) -> str:
    """Say whether the removal of `names` happened, once a Git left behind has come to its end."""
    deadline = time.monotonic() + 10
    while True:
        here = {run.name for run in find_runs(repository).runs} & names
        seen = (len(here), len(list_refs(repository, TRASH)), len(removed_by_name(repository)))
        if seen == (len(names), 0, 0):
            return "nothing"
        if seen == (0, len(names), len(names)):
            return "all"
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)


@pytest.mark.parametrize("milliseconds", [0, 2, 4, 6, 8, 10, 12, 14, 16, 20, 25, 30, 40, 60, 100])
def test_killed_removal_did_all_or_nothing(repo_dir, git, monkeypatch, milliseconds):
    record(repo_dir, monkeypatch, 4)
    repository = open_repository(repo_dir)
    names = {"run-0", "run-1", "run-2"}
    process = start(repo_dir, REMOVE, *sorted(names))
    tell(process)
    time.sleep(milliseconds / 1000)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    time.sleep(0.02)
    if settled(repository, names) == "nothing":
        runs = [run for run in find_runs(repository).runs if run.name in names]
        remove_runs(repository, runs, command="git xp remove")
        assert settled(repository, names) == "all"
    undo(repository)
    assert settled(repository, names) == "nothing"
    (last,) = [run for run in find_runs(repository).runs if run.name == "run-3"]
    remove_runs(repository, [last], command="git xp remove")
    assert last.id in removed_by_name(repository)
    assert not list((repo_dir / ".git").rglob("*.lock"))
    git("fsck", "--full", "--strict", cwd=repo_dir)
