"""Packs are gathered by gitxp's own commands, and not an object is lost on the way.

`GITXP_TEST_SWEEP` sets how many runs a sweep has that Git's own `gc` must find nothing to do after.
"""

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
SWEEP = int(os.environ.get("GITXP_TEST_SWEEP", "200"))


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


def test_sweep_leaves_nothing_for_the_automatic_gc_of_ordinary_commands(repo_dir, git, monkeypatch):
    monkeypatch.chdir(repo_dir)
    git("config", "gc.autoDetach", "false", cwd=repo_dir)
    git("clone", "--quiet", "--bare", str(repo_dir), "server.git", cwd=repo_dir.parent)
    git("remote", "add", "origin", str(repo_dir.parent / "server.git"), cwd=repo_dir)
    for number in range(SWEEP):
        with gitxp.start_run("sweep") as run:
            run.log({"x": number}, step=0)
    subprocess.run([sys.executable, "-m", "gitxp", "list"], check=True, capture_output=True)
    before = sorted(packs(repo_dir))
    git("checkout", "--quiet", "-b", "side", cwd=repo_dir)
    for words in (
        ("commit", "--allow-empty", "--message=more"),
        ("fetch", "origin"),
        ("checkout", "main"),
        ("merge", "--no-ff", "--message=merged", "side"),
        ("rebase", "HEAD~1"),
        ("gc", "--auto"),
    ):
        done = subprocess.run(["git", *words], cwd=repo_dir, check=True, capture_output=True)
        assert b"packing" not in done.stderr, words
    assert sorted(packs(repo_dir)) == before
    assert len(gitxp.runs()) == SWEEP


def test_automatic_gc_where_no_command_of_gitxp_came_before_it_loses_nothing(
    repo_dir, git, many_runs
):
    git("config", "gc.autoDetach", "false", cwd=repo_dir)
    words = ["git", "commit", "--allow-empty", "--message=more"]
    done = subprocess.run(words, cwd=repo_dir, check=True, capture_output=True)
    assert b"packing" in done.stderr
    assert len(packs(repo_dir)) < 5
    assert len(gitxp.runs()) == MANY
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_large_pack_is_left_alone_however_few_its_objects(repo_dir, git, many_runs):
    (repo_dir / "large").write_bytes(os.urandom(1_000_000))
    oid = git("hash-object", "-w", "large", cwd=repo_dir)
    folder = repo_dir / ".git/objects/pack"
    words = ["git", "pack-objects", "--quiet", folder / "pack"]
    made = subprocess.run(words, cwd=repo_dir, input=oid.encode(), capture_output=True, check=True)
    large = folder / f"pack-{made.stdout.decode().strip()}.pack"
    inode = large.stat().st_ino
    gather_packs(open_repository(repo_dir), most_bytes=900_000)
    assert len(packs(repo_dir)) < 20
    assert large.stat().st_ino == inode
    assert not list(folder.glob("*.keep"))
    git("fsck", "--full", "--strict", cwd=repo_dir)


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
    record_more(MANY)
    gather_refs(repository)
    assert loose_refs(repo_dir) == 0
    assert len(gitxp.runs()) == 2 * MANY
    assert git("branch", "--list", "user/own", cwd=repo_dir).strip() == "user/own"


def record_more(count):
    for _ in range(count):
        with gitxp.start_run("more"):
            pass


def in_commit_graph(repo_dir):
    """Return how many commits Git's commit-graph lists."""
    folder = repo_dir / ".git/objects/info/commit-graphs"
    if not folder.exists():
        return None
    chunk = b"OIDF"
    listed = 0
    for name in (folder / "commit-graph-chain").read_text().split():
        content = (folder / f"graph-{name}.graph").read_bytes()
        at = content.index(chunk) + len(chunk)
        begin = int.from_bytes(content[at : at + 8], "big")
        listed += int.from_bytes(content[begin + 4 * 255 : begin + 4 * 256], "big")
    return listed


def test_commits_of_runs_are_listed_for_git_when_refs_are_packed(repo_dir, git, many_runs):
    repository = open_repository()
    gather_refs(repository)
    assert in_commit_graph(repo_dir) is None
    record_more(MANY)
    gather_refs(repository)
    reached = int(git("rev-list", "--count", "--glob=refs/experiments/*", cwd=repo_dir))
    assert in_commit_graph(repo_dir) == reached
    git("commit-graph", "verify", cwd=repo_dir)
    record_more(2 * MANY)
    gather_refs(repository)
    reached = int(git("rev-list", "--count", "--glob=refs/experiments/*", cwd=repo_dir))
    assert in_commit_graph(repo_dir) == reached
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_gc_of_git_forgets_listed_commits_that_are_gone(repo_dir, git, many_runs):
    record_more(MANY)
    gather_refs(open_repository())
    gone = gitxp.runs(experiment="many").index[0]
    tip = git("rev-parse", f"refs/experiments/many/{gone}", cwd=repo_dir).strip()
    words = [sys.executable, "-m", "gitxp", "remove", "--purge", "--yes", gone]
    subprocess.run(words, check=True, capture_output=True)
    git("reflog", "expire", "--expire=now", "--all", cwd=repo_dir)
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    assert subprocess.run(["git", "cat-file", "-e", tip], check=False).returncode
    git("fsck", "--full", "--strict", cwd=repo_dir)
    record_more(2 * MANY)
    gather_refs(open_repository())
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_commits_of_a_large_repository_are_listed_only_where_git_has_begun_it(
    repo_dir, git, many_runs
):
    record_more(MANY)
    gather_refs(open_repository(), most_objects=10)
    assert loose_refs(repo_dir) == 0
    assert in_commit_graph(repo_dir) is None
    git("commit-graph", "write", "--reachable", "--split", cwd=repo_dir)
    before = in_commit_graph(repo_dir)
    record_more(2 * MANY)
    gather_refs(open_repository(), most_objects=10)
    assert in_commit_graph(repo_dir) > before + MANY


def test_runs_recorded_beside_the_packing_of_refs_are_all_there(repo_dir, git, many_runs):
    children = start_three(repo_dir, runs=60)
    repository = open_repository(repo_dir)
    while any(child.poll() is None for child in children):
        gather_refs(repository)
    assert [child.returncode for child in children] == [0, 0, 0]
    assert len(find_runs(repository).runs) == MANY + 180
    git("fsck", "--full", "--strict", cwd=repo_dir)
