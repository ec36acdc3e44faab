"""`git xp metrics` of a run that has many points: they are read while they are printed."""

from __future__ import annotations

import pytest
from peak import peak_in

import gitxp

COUNT = 300_000
# As Python's own objects they would take some 500 bytes each.
MOST_MORE = 200 * COUNT


@pytest.mark.slow
@pytest.mark.parametrize("form", ["", "--csv", "--json", "--chart"])
def test_points_are_never_all_held(repo_dir, monkeypatch, form):
    monkeypatch.chdir(repo_dir)
    words = ("metrics", *filter(None, [form]))
    with gitxp.start_run("lr") as run:
        run.log({"loss": 1.0}, step=0)
    done, floor = peak_in(repo_dir, *words)
    assert done.returncode == 0, done.stderr
    with gitxp.start_run("lr") as run:
        for step in range(COUNT):
            run.log({"loss": 1 / (step + 1)}, step=step)
    done, peak = peak_in(repo_dir, *words)
    assert done.returncode == 0, done.stderr
    assert form == "--chart" or done.stdout.count("loss") == COUNT
    assert peak - floor < MOST_MORE, (peak >> 20, floor >> 20)
