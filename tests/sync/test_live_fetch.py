"""Runs that go on in other clones are seen here as what they are."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from by_hand import rewrite
from live_runs import listed, push_live, send_checkpoint, training, wait_for

import gitxp
from gitxp.errors import CannotResume
from gitxp.storage.refs import SHARED
from gitxp.storage.refstore import list_refs
from gitxp.sync.live.over import take_away_those_over


@pytest.fixture
def ada(clones):
    return clones[0]


@pytest.fixture
def bob(clones):
    return clones[1]


def held(clone) -> dict[str, str]:
    found = list_refs(clone.repository, "refs/gitxp/incoming/")
    return {ref: tip for ref, tip in found.items() if "/live/" in ref}


def test_colleague_sees_a_run_go_on_in_every_command_that_reads(ada, bob):
    with training(ada) as run, push_live(ada) as _:
        wait_for(lambda: any("/live/" in ref for ref in ada.remote_refs()))
        done = bob.xp("pull")
        assert (done.returncode, done.stdout) == (
            0,
            "pulled from origin: nothing new, 1 going on\n",
        ), done.stderr
        row = listed(bob)[run.run]
        assert row["status"] == "running"
        assert row["remote"] == "origin"
        assert row["params.lr"] == 0.1
        made = datetime.fromisoformat(row["checkpoint"])
        assert timedelta() < datetime.now(UTC) - made < timedelta(minutes=1)
        assert "on origin" in bob.xp("list").stdout
        shown = bob.xp("show", run.run).stdout
        assert "running" in shown
        assert "ago on origin" in shown or "now on origin" in shown
        assert "running" in bob.xp("log").stdout
        metrics = bob.xp("metrics", run.run, "--json")
        assert json.loads(metrics.stdout)
        assert bob.xp("plot", run.run).returncode == 0
        assert run.run in bob.xp("list", "--where", 'remote == "origin"', "--json").stdout
        assert json.loads(bob.xp("list", "-r", "origin", "--json").stdout) == [listed(bob)[run.run]]
        assert "running" in bob.xp("show", f"origin/{run.run}").stdout
        assert json.loads(bob.xp("metrics", f"origin/{run.run[:8]}", "--json").stdout)
        assert gitxp.open(bob.top, remote="origin").runs()["status"].tolist() == ["running"]
        project = gitxp.open(bob.top)
        assert project.runs()["status"].tolist() == ["running"]
        assert project.runs()["checkpoint"].dt.tz is not None
        points = project.history(metrics=["loss"])
        wait_for(lambda: bob.fetch() and len(project.history(metrics=["loss"])) > len(points))
        assert "1 going on elsewhere" in bob.xp("status").stdout
        run.stop()
        wait_for(lambda: not any("/live/" in ref for ref in ada.remote_refs()))
    assert bob.xp("pull").stdout == "pulled from origin: 1 new\n"
    row = listed(bob)[run.run]
    assert row["status"] == "finished"
    assert "remote" not in row
    assert held(bob) == {}


def test_checkpoint_that_is_late_is_not_shown_as_alive(ada, bob):
    with training(ada) as run:
        send_checkpoint(ada, datetime.now(UTC) - timedelta(hours=2))
        bob.fetch()
        row = listed(bob)[run.run]
        assert row["status"] == "unknown"
        assert "2h ago on origin" in bob.xp("list").stdout
        assert "2h ago on origin, and then every 30s" in bob.xp("show", run.run).stdout
        send_checkpoint(ada)
        bob.fetch()
        assert listed(bob)[run.run]["status"] == "running"


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=7000 * 365)])
def test_clock_that_is_ahead_makes_no_dead_run_live(ada, bob, clock, ahead):
    """Whose clock that is nobody knows: what counts is when a checkpoint was first seen here."""
    later = {name: clock[name] for name in ("LD_PRELOAD", "CLOCK_MOVED")}
    with training(ada) as run:
        send_checkpoint(ada, datetime.now(UTC) + ahead)
    bob.fetch()
    assert listed(bob)[run.run]["status"] == "running"
    moved = Path(clock["CLOCK_MOVED"])
    moved.write_text("9000")
    for _ in range(2):
        assert listed(bob, **later)[run.run]["status"] == "unknown"
        assert "2h ago on origin" in bob.xp("list", **later).stdout
        assert bob.xp("fetch", **later).returncode == 0  # the same one is not new again


@pytest.mark.parametrize("every", ["31536000.0", "86400.1", "-1.0"])
def test_checkpoint_that_promises_the_next_one_much_later_is_refused(ada, bob, git, every):
    with training(ada) as run:
        send_checkpoint(ada)
    checkpoint = SimpleNamespace(id=f"live/{run.run}")
    said = f"made = 2026-01-02 00:00:00+00:00\nevery = {every}\n"
    server = bob.top.parent / "server.git"
    rewrite(git, server, checkpoint, {"checkpoint.toml": said.encode()})
    done = bob.xp("pull")
    assert done.returncode == 1
    assert "every is" in done.stderr
    assert listed(bob) == {}


def test_runs_that_are_over_or_silent_are_not_counted_as_going_on(ada, bob, clones):
    eve = clones[2]
    with training(ada) as run, training(eve):
        send_checkpoint(eve, datetime.now(UTC) - timedelta(hours=2))
        send_checkpoint(ada)
        told = "fetched from origin: nothing new (0 runs there, 1 going on, 1 not heard of since)\n"
        assert bob.xp("fetch").stdout == told
        assert "1 going on elsewhere, 1 not heard of since" in bob.xp("status").stdout
        run.stop()
    assert ada.push() == {}  # which leaves the checkpoint there
    assert bob.xp("pull").stdout == "pulled from origin: 1 new, 1 not heard of since\n"
    shown = bob.xp("status").stdout
    assert "1 not heard of since" in shown
    assert "going on" not in shown
    (remote,) = json.loads(bob.xp("status", "--json").stdout)["remotes"]
    assert (len(remote["live"]), len(remote["silent"])) == (0, 1)


def test_run_of_this_clone_is_shown_as_its_journal_tells_it(ada):
    with training(ada) as run:
        send_checkpoint(ada)
        assert ada.xp("pull").stdout == "pulled from origin: nothing new\n"
        row = listed(ada)[run.run]
        assert (row["status"], "remote" in row) == ("running", False)
        assert held(ada) == {}
        run.stop()
        ada.fetch()  # the checkpoint is there yet
        assert listed(ada)[run.run]["status"] == "finished"


def test_colleague_neither_pushes_nor_counts_nor_changes_a_run_that_goes_on(ada, bob):
    with training(ada) as run:
        send_checkpoint(ada)
        bob.pull()
        before = bob.remote_refs()
        assert bob.xp("push").stdout == "pushed to origin: nothing new\n"
        assert bob.remote_refs() == before
        assert bob.refs() == {}
        for words in (("remove", "--yes", run.run), ("note", "-m", "fine", run.run)):
            done = bob.xp(*words)
            assert done.returncode == 128
            assert "git xp pull origin" in done.stderr
        with pytest.raises(CannotResume):
            gitxp.start_run("lr", resume=run.run, repo=bob.top)
        assert bob.xp("show").returncode != 0  # none is of this clone
        assert "verified no runs" in bob.xp("verify").stdout
        run.stop()


def test_checkpoint_that_the_remote_has_no_more_goes_here_too(ada, bob, git):
    with training(ada) as run:
        send_checkpoint(ada)
        bob.pull()
        assert len(held(bob)) == 1
        server = bob.top.parent / "server.git"
        git("update-ref", "-d", f"refs/experiments/lr/live/{run.run}", cwd=server)
        bob.pull()
        assert held(bob) == {}
        assert listed(bob) == {}
        git("gc", "--prune=now", "--quiet", cwd=bob.top)
        send_checkpoint(ada)
        bob.pull()
        assert listed(bob)[run.run]["status"] == "running"


def test_named_fetch_brings_one_and_leaves_the_others(ada, bob):
    with training(ada) as run:
        send_checkpoint(ada)
        other = ada.start(lr=0.3)
        ada.push()
        assert bob.xp("fetch", "origin", other[:8]).returncode == 0
        assert held(bob) == {}
        assert bob.xp("fetch", "origin", run.run[:8]).returncode == 0
        assert len(held(bob)) == 1
        assert bob.xp("fetch", "origin", other[:8]).returncode == 0
        assert listed(bob).keys() == {run.run}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"run.toml": b"format = 1\nx = " + b"[" * 200_000}, "run.toml"),
        ({"checkpoint.toml": b"every = nan\n"}, "checkpoint.toml"),
        ({"metrics/0.parquet": b"PAR1" + b"\0" * 100 + b"\xff\xff\xff\x7fPAR1"}, "segment"),
    ],
    ids=["nested", "no time", "parquet"],
)
def test_checkpoint_that_breaks_the_rules_is_refused_and_the_rest_arrives(
    ada, bob, git, files, said
):
    with training(ada) as run:
        send_checkpoint(ada)
        good = ada.start(lr=0.3)
        ada.push()
        ref = f"refs/experiments/lr/live/{run.run}"
        checkpoint = SimpleNamespace(id=f"live/{run.run}")
        rewrite(git, bob.top.parent / "server.git", checkpoint, files)
        done = bob.xp("pull")
        assert done.returncode == 1
        assert ref in done.stderr
        assert said in done.stderr
        assert listed(bob).keys() == {good}
        assert held(bob) == {}


def test_record_of_another_run_is_no_checkpoint(ada, bob, git):
    run = ada.start(lr=0.3)
    ada.push()
    server = bob.top.parent / "server.git"
    tip = ada.refs()[f"refs/experiments/lr/{run}"]
    for ref in (f"refs/experiments/lr/live/{'0' * 32}", f"refs/experiments/lr/live/{run}"):
        git("update-ref", ref, tip, cwd=server)
    git("update-ref", "refs/experiments/lr/live/about", tip, cwd=server)
    done = bob.xp("pull")
    assert done.returncode == 1
    assert done.stderr.count("refused: ") == 2
    assert "live/about" in done.stderr
    assert listed(bob).keys() == {run}


def test_whoever_pushes_the_record_takes_a_checkpoint_away_that_was_left(ada, bob, git, tmp_path):
    git("clone", "--quiet", "--bare", str(tmp_path / "server.git"), "second.git", cwd=tmp_path)
    for clone in (ada, bob):
        git("remote", "add", "second", str(tmp_path / "second.git"), cwd=clone.top)
        git("fetch", "--quiet", "second", cwd=clone.top)
    with training(ada) as run:
        send_checkpoint(ada)
        bob.fetch()
        run.stop()
    assert ada.xp("push", "second").returncode == 0
    assert bob.xp("pull", "second").returncode == 0
    assert f"refs/experiments/lr/live/{run.run}" in bob.remote_refs()
    assert bob.xp("push", "origin").returncode == 0
    assert list(bob.remote_refs()) == [f"refs/experiments/lr/{run.run}"]


def test_resumed_run_goes_on_over_its_record(ada, bob):
    os.chdir(ada.top)
    run = ada.start(lr=0.1)
    ada.push()
    bob.pull()
    with gitxp.start_run("lr", resume=run) as resumed:
        resumed.log({"loss": 0.5}, step=7)
        send_checkpoint(ada)
        bob.pull()
        row = listed(bob)[run]
        assert (row["status"], row["metrics.loss"]) == ("running", 0.5)
        assert len(gitxp.open(bob.top).history(metrics=["loss"])) == 2
        assert bob.xp("note", "-m", "fine", run).returncode == 0  # of its record
        assert bob.xp("push").returncode == 0
        assert any("/live/" in ref for ref in bob.remote_refs())
    take_away_those_over(ada.repository, ada.remote, ())
    ada.pull()
    ada.push()
    bob.pull()
    row = listed(bob)[run]
    assert (row["status"], row["metrics.loss"]) == ("finished", 0.5)
    assert (
        ada.refs()
        == bob.refs()
        == {ref: tip for ref, tip in ada.remote_refs().items() if ref.startswith(SHARED)}
    )


def test_nodes_without_a_common_file_system_make_one_run_each_in_one_group(ada, bob, clones):
    eve = clones[2]
    job = {"SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "0"}
    job |= {"SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_NUM_NODES": "2"}
    with (
        training(ada, {**job, "SLURM_PROCID": "0"}) as one,
        training(bob, {**job, "SLURM_PROCID": "1"}) as other,
    ):
        for node in (ada, bob):
            send_checkpoint(node)
        eve.pull()
        rows = listed(eve)
        assert rows.keys() == {one.run, other.run}
        assert one.run != other.run
        (group,) = {row["group"] for row in rows.values()}
        assert "4711" in group
        for run in (one, other):
            run.stop()
    for node in (ada, bob):
        assert node.xp("push").returncode == 0
    eve.pull()
    rows = listed(eve)
    assert {row["status"] for row in rows.values()} == {"finished"}
    assert {row["group"] for row in rows.values()} == {group}


def test_metric_named_amid_a_checkpoint_is_whole_in_the_next(ada, bob):
    """Of a process that logs, the points may be read a moment after the names."""
    os.chdir(ada.top)
    with gitxp.start_run("lr") as run:
        for step in range(5):
            run.log({"loss": 1.0}, step=step)
        (lines,) = (ada.top / ".git/gitxp/live" / run.id).glob("*.jsonl")
        before = lines.read_bytes()
        run.log({"late": 1.0}, step=5)
        named = lines.read_bytes()
        run.log({"loss": 0.5}, step=6)
        lines.write_bytes(before)
        send_checkpoint(ada)
        lines.write_bytes(named)
        assert bob.xp("pull").returncode == 0
        assert listed(bob)[run.id]["metrics.loss"] == 1.0
        send_checkpoint(ada)
        assert bob.xp("pull").returncode == 0
        assert listed(bob)[run.id]["metrics.loss"] == 0.5
        assert len(gitxp.open(bob.top).history(metrics=["late"])) == 1
