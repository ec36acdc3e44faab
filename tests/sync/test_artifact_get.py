"""One large file of a run comes from wherever it is: from here, or from a remote that has it."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers.fixtures import remember

import gitxp
from gitxp.artifacts.lfs import object_path

# Paths that a pattern of git-lfs would take for something else.
NAMES = ["model.pt", "a, b [1]*.pt", "deep/er/ä ?.pt", "!not.pt", "#.pt"]


def xp(top: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gitxp", *words],
        cwd=top,
        capture_output=True,
        text=True,
        check=False,
    )


@dataclass(frozen=True)
class Team:
    """Ada has a run with a large file, which she pushed, and Bob has its record."""

    ada: Path
    bob: Path
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def get(self, *words: str) -> subprocess.CompletedProcess[str]:
        return xp(self.bob, "artifact", "get", "files", "-o", "out", *words)


@pytest.fixture(params=["with git-lfs", "without git-lfs"])
def carried(request):
    """Who carries large files."""
    if request.param == "without git-lfs":
        request.getfixturevalue("without_git_lfs")
    elif not shutil.which("git-lfs"):
        pytest.skip("needs git-lfs")
    return request.param


@pytest.fixture
def team(tmp_path, repo_dir, bare, git, forge, carried, monkeypatch) -> Team:
    git("config", "--global", "credential.helper", "store", cwd=tmp_path)
    git("config", "--global", "lfs.transfer.maxretries", "1", cwd=tmp_path)
    remember(forge)
    git("remote", "add", "origin", forge.url("bare"), cwd=repo_dir)
    git("fetch", "--quiet", "origin", cwd=repo_dir)
    content = random.randbytes(3 << 20)
    (tmp_path / "model.pt").write_bytes(content)
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("lr", "files") as run:
        run.log_artifact(tmp_path / "model.pt")
    assert xp(repo_dir, "push").stderr == ""
    git("clone", "--quiet", forge.url("bare"), "bob", cwd=tmp_path)
    bob = tmp_path / "bob"
    assert xp(bob, "pull").returncode == 0
    return Team(repo_dir, bob, content)


def test_file_comes_from_the_remote_and_stays(team, large_object_server):
    done = team.get("model.pt")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "wrote out/model.pt (3 MiB)\n"
    assert (team.bob / "out/model.pt").read_bytes() == team.content
    assert object_path(team.bob / ".git", team.digest).read_bytes() == team.content
    shutil.rmtree(large_object_server.objects("bare"))
    assert team.get("-f").returncode == 0  # it is here by now


def test_where_nobody_has_it_each_remote_is_named_with_its_reason(team, large_object_server, git):
    shutil.rmtree(large_object_server.objects("bare"))
    done = team.get()
    assert done.returncode == 128
    assert f"its object {team.digest} is not here" in done.stderr
    assert "origin: " in done.stderr
    assert "404" in done.stderr or "does not exist" in done.stderr
    assert "hint: git xp push, by whoever has it" in done.stderr
    assert not (team.bob / "out").exists()
    assert "Traceback" not in done.stderr


def test_other_bytes_by_its_name_are_not_taken(team, large_object_server):
    path = large_object_server.objects("bare") / team.digest
    *others, last = path.read_bytes()
    path.write_bytes(bytes([*others, last ^ 1]))
    done = team.get()
    assert done.returncode == 128
    assert not (team.bob / "out").exists()
    assert not object_path(team.bob / ".git", team.digest).exists()


def test_second_remote_is_asked_where_the_first_does_not_have_it(
    team, git, forge, large_object_server, tmp_path
):
    git("clone", "--quiet", "--bare", str(team.ada), "mirror.git", cwd=tmp_path)
    for top in (team.ada, team.bob):
        git("remote", "add", "mirror", str(tmp_path / "mirror.git"), cwd=top)
    git("fetch", "--quiet", "mirror", cwd=team.ada)
    assert xp(team.ada, "push", "mirror").stderr == ""
    assert xp(team.bob, "fetch", "mirror").returncode == 0
    shutil.rmtree(large_object_server.objects("bare"))
    assert team.get().returncode == 0
    assert (team.bob / "out/model.pt").read_bytes() == team.content


@pytest.mark.parametrize("name", NAMES)
def test_file_may_have_any_name(team, tmp_path, monkeypatch, name):
    content, other = random.randbytes(2 << 20), random.randbytes(2 << 20)
    (tmp_path / "other.pt").write_bytes(other)
    monkeypatch.chdir(team.ada)
    with gitxp.start_run("lr", "named") as run:
        place = tmp_path / Path(name).name
        place.write_bytes(content)
        run.log_artifact(place, str(Path(name).parent) if "/" in name else None)
        run.log_artifact(tmp_path / "other.pt")
    assert xp(team.ada, "push").returncode == 0
    assert xp(team.bob, "pull").returncode == 0
    done = xp(team.bob, "artifact", "get", "named", name, "-o", "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert (team.bob / "out" / name).read_bytes() == content
    digest = hashlib.sha256(other).hexdigest()
    assert not object_path(team.bob / ".git", digest).exists()  # nothing else comes along


def test_fetched_run_has_its_files_too(team, git):
    git("update-ref", "-d", f"refs/experiments/lr/{gitxp.get_run('files').id}", cwd=team.bob)
    [seen] = (one for one in (team.bob / ".git/gitxp/remotes").iterdir() if not one.suffix)
    seen.unlink()
    assert xp(team.bob, "fetch").returncode == 0
    done = xp(team.bob, "artifact", "get", "origin/files", "-o", "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert (team.bob / "out/model.pt").read_bytes() == team.content


def test_what_killed_download_left_is_no_obstacle(team):
    for end in (1000, len(team.content)):
        left = team.bob / ".git/lfs/incomplete" / f"{team.digest}.gitxp"
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_bytes(os.urandom(end))
    done = team.get()
    assert (done.returncode, done.stderr) == (0, "")
    assert (team.bob / "out/model.pt").read_bytes() == team.content
