"""The demo shows what it types and draws its conclusion from the runs themselves."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")


def ends_as_shown(shown: str, place: Path) -> None:
    """Type what is to be tried, where it is to be tried."""
    tips = re.findall(r"^  (git xp .*)$", shown.partition("Try there:")[2], re.MULTILINE)
    assert len(tips) == 3
    folder = str(Path(sys.executable).parent)
    around = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    printed = [
        subprocess.run(
            tip, shell=True, cwd=place, env=around, check=True, capture_output=True, text=True
        ).stdout
        for tip in tips
    ]
    assert all(printed[:2])
    listed = subprocess.run(
        ["git", "xp", "list", "-e", "digits", "--json"],
        cwd=place,
        env=around,
        check=True,
        capture_output=True,
    ).stdout
    assert json.loads(listed)[0]["name"] == "fast"


def test_demo_shows_its_commands_and_a_verdict_over_the_seeds(xp, repo_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    configurations = [repo_dir / ".git" / "config", Path(os.environ["HOME"]) / ".gitconfig"]
    before = [path.read_bytes() for path in configurations]
    done = xp("demo")
    assert [path.read_bytes() for path in configurations] == before
    assert (done.returncode, done.stderr) == (0, "")
    for command in (
        "git status --short",
        "python train.py --schedule step --seeds 0 1 2",
        "git xp list",
        "git xp diff @",
        "git xp metrics step-0 cosine-0 -m val/accuracy --chart",
        "python -c 'import gitxp; ",
    ):
        assert f"\n$ {command}" in done.stdout
    verdict = re.search(r"^(\w+) (\S+) ± (\S+) against (\w+) (\S+) ± \S+ over 3 seeds: ",
                        done.stdout, re.MULTILINE)  # fmt: skip
    assert verdict is not None
    winner, mean, spread, loser, other = verdict.groups()
    assert {winner, loser} == {"step", "cosine"}
    assert 0.8 < float(other) <= float(mean) <= 1
    assert float(spread) > 0
    (printed,) = re.findall(rf"^{winner} +(\S+) +\S+ +3$", done.stdout, re.MULTILINE)
    assert abs(float(printed) - float(mean)) < 0.001
    assert "+HIDDEN = 64" in done.stdout
    assert re.search(r"^\+\+\+ .*schedules\.py$", done.stdout, re.MULTILINE)
    (place,) = tmp_path.glob("gitxp-demo-*")
    ends_as_shown(done.stdout, place)
    shutil.rmtree(place)
