"""The demo shows what it types and draws its conclusion from the runs themselves."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

pytest.importorskip("sklearn")


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
    (place,) = tmp_path.glob("gitxp-demo-*")
    shutil.rmtree(place)
