"""A run that was seen to go on elsewhere is seen to end: by its record, until that is merged."""

from __future__ import annotations

import json

import pytest
from by_hand import rewrite
from live_runs import listed, send_checkpoint, training
from test_hostile_sizes import points

import gitxp


@pytest.fixture
def ada(clones):
    return clones[0]


@pytest.fixture
def bob(clones):
    return clones[1]


@pytest.fixture
def watched(ada, bob) -> str:
    """A run of which a checkpoint was fetched, and which ended since."""
    with training(ada) as run:
        send_checkpoint(ada)
        bob.fetch()
        assert listed(bob)[run.run]["status"] == "running"
        run.stop()
    return run.run


def test_run_that_ended_is_shown_by_its_record_until_it_is_merged(ada, bob, watched):
    ada.start(lr=0.3)  # which nobody saw go on: it waits, as any that is fetched
    assert ada.xp("push").returncode == 0
    for came in ("2 new", "nothing new"):
        assert bob.xp("fetch").stdout == f"fetched from origin: {came} (2 runs there)\n"
        rows = listed(bob)
        assert rows.keys() == {watched}
        assert (rows[watched]["status"], rows[watched]["remote"]) == ("finished", "origin")
    shown = bob.xp("list").stdout
    assert "ago on origin" in shown or "now on origin" in shown
    assert "(over on origin and not merged: git xp pull origin)" in shown
    page = bob.xp("show", watched[:8]).stdout
    assert "finished" in page
    assert "on origin, and not merged: git xp pull origin" in page
    assert "finished" in bob.xp("log").stdout
    assert bob.xp("plot", watched).returncode == 0
    logged = json.loads(bob.xp("metrics", watched, "-m", "loss", "--json").stdout)
    assert len(logged) == rows[watched]["metrics.loss:count"] > 1
    assert gitxp.open(bob.top).runs()["status"].tolist() == ["finished"]
    assert gitxp.open(bob.top).get_run(watched).status == "finished"
    assert "2 fetched and not merged" in bob.xp("status").stdout
    assert "going on" not in bob.xp("status").stdout
    assert bob.xp("pull").stdout == "pulled from origin: 2 new\n"
    rows = listed(bob)
    assert len(rows) == 2
    assert not any("remote" in row for row in rows.values())
    assert "on origin" not in bob.xp("list").stdout


def test_run_that_is_not_merged_is_not_changed(ada, bob, watched):
    assert ada.xp("push").returncode == 0
    assert bob.xp("fetch").returncode == 0
    for words in (("remove", "--yes", watched), ("note", "-m", "fine", watched)):
        done = bob.xp(*words)
        assert done.returncode == 128
        assert "is not merged here yet" in done.stderr
        assert "hint: git xp pull origin" in done.stderr
    assert bob.refs() == {}


def test_run_that_was_merged_and_removed_does_not_come_back(ada, bob, watched):
    assert ada.xp("push").returncode == 0
    assert bob.xp("fetch").returncode == 0
    bob.merge()  # what the last fetch wrote down still names it
    assert "remote" not in listed(bob)[watched]
    assert bob.xp("remove", "--yes", watched).returncode == 0
    assert listed(bob) == {}
    assert bob.xp("fetch").returncode == 0
    assert listed(bob) == {}


def test_record_counts_and_not_a_checkpoint_that_was_left(ada, bob, watched):
    assert ada.push() == {}  # which takes no checkpoint away
    done = bob.xp("fetch")
    assert done.stdout == "fetched from origin: 1 new (1 run there)\n"
    assert listed(bob)[watched]["status"] == "finished"


def test_record_whose_points_lie_is_not_shown_before_it_is_merged(ada, bob, watched, git):
    assert ada.xp("push").returncode == 0
    place = type("Place", (), {"id": watched})
    rewrite(git, bob.top.parent / "server.git", place, {"metrics/0.parquet": points(10_000)})
    assert bob.xp("fetch").returncode == 0
    assert listed(bob) == {}
    done = bob.xp("pull")
    assert done.returncode == 1
    assert f"refused: {watched[:7]}" in done.stderr
    assert listed(bob) == {}
