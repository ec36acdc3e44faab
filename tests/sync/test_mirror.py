"""What a colleague's mirror or prune takes away is no removal: its owner brings it back."""

from __future__ import annotations

import pytest

from gitxp.sync.arrival import Outcome
from gitxp.upkeep.verify.verify import verify

MIRROR = "+refs/*:refs/*"


def outcomes(arrivals) -> set[Outcome]:
    return {one.outcome for one in arrivals}


def test_each_owner_brings_back_what_a_mirror_took_away(clones, git):
    ada, bob, eve = clones
    first = ada.start(lr=0.1)
    assert ada.push() == {}
    bob.pull()
    second = bob.start(lr=0.2)
    assert bob.push() == {}
    git("push", "--quiet", "--mirror", cwd=eve.top)
    assert eve.remote_refs() == {}
    done = ada.xp("push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr
    assert list(ada.remote_refs()) == [f"refs/experiments/lr/{first}"]
    done = bob.xp("push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: 1 run\n"), done.stderr
    assert bob.remote_refs() == bob.refs()
    assert second in str(bob.refs())
    ada.pull()
    assert ada.refs() == bob.refs()


def test_mirror_of_an_older_state_is_brought_up_to_date(clones, git):
    ada, bob, eve = clones
    run = ada.start(lr=0.1)
    assert ada.push() == {}
    eve.pull()
    assert ada.xp("tag", "good", run).returncode == 0
    assert ada.push() == {}
    newest = ada.remote_refs()
    git("push", "--quiet", "--mirror", cwd=eve.top)
    assert ada.remote_refs() != newest
    assert ada.push() == {}
    assert ada.remote_refs() == newest
    bob.pull()
    assert bob.refs() == ada.refs()


def test_nobody_takes_what_a_mirror_took_away_for_a_removal(clones, git):
    ada, bob, eve = clones
    kept, removed = ada.start(lr=0.1), ada.start(lr=0.2)
    assert ada.push() == {}
    bob.pull()
    # The experiment has a record of its own, which tells of one removal.
    assert ada.xp("remove", "--yes", removed).returncode == 0
    assert ada.push() == {}
    bob.pull()
    assert removed not in str(bob.refs())
    before = bob.refs()
    git("push", "--quiet", "--mirror", cwd=eve.top)
    assert Outcome.REMOVED not in outcomes(bob.pull())
    assert bob.refs() == before
    assert bob.push() == {}
    assert bob.remote_refs() == before
    assert kept in str(before)
    assert Outcome.REMOVED not in outcomes(ada.pull())
    assert ada.push() == {}
    assert ada.refs() == bob.refs() == ada.remote_refs()


def test_removal_is_not_taken_for_what_a_mirror_took_away(clones):
    """Whoever has not heard of it yet does not bring the run back, whether fetched or not."""
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    assert ada.push() == {}
    bob.pull()
    assert ada.xp("remove", "--yes", run).returncode == 0
    assert ada.push() == {}
    assert bob.xp("push").stdout == "pushed to origin: nothing new\n"
    bob.fetch()
    done = bob.xp("push")
    assert (done.returncode, done.stdout) == (0, "pushed to origin: nothing new\n"), done.stderr
    assert run not in str(bob.remote_refs())


def test_edit_of_a_run_that_was_removed_meanwhile_waits_for_a_pull(clones):
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    assert ada.push() == {}
    bob.pull()
    assert ada.xp("remove", "--yes", run).returncode == 0
    assert ada.push() == {}
    assert bob.xp("keep", run).returncode == 0
    done = bob.xp("push")
    assert done.returncode == 1
    assert "git xp pull first" in done.stderr
    assert run not in str(bob.remote_refs())
    assert Outcome.SURVIVES in outcomes(bob.pull())
    assert bob.xp("push").returncode == 0
    assert run in str(bob.remote_refs())


def test_first_push_of_a_clone_does_not_hide_what_others_pushed(clones):
    ada, bob, _ = clones
    first = ada.start(lr=0.1)
    assert ada.push() == {}
    bob.start(lr=0.2)
    assert bob.push() == {}
    assert outcomes(bob.pull()) == {Outcome.NEW}
    assert first in str(bob.refs())


def test_runs_of_several_owners_stay_apart_under_one_experiment(clones):
    ada, bob, eve = clones
    runs = [clone.start(lr=number) for number, clone in enumerate(clones)]
    for clone in clones:
        assert clone.push() == {}
    for clone in clones:
        clone.pull()
    assert ada.refs() == bob.refs() == eve.refs() == ada.remote_refs()
    assert all(run in str(ada.refs()) for run in runs)
    for clone in clones:
        assert clone.push() == {}
        assert verify(clone.repository, home="").failures == ()


@pytest.mark.parametrize(
    "settings",
    [
        {"fetch.prune": "true", "fetch.pruneTags": "true"},
        {"remote.origin.prune": "true", "remote.origin.fetch": MIRROR},
        {"remote.origin.mirror": "true"},
        {"remote.origin.push": MIRROR, "push.followTags": "true", "push.default": "matching"},
        {"remote.origin.tagOpt": "--tags", "fetch.recurseSubmodules": "true"},
    ],
    ids=lambda settings: " ".join(settings),
)
def test_settings_that_prune_or_mirror_touch_nothing(clones, git, settings):
    """Neither what a colleague has of refs of the user's own, nor what the remote has."""
    ada, bob, _ = clones
    ada.start(lr=0.1)
    assert ada.push() == {}
    git("tag", "theirs", cwd=ada.top)
    git("push", "--quiet", "origin", "refs/tags/theirs", "main:refs/heads/theirs", cwd=ada.top)
    git("tag", "ours", cwd=bob.top)
    git("branch", "ours", cwd=bob.top)
    git("fetch", "--quiet", cwd=bob.top)
    git("branch", "--remotes", "--delete", "origin/theirs", cwd=bob.top)
    own = bob.start(lr=0.2)
    for key, value in settings.items():
        git("config", key, value, cwd=bob.top)
    before = git("for-each-ref", "refs/heads", "refs/tags", "refs/remotes", cwd=bob.top)
    heads = ("refs/heads", "refs/tags")
    at_remote = git("for-each-ref", *heads, cwd=bob.top.parent / "server.git")
    fetched = (bob.top / ".git/FETCH_HEAD").read_bytes()
    for command in ("fetch", "push", "pull", "push"):
        done = bob.xp(command)
        assert done.returncode == 0, done.stderr
        assert own in str(bob.refs())
        assert git("for-each-ref", "refs/heads", "refs/tags", "refs/remotes", cwd=bob.top) == before
        assert git("for-each-ref", *heads, cwd=bob.top.parent / "server.git") == at_remote
        assert (bob.top / ".git/FETCH_HEAD").read_bytes() == fetched
    assert bob.refs() == bob.remote_refs()


@pytest.mark.parametrize(
    "words",
    [
        ("fetch", "--prune", "origin", MIRROR),
        ("-c", "fetch.prune=true", "fetch", "origin", MIRROR, "--force"),
    ],
    ids=" ".join,
)
def test_colleague_who_mirrors_gets_runs_and_takes_none_away(clones, git, words):
    ada, _, eve = clones
    ada.start(lr=0.1)
    assert ada.push() == {}
    git("checkout", "--quiet", "--detach", cwd=eve.top)
    git(*words, cwd=eve.top)
    assert eve.refs() == ada.refs()
    eve.fetch()
    assert eve.merge() == [] or outcomes(eve.merge()) <= {Outcome.AHEAD}
    assert eve.push() == {}
    assert ada.remote_refs() == ada.refs()


def test_prune_of_remote_branches_takes_no_run(clones, git):
    ada, bob, _ = clones
    ada.start(lr=0.1)
    assert ada.push() == {}
    bob.pull()
    bob.start(lr=0.2)
    before = bob.refs()
    git("remote", "prune", "origin", cwd=bob.top)
    git("-c", "fetch.prune=true", "fetch", "--quiet", cwd=bob.top)
    assert bob.refs() == before
    assert bob.push() == {}
    assert bob.remote_refs() == before
