"""A Git LFS object that somebody wrote into is given back to nobody."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from aged import aged_project, checked_out, digest_of

from gitxp.storage.large_layout import large_path

pytestmark = pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs")


@pytest.fixture
def project(repo_dir, git, clock, monkeypatch):
    return aged_project(repo_dir, git, clock, monkeypatch)


@pytest.fixture
def run(project) -> str:
    """A run of code that was amended away since, and whose large file is held."""
    project.commit("ran")
    run = project.run()
    project.later()
    return run


def damage(path: Path) -> None:
    """Write into a file, whoever may, and leave its size."""
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"RAN")


def told(project, *words: str) -> str:
    """Return what a command says beside its answer."""
    command = [sys.executable, "-m", "gitxp", *words]
    done = subprocess.run(command, cwd=project.top, check=True, capture_output=True, text=True)
    return done.stderr


def test_what_git_lfs_found_to_be_damaged_is_not_given_back(project, run):
    damage(project.stored("ran"))
    project.git("lfs", "fsck", cwd=project.top, check=False)
    bad = project.top / ".git/lfs/bad" / digest_of("ran")
    assert bad.read_text() == "RAN"
    said = told(project, "list")
    assert (digest_of("ran") in said, "git lfs fetch" in said) == (True, True)
    assert not project.stored("ran").exists()
    assert bad.read_text() == "RAN"
    assert digest_of("ran") not in project.held()
    project.git("lfs", "prune", cwd=project.top)
    assert told(project, "list") == ""  # once
    assert not project.stored("ran").exists()


def test_what_was_damaged_before_a_prune_is_set_aside_after_it(project, run):
    damage(project.stored("ran"))
    project.commit("amended", "--amend")
    project.prune("ran")
    assert digest_of("ran") in told(project, "list")
    assert not project.stored("ran").exists()
    assert (project.top / ".git/lfs/bad" / digest_of("ran")).read_text() == "RAN"
    (place,) = (path for path in (project.top / ".git").rglob(digest_of("ran")))
    assert place.parent.name == "bad"


def test_others_are_given_back_all_the_same(project, run):
    project.commit("sound", "--amend")
    other = project.run()
    project.later()
    damage(project.stored("ran"))
    project.commit("amended", "--amend")
    project.prune("ran", "sound")
    told(project, "list")
    assert checked_out(project, other) == "sound"


def test_object_that_was_made_again_takes_the_place_of_a_damaged_one(project, run):
    damage(project.stored("ran"))
    project.git("lfs", "fsck", cwd=project.top, check=False)
    (project.top / "data.bin").write_text("ran")
    os.utime(project.top / "data.bin", (1, 1))  # so that Git runs it through its filter again
    project.git("add", "--renormalize", "data.bin", cwd=project.top)
    assert project.stored("ran").read_text() == "ran"
    project.commit("between")
    project.run()
    project.xp("list")  # which looks at what differs from the last code
    project.commit("ran")
    project.run()
    project.xp("list")
    name = large_path(project.top / ".git/gitxp", digest_of("ran"))
    assert name.read_text() == "ran"
    assert name.samefile(project.stored("ran"))


def test_sound_name_is_kept_where_git_lfs_has_a_damaged_object(project, run):
    name = large_path(project.top / ".git/gitxp", digest_of("ran"))
    stored = project.stored("ran")
    stored.unlink()
    stored.write_text("RAN")
    project.commit("between")
    project.run()
    project.xp("list")
    project.git("reset", "--quiet", "--hard", "HEAD^", cwd=project.top)
    project.run()
    project.xp("list")
    assert name.read_text() == "ran"
    project.git("lfs", "fsck", cwd=project.top, check=False)
    project.xp("list")
    assert checked_out(project, run) == "ran"


def test_damaged_file_of_a_recent_run_is_set_aside(project):
    (project.top / "data.bin").write_text("ran")
    project.run()
    stored = project.stored("ran")
    damage(stored)
    (project.top / "data.bin").write_text("committed")
    project.prune("ran")
    assert digest_of("ran") in told(project, "list")
    assert not stored.exists()
    assert told(project, "list") == ""
