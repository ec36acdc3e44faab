"""Git knows nobody here: a run is recorded all the same."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys

import pytest

from gitxp.query.runs import find_runs
from gitxp.storage.repository import open_repository

SCRIPT = "import gitxp\nwith gitxp.start_run('who') as run:\n    run.log({'x': 1.0}, step=0)\n"
# No entry in the password file, so neither a login nor a full name.
NOBODY_KNOWN = 54_321


def run_as(repo_dir, tmp_path, *prefix):
    home = tmp_path / "empty-home"
    home.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    subprocess.run(
        [*prefix, sys.executable, "-W", "error", "-c", SCRIPT],
        cwd=repo_dir,
        env={**kept, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"},
        check=True,
    )
    (run,) = find_runs(open_repository(repo_dir)).runs
    return run


def test_without_an_identity_the_author_is_the_login(repo_dir, tmp_path, git):
    run = run_as(repo_dir, tmp_path)
    login = getpass.getuser()
    assert run.author == f"{login} <{login}@{run.host}>"
    assert git("log", "-1", "--format=%an <%ae>", run.tip, cwd=repo_dir).strip() == run.author
    git("fsck", "--full", "--strict", cwd=repo_dir)


def test_user_without_a_name_is_unknown_and_still_recorded(repo_dir, tmp_path, git):
    prefix = ("unshare", "--user", f"--map-user={NOBODY_KNOWN}")
    if subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode:
        pytest.skip("user namespaces are refused")
    run = run_as(repo_dir, tmp_path, *prefix)
    assert run.author == f"unknown <unknown@{run.host}>"
    git("fsck", "--full", "--strict", cwd=repo_dir)
