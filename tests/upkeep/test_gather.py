"""Packs are gathered by gitxp's own commands, and not an object is lost on the way."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import gitxp
from gitxp.query.runs import find_runs
from gitxp.storage.repository import open_repository
from gitxp.upkeep.gather import gather_packs, gather_refs

MANY = 60


def packs(repo_dir):
    return list((repo_dir / ".git/objects/pack").glob("*.pack"))


@pytest.fixture
def many_runs(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for number in range(MANY):
        with gitxp.start_run("many") as run:
            run.log({"x": number}, step=0)


def test_automatic_gc_of_git_finds_nothing_to_do_after_many_runs(repo_dir, git, many_runs):
    assert len(packs(repo_dir)) > 50
    gather_packs(open_repository(repo_dir))
    before = sorted(packs(repo_dir))
    assert len(before) < 20
    git("gc", "--auto", cwd=repo_dir)
    assert sorted(packs(repo_dir)) == before
    git("fsck", "--full", "--strict", cwd=repo_dir)
    assert len(gitxp.runs()) == MANY


def test_packs_that_are_kept_or_belong_to_a_gc_are_left_alone(repo_dir, many_runs):
    pid = repo_dir / ".git/gc.pid"
    pid.write_text("1 elsewhere\n")
    gather_packs(open_repository(repo_dir))
    assert len(packs(repo_dir)) == MANY
    pid.unlink()
    kept = packs(repo_dir)[0]
    kept.with_suffix(".keep").write_text("mine\n")
    gather_packs(open_repository(repo_dir))
    assert kept in packs(repo_dir)
    assert len(packs(repo_dir)) == 2


def test_objects_that_nothing_holds_are_kept_too(repo_dir, git, many_runs):
    orphan = git(
        "rev-parse", "refs/experiments/many/" + gitxp.runs().index[0], cwd=repo_dir
    ).strip()
    git("update-ref", "-d", "refs/experiments/many/" + gitxp.runs().index[0], cwd=repo_dir)
    gather_packs(open_repository(repo_dir))
    assert git("cat-file", "-t", orphan, cwd=repo_dir) == "commit\n"


def start_three(repo_dir, *, runs):
    """Start three processes that record so many runs each."""
    script = (
        "import gitxp\n"
        f"for number in range({runs}):\n"
        "    with gitxp.start_run('beside') as run:\n"
        "        run.log({'x': number}, step=0)\n"
    )
    return [subprocess.Popen([sys.executable, "-c", script], cwd=repo_dir) for _ in range(3)]


def test_runs_recorded_beside_the_gathering_are_all_there(repo_dir, git, many_runs):
    children = start_three(repo_dir, runs=30)
    repository = open_repository(repo_dir)
    while any(child.poll() is None for child in children):
        gather_packs(repository)
        assert not find_runs(repository).problems
    assert [child.returncode for child in children] == [0, 0, 0]
    found = find_runs(repository)
    assert len(found.runs) == MANY + 90
    assert not found.problems
    git("fsck", "--full", "--strict", cwd=repo_dir)


def loose_refs(repo_dir):
    return sum(len(names) for _, _, names in os.walk(repo_dir / ".git/refs/experiments"))


def test_loose_refs_are_packed_once_there_are_many(repo_dir, git, many_runs):
    repository = open_repository()
    gather_refs(repository)
    assert loose_refs(repo_dir) == MANY
    git("branch", "user/own", cwd=repo_dir)
    for _ in range(MANY):
        with gitxp.start_run("more"):
            pass
    gather_refs(repository)
    assert loose_refs(repo_dir) == 0
    assert len(gitxp.runs()) == 2 * MANY
    assert git("branch", "--list", "user/own", cwd=repo_dir).strip() == "user/own"


def test_runs_recorded_beside_the_packing_of_refs_are_all_there(repo_dir, git, many_runs):
    children = start_three(repo_dir, runs=60)
    repository = open_repository(repo_dir)
    while any(child.poll() is None for child in children):
        gather_refs(repository)
    assert [child.returncode for child in children] == [0, 0, 0]
    assert len(find_runs(repository).runs) == MANY + 180
    git("fsck", "--full", "--strict", cwd=repo_dir)
