"""A removed run stays removed: whatever colleagues push, and from wherever they have it."""

from __future__ import annotations

import json

import pytest

from gitxp.sync.arrival import Outcome


def outcomes(arrivals) -> set[Outcome]:
    return {one.outcome for one in arrivals}


def shared_run(clones, **params) -> str:
    """Record a run of the first clone that all have then."""
    first, *others = clones
    run = first.start(**params)
    assert first.push() == {}
    for clone in others:
        clone.pull()
    return run


def is_there(clone, run) -> bool:
    return run in str(clone.remote_refs())


def add_mirror(clones, git) -> None:
    """Give all a second remote."""
    above = clones[0].top.parent
    git("clone", "--quiet", "--bare", "server.git", "mirror.git", cwd=above)
    for clone in clones:
        git("remote", "add", "--fetch", "mirror", str(above / "mirror.git"), cwd=clone.top)


def refuse(clone, pattern: str) -> None:
    """Have the server refuse refs."""
    hook = clone.top.parent / "server.git/hooks/update"
    hook.write_text(f'#!/bin/sh\ncase "$1" in {pattern}) exit 1 ;; esac\n')
    hook.chmod(0o755)


def test_removal_waits_until_it_can_be_told(clones):
    """Else the next push of whoever has the run brings it back."""
    ada, bob, _ = clones
    run = shared_run(clones, lr=0.1)
    assert bob.xp("experiment", "describe", "lr", "-m", "what bob says").returncode == 0
    assert bob.xp("push").returncode == 0
    assert ada.xp("remove", "--yes", run).returncode == 0
    done = ada.xp("push")
    assert done.returncode == 1
    assert f"not pushed: {run[:7]} lr: edited on both sides; git xp pull first" in done.stderr
    assert is_there(ada, run)
    assert bob.xp("push").stdout == "pushed to origin: nothing new\n"
    assert ada.xp("pull").returncode == 0
    assert run not in str(ada.refs())
    done = ada.xp("push")
    assert done.stdout == "pushed to origin: 1 experiment record, 1 removed there\n", done.stderr
    assert bob.xp("push").returncode == 0
    assert not is_there(ada, run)
    assert Outcome.REMOVED in outcomes(bob.pull())


def test_removal_that_the_remote_tells_already_is_carried_out(clones, git):
    """A colleague's push brought the record there, and the run is there again, by plain Git."""
    ada, bob, _ = clones
    run, _ = shared_run(clones, lr=0.1), shared_run(clones, lr=0.2)
    git("update-ref", "refs/heads/copy", f"refs/experiments/lr/{run}", cwd=ada.top)
    assert ada.xp("remove", "--yes", run).returncode == 0
    assert ada.push() == {}
    bob.pull()
    assert bob.xp("experiment", "describe", "lr", "-m", "what bob says").returncode == 0
    assert bob.push() == {}
    git("push", "--quiet", "origin", f"copy:refs/experiments/lr/{run}", cwd=ada.top)
    ada.fetch()
    assert ada.push() == {}
    assert not is_there(ada, run)


def test_run_stays_where_the_record_that_tells_of_its_removal_is_refused(clones):
    ada, bob, _ = clones
    run, other = shared_run(clones, lr=0.1), shared_run(clones, lr=0.2)
    refuse(ada, "*/about")
    assert ada.xp("remove", "--yes", run).returncode == 0
    done = ada.xp("push", "--json")
    assert done.returncode == 1
    refused = json.loads(done.stdout)["refused"]
    assert set(refused) == {f"refs/experiments/lr/{run}", "refs/experiments/lr/about"}
    assert is_there(ada, run)
    assert bob.xp("push").returncode == 0
    refuse(ada, "no-ref")
    assert ada.xp("push").returncode == 0
    assert not is_there(ada, run)
    assert is_there(ada, other)


def test_run_stays_where_the_record_that_tells_of_its_removal_may_not_go(clones):
    ada, bob, _ = clones
    run = shared_run(clones, lr=0.1)
    (ada.top / ".gitxp.toml").write_text('[routes]\n"lr" = ["private"]\n')
    assert ada.xp("remove", "--yes", run).returncode == 0
    done = ada.xp("push")
    assert f"not removed there: {run[:7]} lr: the record that tells of it may not go" in done.stderr
    assert done.stdout == "pushed to origin: nothing new\n"
    assert json.loads(ada.xp("push", "--json").stdout)["not_removed"] == [
        f"refs/experiments/lr/{run}"
    ]
    assert is_there(ada, run)
    assert ada.xp("push", "--reroute").returncode == 0
    assert not is_there(ada, run)
    assert bob.xp("push").returncode == 0
    assert not is_there(ada, run)


def test_run_that_went_by_reroute_leaves_though_nothing_may_tell_of_it(clones):
    """Nobody's push brings it back: its route does not lead there, whoever has it."""
    ada, bob, _ = clones
    (ada.top / ".gitxp.toml").write_text('[routes]\n"lr" = ["private"]\n')
    run = ada.start(lr=0.1)
    assert ada.xp("push", "origin", run, "--reroute").returncode == 0
    assert Outcome.NEW in outcomes(bob.pull())
    assert ada.xp("remove", "--yes", run).returncode == 0
    assert ada.xp("push").stdout == "pushed to origin: 1 removed there\n"
    assert bob.xp("push").returncode == 0
    assert ada.remote_refs() == {}


@pytest.fixture
def removed(clones, git):
    """A run that all have, also from a mirror, and that the first has removed from `origin`."""
    ada, bob, eve = clones
    add_mirror(clones, git)
    run = ada.start(lr=0.1)
    for name in ("origin", "mirror"):
        assert ada.xp("push", name).returncode == 0
    assert bob.xp("pull", "mirror").returncode == 0
    eve.pull()
    assert ada.xp("remove", "--yes", run).returncode == 0
    assert ada.push() == {}
    assert not is_there(ada, run)
    return run


def assert_stays_away(bob, run, *words) -> None:
    done = bob.xp("push", *words)
    assert done.returncode == 1
    assert f"not pushed: {run[:7]} lr lr=0.1: edited on both sides; git xp pull" in done.stderr
    assert not is_there(bob, run)


def test_run_that_came_from_a_mirror_is_not_brought_back_elsewhere(clones, removed):
    _, bob, _ = clones
    assert_stays_away(bob, removed, "origin")
    assert Outcome.REMOVED in outcomes(bob.pull())
    assert bob.xp("push").returncode == 0
    assert not is_there(bob, removed)


@pytest.mark.parametrize("where", ["push address", "address", "new remote"])
def test_run_is_not_brought_back_by_way_of_another_address(clones, removed, git, where):
    _, _, eve = clones
    address = f"file://{eve.top.parent}/server.git"
    words = {
        "push address": ("set-url", "--push", "origin", address),
        "address": ("set-url", "origin", address),
        "new remote": ("add", "other", address),
    }
    git("remote", *words[where], cwd=eve.top)
    name = "other" if where == "new remote" else "origin"
    assert_stays_away(eve, removed, name)
    assert eve.xp("pull", name).returncode == 0
    assert removed not in str(eve.refs())
    assert eve.xp("push", name).returncode == 0
    assert not is_there(eve, removed)


def test_new_run_goes_though_the_record_of_its_experiment_was_not_pulled(clones, removed):
    """Also where the remote was never talked to: nobody can have removed it."""
    _, bob, _ = clones
    run = bob.start(lr=0.2)
    assert_stays_away(bob, removed)
    assert is_there(bob, run)


def test_own_run_that_another_remote_had_waits_for_a_pull(clones, git):
    """Somebody may have brought it there, and somebody else taken it away."""
    ada, bob, _ = clones
    run = shared_run(clones, lr=0.1)
    add_mirror(clones, git)
    assert bob.xp("push", "mirror").returncode == 0
    assert bob.xp("remove", "--yes", run).returncode == 0
    assert bob.xp("push", "mirror").returncode == 0
    done = ada.xp("push", "mirror")
    assert done.returncode == 1
    assert f"not pushed: {run[:7]} lr lr=0.1: edited on both sides" in done.stderr
    assert ada.xp("pull", "mirror").returncode == 0
    assert run not in str(ada.refs())
