"""Reading points, and the stretches in which they were logged."""

from __future__ import annotations

import subprocess

import pytest

import gitxp
from gitxp.errors import DamagedRecord
from gitxp.query.found import find_rows, read_run
from gitxp.query.points import PointReader
from gitxp.storage.repository import open_repository


@pytest.fixture
def key(repo_dir, monkeypatch):
    """What finds a run of two sessions."""
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", "first", params={"lr": 0.1}) as run:
        run.log({"loss": 1}, step=0)
    with gitxp.start_run("lr", resume=run.id) as run:
        run.log({"loss": 2}, step=1)
    (key,) = find_rows(open_repository()).rows.keys
    return key


def with_noise(repo_dir, git, key, name):
    """The same run at a record in which one file holds noise."""
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        input=b"\0noise", capture_output=True, check=True, cwd=repo_dir,
    ).stdout.decode().strip()  # fmt: skip
    entries = git("ls-tree", key.tip, cwd=repo_dir).splitlines()
    made = [
        f"100644 blob {blob}\t{name}" if entry.endswith(f"\t{name}") else entry for entry in entries
    ]
    assert made != entries
    tree = subprocess.run(
        ["git", "mktree"],
        input="\n".join(made), text=True, capture_output=True, check=True, cwd=repo_dir,
    ).stdout.strip()  # fmt: skip
    commit = git("-c", "user.name=E", "-c", "user.email=e@x", "commit-tree", tree, "-p", key.tip,
                 "-m", "x", cwd=repo_dir).strip()  # fmt: skip
    return key._replace(tip=commit)


def test_sessions_are_those_of_the_record(key):
    sessions = PointReader(open_repository()).sessions(key)
    assert len(sessions) == 2
    assert sessions == read_run(open_repository(), key).sessions


def test_sessions_need_no_other_file_of_the_record(key, repo_dir, git):
    damaged = with_noise(repo_dir, git, key, "params.toml")
    assert len(PointReader(open_repository()).sessions(damaged)) == 2


def test_damage_where_the_sessions_stand_is_told(key, repo_dir, git):
    with pytest.raises(DamagedRecord):
        PointReader(open_repository()).sessions(with_noise(repo_dir, git, key, "run.toml"))
