"""Thousands of runs here and there, and the user's own Git hardly notices."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# `GITXP_TEST_REFS=10000` for as many as the figures of the documentation are of.
RUNS = int(os.environ.get("GITXP_TEST_REFS", "400"))
# Gathering leaves so many as they are.
FEW = 100


def loose(clone) -> int:
    return sum(
        len(names)
        for top in ("refs/experiments", "refs/gitxp")
        for _, _, names in os.walk(clone.top / ".git" / top)
    )


@pytest.mark.slow
def test_refs_stay_packed_whatever_comes_and_goes(clones, git, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    from many_runs import METRICS, make_runs

    ada, bob, _ = clones
    make_runs(ada.top, RUNS, points=20, series=METRICS)
    (ada.top / ".gitxp.toml").write_text('[push]\nhistory = "allow"\n')
    done = ada.xp("push")
    assert done.returncode == 0, done.stderr
    assert len(ada.remote_refs()) == RUNS
    assert loose(ada) <= FEW
    bob.fetch()
    assert loose(bob) <= FEW
    bob.merge()
    assert loose(bob) <= FEW
    assert bob.refs() == ada.refs()
    ids = [ref.rpartition("/")[2] for ref in bob.refs()]
    assert bob.xp("tag", "seen", *ids[: FEW * 2]).returncode == 0
    assert bob.xp("push").returncode == 0
    assert bob.xp("pull").returncode == 0
    assert loose(bob) <= FEW
    assert ada.xp("pull").stdout == f"pulled from origin: {FEW * 2} updated\n"
    assert loose(ada) <= FEW
    assert not (bob.top / ".git/FETCH_HEAD").exists()
    git("fetch", "--quiet", cwd=bob.top)
    assert "experiments" not in (bob.top / ".git/FETCH_HEAD").read_text()
    git("fsck", "--full", cwd=bob.top)
