"""What recording leaves behind goes, once it is certain that nothing was lost."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import gitxp
from gitxp.artifacts.lfs import object_path
from gitxp.storage.journal.writer import JournalWriter
from gitxp.storage.refs import LIVE_CODE
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository
from gitxp.upkeep.tidy import tidy


@pytest.fixture
def repository(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    return open_repository()


def make_old(path: Path, seconds: int = 7200) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def lose_pack_of_a_run(repository):
    """Record a run, then delete its pack as a `git gc` at the wrong moment would."""
    with gitxp.start_run("lost") as run:
        run.log({"x": 1.0}, step=0)
    for path in (repository.common_dir / "objects/pack").iterdir():
        path.unlink()
    return run


def test_object_that_a_gc_took_is_brought_in_again(repository, git, repo_dir):
    run = lose_pack_of_a_run(repository)
    for folder in (repository.private_dir / "recorded").iterdir():
        make_old(folder)
    tidy(repository)
    assert gitxp.get_run(run.id).metrics["x"].last.value == 1.0
    git("fsck", "--strict", cwd=repo_dir)
    assert not list((repository.private_dir / "recorded").iterdir())


def test_large_artifact_that_a_prune_took_is_put_back(repository):
    with gitxp.start_run("lost") as run:
        run.log_text("x" * 2_000_000, "large.txt")
    (artifact,) = gitxp.get_run(run.id).artifacts
    path = object_path(repository.common_dir, artifact.oid)
    path.unlink()
    for folder in (repository.private_dir / "recorded").iterdir():
        make_old(folder)
    tidy(repository)
    assert path.read_text() == "x" * 2_000_000
    assert not list((repository.private_dir / "recorded").iterdir())


def test_pack_of_a_young_run_is_kept(repository):
    with gitxp.start_run("young"):
        pass
    tidy(repository)
    assert len(list((repository.private_dir / "recorded").iterdir())) == 1


def test_code_is_held_while_a_run_needs_it_and_released_later(repository, repo_dir):
    (repo_dir / "train.py").write_text("edited\n")
    run = gitxp.start_run("code")
    (ref,) = list_refs(repository, LIVE_CODE)
    make_old(repository.common_dir / ref)
    tidy(repository)
    assert list_refs(repository, LIVE_CODE)
    run.finish()
    tidy(repository)
    assert not list_refs(repository, LIVE_CODE)


def test_journal_of_a_process_that_died_before_its_first_word_goes_when_old(repository):
    folder = repository.private_dir / "live" / ("0" * 32)
    writer = JournalWriter(folder)
    make_old(folder)
    tidy(repository)
    assert folder.exists(), "its process lives"
    writer.close()
    tidy(repository)
    assert not folder.exists()


def test_journal_of_a_process_that_is_starting_stays(repository):
    folder = repository.private_dir / "live" / ("0" * 32)
    JournalWriter(folder).close()
    tidy(repository)
    assert folder.exists()


def test_keep_file_of_a_killed_process_goes_and_others_stay(repository):
    store = repository.common_dir / "objects/pack"
    store.mkdir(exist_ok=True)
    for name, content in (("a", "gitxp\n"), ("b", "by hand\n"), ("c", "gitxp\n")):
        (store / f"pack-{name}.keep").write_text(content)
    make_old(store / "pack-a.keep")
    make_old(store / "pack-b.keep")
    tidy(repository)
    assert sorted(path.name for path in store.glob("*.keep")) == ["pack-b.keep", "pack-c.keep"]


def test_folder_of_a_job_goes_a_month_after_its_last_run(repository, monkeypatch):
    monkeypatch.setenv("GITXP_JOB", "tidied")
    monkeypatch.setenv("GITXP_RANK", "0")
    gitxp.start_run("job", repo=repository.work_tree).finish()
    (folder,) = (repository.private_dir / "jobs").iterdir()
    tidy(repository)
    assert folder.exists()
    os.utime(folder, (0, 0))
    tidy(repository)
    assert not folder.exists()
