"""A run whose record nobody can read is removed by the id in its ref, and others stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pygit2
import pytest

import gitxp
from gitxp.model.identity import ExperimentName, RunId
from gitxp.query.runs import find_runs
from gitxp.storage.refs import run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository

EVIL = RunId("e" * 32)
REF = run_ref(ExperimentName("lr"), EVIL)


@pytest.fixture
def xp(repo_dir):
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        program = str(Path(sys.executable).with_name("git-xp"))
        return subprocess.run([program, *words], cwd=repo_dir, capture_output=True, text=True)

    return run


def put_record(repo_dir, run_toml: bytes) -> str:
    """Make a record of one file by hand."""
    repository = pygit2.Repository(str(repo_dir))
    top = repository.TreeBuilder()
    top.insert("run.toml", repository.create_blob(run_toml), pygit2.enums.FileMode.BLOB)
    who = pygit2.Signature("Eve", "eve@example.org")
    return str(repository.create_commit(REF, who, who, "by hand\n", top.write(), []))


def another_run(repo_dir) -> bytes:
    """A sound record, but not of the run that its ref names."""
    (run,) = find_runs(open_repository(repo_dir)).runs
    found = subprocess.run(
        ["git", "show", f"{run.tip}:run.toml"], cwd=repo_dir, capture_output=True, check=True
    )
    return found.stdout


@pytest.fixture(params=["no TOML", "another run"])
def tip(request, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", "sound"):
        pass
    return put_record(
        repo_dir, b"= no TOML" if request.param == "no TOML" else another_run(repo_dir)
    )


@pytest.mark.parametrize("typed", [EVIL, EVIL[:5]])
def test_it_is_removed_and_comes_back_by_undo(xp, repo_dir, tip, typed):
    done = xp("remove", "--yes", typed)
    assert (done.returncode, done.stdout.split(";")[0]) == (
        0,
        "moved run eeeeeee lr to the trash",
    )
    repository = open_repository(repo_dir)
    assert REF not in list_refs(repository, "refs/experiments/")
    assert find_runs(repository).problems == ()
    assert [run.name for run in find_runs(repository).runs] == ["sound"]
    assert xp("undo").returncode == 0
    assert list_refs(repository, "refs/experiments/")[REF] == tip


@pytest.mark.parametrize("is_removed_before", [False, True])
def test_it_is_purged(xp, repo_dir, git, tip, is_removed_before):
    if is_removed_before:
        xp("remove", "--yes", EVIL)
    done = xp("remove", "--purge", "--yes", EVIL[:6])
    assert done.returncode == 0, done.stderr
    git("gc", "--quiet", "--prune=now", cwd=repo_dir)
    assert git("cat-file", "--batch-all-objects", "--batch-check", cwd=repo_dir).count(tip) == 0


def test_part_of_an_id_that_fits_two_runs_is_refused(xp, repo_dir, tip):
    (run,) = find_runs(open_repository(repo_dir)).runs
    other = RunId(run.id[:6] + "0" * 26)
    pygit2.Repository(str(repo_dir)).references.create(run_ref(ExperimentName("lr"), other), tip)
    done = xp("remove", "--yes", run.id[:6])
    assert done.returncode == 128
    assert "may mean" in done.stderr
    assert xp("remove", "--yes", run.id).returncode == 0
    assert xp("remove", "--yes", "eeee00").returncode == 128
