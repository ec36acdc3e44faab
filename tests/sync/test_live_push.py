"""Checkpoints of runs that go on reach a remote, and the record replaces them."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import time
from contextlib import suppress

import psutil
import pytest
from live_runs import push_live, start_run_live, training, wait_for

from gitxp.storage.clone import known_clone_id
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository
from gitxp.storage.transport.last_seen import read_last_seen
from gitxp.upkeep.verify.verify import verify

# `GITXP_TEST_TIMES=50` for more.
KILLS = int(os.environ.get("GITXP_TEST_TIMES", "6")) // 2


@pytest.fixture
def ada(clones):
    return clones[0]


def live_ref(run: str) -> str:
    return f"refs/experiments/lr/live/{run}"


def is_shown(clone, run: str) -> bool:
    return live_ref(run) in clone.remote_refs()


def points_there(clone, run: str) -> int:
    server = open_repository(clone.top.parent / "server.git")
    return RecordReader(server).points(clone.remote_refs()[live_ref(run)]).num_rows


def test_checkpoints_go_on_and_the_record_replaces_them(ada, clones):
    with training(ada) as run, push_live(ada, "origin", run.run) as pusher:
        wait_for(lambda: is_shown(ada, run.run))
        first = points_there(ada, run.run)
        wait_for(lambda: points_there(ada, run.run) > first)
        run.stop()
        assert pusher.wait(60) == 0
        assert re.fullmatch(r"pushed to origin: 1 run, \d+ checkpoints\n", pusher.stdout.read())
    assert ada.remote_refs() == ada.refs()
    assert list(ada.refs()) == [f"refs/experiments/lr/{run.run}"]
    assert clones[1].pull()[0].ref == f"refs/experiments/lr/{run.run}"


def test_checkpoints_leave_nothing_in_the_repository(ada, git):
    with training(ada) as run:
        before = set((ada.top / ".git/objects").rglob("*"))
        refs = git("for-each-ref", cwd=ada.top)
        with push_live(ada) as pusher:
            tips: set[str] = set()
            while len(tips) < 4:
                tips.add(wait_for(lambda: ada.remote_refs().get(live_ref(run.run))))
            packs = len(list(ada.top.glob(".git/gitxp/carriers/*/objects/pack/*.pack")))
            git("gc", "--prune=now", "--quiet", cwd=ada.top)
            wait_for(lambda: ada.remote_refs()[live_ref(run.run)] not in tips)
            pusher.send_signal(signal.SIGTERM)
            assert pusher.wait(60) == 130
        assert packs < 20
        assert git("for-each-ref", cwd=ada.top) == refs
        assert not list(ada.top.glob(".git/gitxp/carriers/*"))
        new = set((ada.top / ".git/objects").rglob("*")) - before
        assert not [path for path in new if len(path.name) == 38]  # loose objects
        run.stop()
    git("fsck", "--full", cwd=ada.top)
    assert verify(ada.repository, home=known_clone_id(ada.repository.private_dir)).failures == ()


def test_killed_pusher_harms_nothing_and_the_next_push_takes_the_checkpoint_away(ada, git):
    with training(ada) as run:
        with push_live(ada) as pusher:
            wait_for(lambda: is_shown(ada, run.run))
            os.killpg(pusher.pid, signal.SIGKILL)
            pusher.wait()
        left = ada.remote_refs()[live_ref(run.run)]
        assert ada.xp("push").returncode == 0
        assert ada.remote_refs()[live_ref(run.run)] == left  # it goes on
        with push_live(ada):  # and carries on where the killed one was
            wait_for(lambda: ada.remote_refs()[live_ref(run.run)] != left)
        run.stop()
    done = ada.xp("push")
    assert (done.returncode, done.stderr) == (0, "")
    assert ada.remote_refs() == ada.refs()
    git("fsck", "--full", cwd=ada.top.parent / "server.git")


def test_killed_training_is_recorded_and_its_checkpoint_goes(ada):
    with training(ada) as run, push_live(ada, "origin", run.run) as pusher:
        wait_for(lambda: is_shown(ada, run.run))
        run.process.kill()
        assert pusher.wait(60) == 0
    assert ada.remote_refs() == ada.refs()
    shown = json.loads(ada.xp("show", "--json", run.run).stdout)
    assert shown["status"] == "crashed"
    assert shown["points"] > 0


def test_removed_run_leaves_no_checkpoint(ada):
    with training(ada) as run:
        with push_live(ada) as pusher:
            wait_for(lambda: is_shown(ada, run.run))
            os.killpg(pusher.pid, signal.SIGKILL)
            pusher.wait()
        run.stop()
    assert ada.xp("remove", "--yes", run.run).returncode == 0
    assert ada.xp("push").returncode == 0
    assert not is_shown(ada, run.run)


def test_all_runs_are_followed_that_go_on_or_come(ada):
    with push_live(ada) as pusher, training(ada) as one:
        wait_for(lambda: is_shown(ada, one.run))
        one.stop()
        wait_for(lambda: list(ada.remote_refs()) == [f"refs/experiments/lr/{one.run}"])
        with training(ada) as other:
            wait_for(lambda: is_shown(ada, other.run))
            other.stop()
        wait_for(lambda: not is_shown(ada, other.run) and len(ada.remote_refs()) == 2)
        assert pusher.poll() is None


def test_run_that_is_over_before_anybody_looks_goes_too(ada):
    before = ada.start(lr=0.1)
    with push_live(ada) as pusher, training(ada) as one:
        wait_for(lambda: is_shown(ada, one.run))
        short = [ada.start(lr=0.1 * number) for number in range(3)]
        wait_for(lambda: {ref.rpartition("/")[2] for ref in ada.remote_refs()} >= {*short})
        assert pusher.poll() is None
        assert before not in str(ada.remote_refs())


def seen_there(clone) -> dict[str, str]:
    """Return what the remote was told to have when it was last talked to."""
    seen = read_last_seen(clone.repository, clone.remote.url)
    return {} if seen is None else dict(seen.tips)


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_run_that_is_over_is_told_of_once(ada, how):
    with push_live(ada, "--json", "origin") as pusher, training(ada) as run:
        wait_for(lambda: is_shown(ada, run.run))
        run.process.kill() if how == "killed" else run.stop()
        wait_for(lambda: f"refs/experiments/lr/{run.run}" in ada.remote_refs())
        short = ada.start(lr=0.1)  # once this is seen, so would be the first again
        # By then it has heard, too, that this is there.
        wait_for(lambda: f"refs/experiments/lr/{short}" in seen_there(ada))
        pusher.send_signal(signal.SIGINT)
        told = json.loads(pusher.communicate(timeout=60)[0])
    assert told["runs"][run.run] == {"pushed": True, "there": True, "reason": ""}


def test_run_whose_route_leads_elsewhere_stays(ada):
    (ada.top / ".gitxp.toml").write_text('[routes]\n"lr" = ["private"]\n')
    with training(ada) as run, push_live(ada, "--json", "origin", run.run) as pusher:
        line = pusher.stdout.readline()
        assert "its route does not lead to 'origin'" in line
        run.stop()
        assert pusher.wait(60) == 1
        told = json.loads(pusher.stdout.read())
    assert told["runs"][run.run]["pushed"] is False
    assert ada.remote_refs() == {}


def test_run_with_a_secret_stays_until_it_is_allowed(ada):
    (ada.top / "train.py").write_text('token = "ghp_' + "a1B2" * 9 + '"\n')
    with training(ada) as run:
        with push_live(ada) as pusher:
            line = pusher.stdout.readline()
            assert "train.py:1" in line
            assert "ghp_" not in line
        assert ada.remote_refs() == {}
        with push_live(ada, "--allow-secret", "train.py", "origin", run.run):
            wait_for(lambda: is_shown(ada, run.run))


def test_run_on_unpushed_commits_stays_until_they_are_there(ada, git):
    (ada.top / "more.py").write_text("x = 1\n")
    git("add", "more.py", cwd=ada.top)
    git("commit", "--quiet", "--message=more", cwd=ada.top)
    with training(ada) as run, push_live(ada, "origin", run.run) as pusher:
        assert "builds on commits that 'origin' does not have" in pusher.stdout.readline()
        assert ada.remote_refs() == {}
        git("push", "--quiet", cwd=ada.top)
        wait_for(lambda: is_shown(ada, run.run))
        run.stop()
        assert pusher.wait(60) == 0
        assert len(pusher.stdout.readlines()) == 1  # nothing was said twice


def test_hook_of_the_user_is_asked_once_for_checkpoints_and_for_the_record(ada):
    hook = ada.top / ".git/hooks/pre-push"
    hook.write_text('#!/bin/sh\ncat >> "$(git rev-parse --git-dir)/asked"\n')
    hook.chmod(0o755)
    with training(ada) as run, push_live(ada, "origin", run.run) as pusher:
        tip = wait_for(lambda: ada.remote_refs().get(live_ref(run.run)))
        wait_for(lambda: ada.remote_refs()[live_ref(run.run)] != tip)
        run.stop()
        assert pusher.wait(60) == 0
    asked = [line.split()[2] for line in (ada.top / ".git/asked").read_text().splitlines()]
    assert asked == [live_ref(run.run), f"refs/experiments/lr/{run.run}"]


def test_remote_that_is_away_is_told_once_and_tried_again(ada):
    server = ada.top.parent / "server.git"
    away = server.rename(server.with_name("away.git"))
    with training(ada) as run, push_live(ada) as pusher:
        assert "cannot be reached, and is tried again" in pusher.stdout.readline()
        away.rename(server)
        wait_for(lambda: is_shown(ada, run.run))


def test_run_live_goes_through_every_server(any_server, bare, tmp_path, git):
    git("clone", "--quiet", any_server.url("bare"), "ada", cwd=tmp_path)
    served = open_repository(any_server.repository("bare"))
    stop = tmp_path / "stop"
    script = f"for i in $(seq 1200); do [ -e {stop} ] && exit 3; echo loss=$i; sleep 0.05; done"
    words = ("--live", "--metrics", "loss", "--", "sh", "-c", script)
    run = start_run_live(tmp_path / "ada", *words, GITXP_LIVE_EVERY="0.2")
    try:
        (shown,) = wait_for(lambda: list_refs(served, SHARED))
        assert shown.startswith("refs/experiments/lr/live/")
        stop.touch()
        _, told = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 3, told
    assert list(list_refs(served, SHARED)) == [shown.replace("/live/", "/")]


def test_exit_code_is_that_of_the_command_whatever_becomes_of_the_push(ada, git):
    git("remote", "set-url", "origin", "/nowhere/at/all", cwd=ada.top)
    run = start_run_live(ada.top, "--live", "--", "sh", "-c", "exit 7", GITXP_LIVE_WAIT="5")
    told = run.communicate(timeout=120)[1]
    assert run.returncode == 7
    assert "/nowhere/at/all" in told
    assert "hint: git xp push" in told
    assert len(ada.refs()) == 1


def test_remote_that_there_is_not_is_refused_before_the_run_starts(ada):
    done = ada.xp("run", "--live", "nowhere", "--", "touch", "ran")
    assert done.returncode == 128
    assert "there is no remote 'nowhere'" in done.stderr
    assert not (ada.top / "ran").exists()
    done = ada.xp("run", "--live", "touch", "a file")
    assert done.returncode == 128
    assert "there is no remote 'touch'" in done.stderr
    assert "git xp run --live -- touch 'a file'\n" in done.stderr
    assert not (ada.top / "a file").exists()


def pushers_of(run: subprocess.Popen[str]) -> list[psutil.Process]:
    """The process that sends checkpoints, beside the command itself."""
    found = []
    for one in psutil.Process(run.pid).children():
        with suppress(psutil.Error):  # it is over
            found += [one] if "push" in one.cmdline() else []
    return found


def test_record_is_pushed_though_the_process_beside_the_run_was_killed(ada):
    stop = ada.top.parent / "stop"
    script = f"while ! [ -e {stop} ]; do sleep 0.05; done"
    run = start_run_live(ada.top, "--live", "--", "sh", "-c", script, GITXP_LIVE_EVERY="0.2")
    wait_for(ada.remote_refs)
    (pusher,) = pushers_of(run)
    pusher.kill()
    stop.touch()
    told = run.communicate(timeout=60)[1].splitlines()
    assert run.returncode == 0, told
    assert [line for line in told if "pushing to" not in line][1:] == [
        "note: the process that pushes the run has died, and is started again",
        "pushed to origin",
    ]
    assert ada.remote_refs() == ada.refs()


def test_record_that_no_process_lives_to_push_is_told_of(ada, git):
    git("remote", "set-url", "origin", "/nowhere/at/all", cwd=ada.top)
    run = start_run_live(ada.top, "--live", "--", "true", GITXP_LIVE_WAIT="1000000")
    (first,) = wait_for(lambda: pushers_of(run))
    first.kill()
    (second,) = wait_for(lambda: [one for one in pushers_of(run) if one.pid != first.pid])
    second.kill()
    told = run.communicate(timeout=60)[1]
    assert run.returncode == 0
    assert "the process that pushes the run has died (hint: git xp push)" in told


def started_live(ada) -> tuple[subprocess.Popen[str], str]:
    """Start `git xp run --live` of a command that goes on, and return it with the run's id."""
    words = ("--live", "--metrics", "loss", "--", "sh", "-c", "echo loss=1; exec sleep 600")
    run = start_run_live(ada.top, *words, GITXP_LIVE_EVERY="0.2")
    return run, wait_for(ada.remote_refs).popitem()[0].rpartition("/")[2]


def test_killed_recorder_is_recorded_and_pushed_by_the_process_beside_it(ada):
    run, id_ = started_live(ada)
    (child,) = [one for one in psutil.Process(run.pid).children() if one.name() == "sleep"]
    try:
        run.kill()
        run.communicate(timeout=60)  # ends when the process beside it does
    finally:
        child.kill()
    assert ada.remote_refs() == ada.refs()
    assert json.loads(ada.xp("show", "--json", id_).stdout)["status"] == "crashed"


def test_scheduler_that_ends_every_process_gets_the_record_pushed(ada):
    run, id_ = started_live(ada)
    for process in (*psutil.Process(run.pid).children(), run):
        process.send_signal(signal.SIGTERM)
    _, told = run.communicate(timeout=60)
    assert run.returncode == 128 + signal.SIGTERM, told
    assert ada.remote_refs() == ada.refs()
    assert json.loads(ada.xp("show", "--json", id_).stdout)["status"] == "killed"


@pytest.mark.parametrize("seed", range(2))
def test_pushers_killed_at_any_moment_leave_both_sides_whole(ada, git, seed):
    rng = random.Random(seed)
    server = ada.top.parent / "server.git"
    with training(ada) as run:
        for _ in range(KILLS):
            with push_live(ada) as pusher:
                time.sleep(rng.uniform(0.3, 2.5))
                os.killpg(pusher.pid, signal.SIGKILL)
            git("fsck", "--full", cwd=server)
            git("fsck", "--full", cwd=ada.top)
        with push_live(ada, "origin", run.run) as pusher:
            run.stop()
            assert pusher.wait(60) == 0
    assert ada.remote_refs() == ada.refs()
    assert verify(ada.repository, home=known_clone_id(ada.repository.private_dir)).failures == ()
