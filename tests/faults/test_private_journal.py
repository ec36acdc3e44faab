"""Until a run is recorded, what it has logged is for nobody but its owner."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from gitxp.errors import GitxpWarning

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
SECRET = "cerulean-otter-41"


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("usual_umask")
def test_journal_is_for_its_owner_alone(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("private", params={"password": SECRET}) as run:
        assert mode(run.writer.folder) == 0o700
    (kept,) = (repo_dir / ".git" / "gitxp" / "recorded").iterdir()
    assert mode(kept) == 0o700


@pytest.mark.usefixtures("usual_umask")
def test_journal_in_the_fallback_folder_is_for_its_owner_alone(disk, repo_dir, monkeypatch):
    top = disk.take(repo_dir)
    monkeypatch.chdir(top)
    disk.set_read_only(True)
    with pytest.warns(GitxpWarning, match="cannot be written"), gitxp.start_run("away") as run:
        assert not run.writer.folder.is_relative_to(top)
        assert mode(run.writer.folder) == 0o700
    disk.set_read_only(False)
    os.chdir("/")


@pytest.mark.skipif(os.geteuid() != 0, reason="running as another user needs root")
@pytest.mark.usefixtures("usual_umask")
def test_another_user_reads_recorded_runs_and_no_journal(repo_dir, monkeypatch, tmp_path):
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("private", "recorded"):
        pass
    home = tmp_path / "home of nobody"
    home.mkdir()
    (home / ".gitconfig").write_text(f"[safe]\n\tdirectory = {repo_dir}\n")
    for folder in repo_dir.parents:
        if str(folder).count("/") > 1:
            folder.chmod(folder.stat().st_mode | 0o055)

    def as_nobody(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*NOBODY, *command],
            env={**os.environ, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )

    with gitxp.start_run("private", "goes on", params={"password": SECRET}) as run:
        assert SECRET in "".join(path.read_text() for path in run.writer.folder.glob("*.jsonl"))
        assert SECRET not in as_nobody(str(shutil.which("grep")), "-r", SECRET, ".git").stdout
        for words in ("list", "show", "status", "log", "experiment list", "verify"):
            done = as_nobody(sys.executable, "-W", "error", "-m", "gitxp", *words.split())
            if "Permission denied" in done.stderr and "site-packages" in done.stderr:
                pytest.skip("another user may not read this Python")
            assert (done.returncode, done.stderr) == (0, ""), words
            assert "goes on" not in done.stdout
