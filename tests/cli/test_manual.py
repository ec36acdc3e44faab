"""The page of the manual: Git finds it, it is well formed, and the wheel brings it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gitxp.cli.table import ENTRIES

TOP = Path(__file__).parents[2]
PAGE = TOP / "docs" / "man" / "git-xp.1"


@pytest.mark.skipif(shutil.which("man") is None, reason="there is no man here")
def test_git_shows_it_for_help(tmp_path, repo_dir):
    place = tmp_path / "share" / "man" / "man1"
    place.mkdir(parents=True)
    shutil.copy(PAGE, place)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["git", "xp", "--help"],
        cwd=repo_dir,
        env={**os.environ, "PATH": path, "MANPATH": str(place.parent), "MANWIDTH": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("GIT-XP(1)")
    assert all(f"git xp {entry.name}" in done.stdout for entry in ENTRIES)


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff here")
def test_it_is_well_formed():
    done = subprocess.run(
        ["groff", "-man", "-ww", "-z", "-K", "utf8", str(PAGE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_wheel_brings_beside_the_package_is_there():
    build = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    shared = build["targets"]["wheel"]["shared-data"]
    assert shared["docs/man/git-xp.1"] == "share/man/man1/git-xp.1"
    assert "docs/completion/git.conf.fish" in shared
    assert all((TOP / source).is_file() for source in shared)
