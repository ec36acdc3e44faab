"""Runs go to a remote and come from it; what both sides said is merged."""

from __future__ import annotations

import json
import subprocess
import sys

import gitxp
from gitxp.sync.arrival import Outcome


def xp(clone, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gitxp", *words], cwd=clone.top, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def outcomes(arrivals) -> list[Outcome]:
    return [one.outcome for one in arrivals]


def test_run_comes_to_a_colleague_as_it_was(clones, git):
    ada, bob, _ = clones
    (ada.top / "train.py").write_text("edited\n")
    run = ada.start(lr=0.1)
    before = git("for-each-ref", "refs/heads", "refs/tags", "refs/remotes", cwd=bob.top)
    assert ada.push() == {}
    assert outcomes(bob.pull()) == [Outcome.NEW]
    assert bob.refs() == ada.refs()
    assert git("show", f"refs/experiments/lr/{run}^2:train.py", cwd=bob.top) == "edited\n"
    assert git("for-each-ref", "refs/gitxp/incoming", cwd=bob.top) == ""
    assert git("for-each-ref", "refs/heads", "refs/tags", "refs/remotes", cwd=bob.top) == before
    assert not (bob.top / ".git/FETCH_HEAD").exists()
    assert bob.pull() == []
    git("fsck", "--strict", cwd=bob.top)
    assert "flaws" not in xp(bob, "verify")


def test_edits_of_two_merge_to_the_same_commit(clones):
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    ada.push()
    bob.pull()
    xp(ada, "tag", "kind=cosine", run)
    xp(bob, "note", "-m", "looks good", run)
    assert ada.push() == {}
    refused = bob.push()
    assert list(refused) == [f"refs/experiments/lr/{run}"]
    assert outcomes(bob.pull()) == [Outcome.MERGED]
    assert bob.push() == {}
    assert outcomes(ada.pull()) == [Outcome.UPDATED]
    assert ada.refs() == bob.refs()
    shown = xp(ada, "show", run)
    assert "cosine" in shown
    assert "looks good" in shown


def test_removal_reaches_everybody_and_no_push_brings_it_back(clones):
    ada, bob, eve = clones
    run = ada.start(lr=0.1)
    ada.push()
    bob.pull()
    eve.pull()
    xp(ada, "remove", "--yes", run)
    assert ada.push() == {}
    assert bob.push() == {}
    assert sorted(outcomes(bob.pull())) == [Outcome.NEW, Outcome.REMOVED]
    assert run not in xp(bob, "list", "--json")
    eve.start(lr=0.2)
    assert eve.push() == {}
    assert not any(run in ref for ref in eve.remote_refs())
    eve.pull()
    assert ada.push() == {}
    ada.pull()
    bob.pull()
    assert ada.refs() == bob.refs() == eve.refs() == eve.remote_refs()


def test_purged_run_leaves_the_remote_though_its_objects_are_gone(clones, git):
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    ada.push()
    bob.pull()
    xp(ada, "remove", "--purge", "--yes", run)
    git("reflog", "expire", "--expire=now", "--all", cwd=ada.top)
    git("gc", "--quiet", "--prune=now", cwd=ada.top)
    assert ada.push() == {}
    assert not any(run in ref for ref in ada.remote_refs())
    assert Outcome.REMOVED in outcomes(bob.pull())


def test_edited_run_survives_its_removal(clones):
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    ada.push()
    bob.pull()
    xp(bob, "keep", run)
    xp(ada, "remove", "--yes", run)
    ada.push()
    assert Outcome.SURVIVES in outcomes(bob.pull())
    assert run in xp(bob, "list", "--json")


def test_run_of_a_remote_is_named_before_and_after_it_is_merged(clones):
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    xp(ada, "rename", run, "fast")
    ada.push()
    bob.fetch()
    assert run in xp(bob, "show", "--json", "origin/fast")
    assert run in xp(bob, "list", "-r", "origin", "--json")
    assert "fast" not in xp(bob, "list")
    bob.merge()
    xp(bob, "rename", run, "slow")
    assert '"fast"' in xp(bob, "show", "--json", f"origin/{run[:7]}")
    assert '"slow"' in xp(bob, "show", "--json", run[:7])
    assert "fast" in xp(bob, "list", "--remote", "origin")
    assert str(gitxp.open(bob.top).get_run("origin/fast").id) == run


def test_fetch_and_pull_say_what_came(clones):
    ada, bob, _ = clones
    first, second = ada.start(lr=0.1), ada.start(lr=0.2)
    ada.push()
    assert xp(bob, "fetch", "origin", first[:8]) == "fetched from origin: 1 new (2 runs there)\n"
    assert xp(bob, "pull") == "pulled from origin: 2 new\n"
    assert xp(bob, "pull", "origin") == "pulled from origin: nothing new\n"
    xp(ada, "remove", "--yes", second)
    ada.push()
    assert json.loads(xp(bob, "pull", "--json"))["records"][-1]["outcome"] == "removed"
    xp(bob, "rename", first, "fast")
    xp(bob, "push")
    xp(ada, "pull")
    xp(ada, "remove", "--yes", first)
    xp(ada, "push")
    done = bob.xp("pull")
    assert done.stderr == f"removed: {first[:7]} lr fast\n"


def test_fetch_that_was_taken_back_can_be_done_again(clones):
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    ada.push()
    assert xp(bob, "fetch") == "fetched from origin: 1 new (1 run there)\n"
    xp(bob, "undo")
    assert run not in xp(bob, "list", "-r", "origin", "--json")
    assert xp(bob, "fetch") == "fetched from origin: 1 new (1 run there)\n"
    assert xp(bob, "pull") == "pulled from origin: 1 new\n"
    xp(bob, "undo")
    assert run not in xp(bob, "list", "--json")
    assert xp(bob, "pull") == "pulled from origin: 1 new\n"
    assert run in xp(bob, "list", "--json")
