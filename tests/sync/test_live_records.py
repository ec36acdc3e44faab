"""What becomes of the records of runs that were pushed while they went on, and what is said."""

from __future__ import annotations

import json
import signal

import pytest
from live_runs import push_live, training, wait_for


@pytest.fixture
def ada(clones):
    return clones[0]


def refuse(ada, condition: str) -> None:
    """Have the remote refuse what is so by a shell's word: of `$1`, the ref, and `$3`, its tip."""
    hook = ada.top.parent / "server.git/hooks/update"
    hook.write_text(f"#!/bin/sh\nif {condition}; then echo not here >&2; exit 1; fi\n")
    hook.chmod(0o755)


def commit_more(ada, git) -> None:
    (ada.top / "more.py").write_text("x = 1\n")
    git("add", "more.py", cwd=ada.top)
    git("commit", "--quiet", "--message=more", cwd=ada.top)


def test_record_that_is_refused_is_told_of_while_other_runs_go_on(ada):
    refuse(ada, 'test "${1#refs/experiments/lr/live/}" = "$1"')
    with push_live(ada) as pusher:
        with training(ada) as run:
            wait_for(ada.remote_refs)
            run.stop()
        told = pusher.stdout.readline()
        assert told == f"not pushed: run {run.run[:7]}: hook declined\n"
        assert pusher.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_record_that_stays_for_what_may_pass_goes_once_it_has(ada, git, number):
    commit_more(ada, git)
    with push_live(ada, "--json") as pusher:
        with training(ada) as run:
            assert "builds on commits that 'origin' does not have" in pusher.stdout.readline()
            run.stop()
        git("push", "--quiet", cwd=ada.top)
        wait_for(lambda: ada.remote_refs() == ada.refs())
        with training(ada) as other:  # whose checkpoint comes when that is done
            wait_for(lambda: len(ada.remote_refs()) == 2)
            pusher.send_signal(number)
            assert pusher.wait(60) == 130
            other.stop()
        told = json.loads(pusher.stdout.read())
    assert told["runs"] == {run.run: {"pushed": True, "there": True, "reason": ""}}


def test_summary_is_told_to_whoever_ends_it(ada, git):
    commit_more(ada, git)
    with push_live(ada) as pusher:
        with training(ada) as run:
            assert "builds on commits" in pusher.stdout.readline()
            run.stop()
        pusher.send_signal(signal.SIGINT)
        assert pusher.wait(60) == 130
        told = pusher.stdout.read().splitlines()
    assert told[-1] == "pushed to origin: 0 runs, 0 checkpoints"


def test_record_that_is_there_already_is_not_counted(ada):
    run = ada.start(lr=0.1)
    ada.push()
    done = ada.xp("push", "--live", "origin", run)
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 0 runs, 0 checkpoints\n")
    told = json.loads(ada.xp("push", "--live", "--json", "origin", run).stdout)
    assert told["runs"] == {run: {"pushed": False, "there": True, "reason": ""}}


def test_checkpoint_that_the_remote_keeps_is_told_of_and_goes_with_a_later_push(ada):
    refuse(ada, 'test -z "${3#0000000000000000000000000000000000000000}"')
    with training(ada) as run, push_live(ada, "origin", run.run) as pusher:
        wait_for(ada.remote_refs)
        run.stop()
        assert pusher.wait(60) == 0
        note, pushed = pusher.stdout.readlines()
    stays = f"note: the checkpoint of run {run.run[:7]} stays there for now: hook declined\n"
    assert note == stays
    assert pushed.startswith("pushed to origin: 1 run, ")
    done = ada.xp("push")
    assert (done.returncode, done.stderr) == (0, stays)
    assert f"refs/experiments/lr/live/{run.run}" in ada.remote_refs()
    (ada.top.parent / "server.git/hooks/update").unlink()
    done = ada.xp("push")
    assert (done.returncode, done.stderr) == (0, "")
    assert ada.remote_refs() == ada.refs()
