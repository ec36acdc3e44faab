"""Git LFS objects that belong to another user, to which the system may refuse hard links."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from aged import aged_project, checked_out, digest_of

from gitxp.storage.large_layout import large_path, sentinel_path

_PROTECTED = Path("/proc/sys/fs/protected_hardlinks")
NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")

pytestmark = [
    pytest.mark.skipif(not shutil.which("git-lfs"), reason="needs git-lfs"),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("setpriv") is None, reason="being two users needs root"
    ),
    pytest.mark.skipif(
        not _PROTECTED.exists() or _PROTECTED.read_text().strip() != "1",
        reason="the system links any file",
    ),
]


@pytest.fixture
def project(repo_dir, git, clock, monkeypatch):
    return aged_project(repo_dir, git, clock, monkeypatch)


def give(top: Path, user: int) -> None:
    for path in (top, *top.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


class Nobody:
    """Another user, who owns the project and none of its large files."""

    def __init__(self, project) -> None:
        self.top = project.top
        self.home = project.top.parent / "nobody"
        self.home.mkdir()
        shutil.copy(Path(os.environ["HOME"]) / ".gitconfig", self.home)
        with (Path(os.environ["HOME"]) / ".gitconfig").open("a") as file:
            file.write(f"[safe]\n\tdirectory = {self.top}\n")
        give(self.home, NOBODY)
        for folder in self.top.parents:
            if len(folder.parts) > 2:
                folder.chmod(folder.stat().st_mode | 0o055)

    def takes_all_but_objects(self) -> None:
        give(self.top, NOBODY)
        for path in (self.top / ".git/lfs/objects").rglob("*"):
            if path.is_file():
                os.chown(path, 0, 0)
                path.chmod(0o644)

    def xp(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*AS_NOBODY, sys.executable, "-m", "gitxp", *words],
            cwd=self.top,
            env={**os.environ, "HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def nobody(project) -> Nobody:
    return Nobody(project)


def test_refused_object_is_held_once_it_may_be(project, nobody):
    project.commit("ran")
    run = project.run()
    nobody.takes_all_but_objects()
    for path in (project.top / ".git/gitxp/recorded").iterdir():
        os.utime(path, (1, 1))
    nobody.xp("list").check_returncode()
    assert project.held() == set()
    doctor = json.loads(nobody.xp("doctor", "--json").stdout)
    (found,) = (one for one in doctor["findings"] if one["slug"] == "large-files-not-held")
    assert "2 objects in " in found["message"]
    assert digest_of("ran") in found["message"] or digest_of("committed") in found["message"]
    assert "chown" in found["hint"]
    nobody.xp("list").check_returncode()  # by now no folder of the run is left
    assert not list((project.top / ".git/gitxp/recorded").iterdir())
    give(project.top, NOBODY)
    nobody.xp("list").check_returncode()
    assert project.held() == {digest_of("ran")}
    assert not list((project.top / ".git/gitxp/large/refused").iterdir())
    doctor = json.loads(nobody.xp("doctor", "--json").stdout)
    assert "large-files-not-held" not in {one["slug"] for one in doctor["findings"]}
    give(project.top, 0)
    project.commit("amended", "--amend")
    project.prune("ran")
    project.xp("list")
    assert checked_out(project, run) == "ran"


def test_one_that_cannot_be_given_back_stops_no_other(project, nobody):
    contents = ["first", "second", "third"]
    runs = {}
    for content in contents:
        project.commit(content, "--amend")
        runs[content] = project.run()
    project.later()
    project.commit("amended", "--amend")
    project.prune(*contents)
    nobody.takes_all_but_objects()
    private = project.top / ".git/gitxp"
    for content in contents[:-1]:
        name = large_path(private, digest_of(content))
        os.chown(name, 0, 0)
        name.chmod(0o644)
    nobody.xp("list").check_returncode()
    assert [project.stored(content).exists() for content in contents] == [False, False, True]
    give(project.top, NOBODY)
    os.utime(sentinel_path(private))
    nobody.xp("list").check_returncode()
    assert [project.stored(content).exists() for content in contents] == [True] * 3
    give(project.top, 0)
    assert [checked_out(project, runs[content]) for content in contents] == contents
