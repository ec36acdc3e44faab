"""Asking the doctor, and doing what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

XP = str(Path(sys.executable).with_name("git-xp"))


@pytest.fixture
def doctor(repo_dir):
    """Ask the doctor in a folder and return its findings by slug."""

    def ask(folder: Path = repo_dir, **options) -> dict[str, dict[str, str]]:
        done = subprocess.run(
            [XP, "doctor", "--json"], cwd=folder, capture_output=True, text=True, **options
        )
        assert done.stderr == ""
        told = json.loads(done.stdout)
        by_slug = {one["slug"]: one for one in told["findings"]}
        assert all(one["hint"] and one["message"] for one in by_slug.values())
        wrong = [one for one in told["findings"] if one["severity"] != "note"]
        assert (done.returncode, told["ok"]) == (int(bool(wrong)), not wrong)
        if folder.name != "small":  # how full the machine's own disk is decides nothing
            by_slug.pop("disk-full", None)
        return by_slug

    return ask


@pytest.fixture
def follow():
    """Type what a finding hints at."""

    def run(found: dict[str, str], folder: Path) -> None:
        subprocess.run(found["hint"], shell=True, cwd=folder, check=True, capture_output=True)

    return run
