"""`git xp status` tells how a clone stands to each of its remotes, and asks none of them."""

from __future__ import annotations

import json

import pytest

NOTHING = "nothing to push or to merge"


def done(finished):
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def remotes(clone):
    return {one["remote"]: one for one in json.loads(done(clone.xp("status", "--json")))["remotes"]}


def stands(clone, what="runs", remote="origin"):
    """Return only the lists in which something is."""
    return {key: names for key, names in remotes(clone)[remote][what].items() if names}


def lines(clone):
    """Return what is told of remotes, a text a remote with what stands below it."""
    told = done(clone.xp("status")).partition("remotes:\n")[2]
    return told.rstrip("\n").split("\n") if told else []


@pytest.fixture
def two(clones):
    """Two clones that have the same two runs of one experiment."""
    ada, bob, _ = clones
    first, second = ada.start(lr=0.1), ada.start(lr=0.2)
    assert ada.push() == {}
    bob.pull()
    return ada, bob, first, second


def test_alike_clones_have_nothing_to_share(two):
    for clone in two[:2]:
        assert stands(clone) == stands(clone, "experiments") == {}
        assert lines(clone) == [f"  origin: {NOTHING}"]


def test_what_is_here_only_and_what_was_changed_here_is_told_apart(two):
    ada, _, first, _ = two
    third = ada.start(lr=0.3)
    done(ada.xp("tag", "good", first))
    assert stands(ada) == {"here_only": [third], "changed_here": [first]}
    assert lines(ada) == ["  origin: 1 not pushed, 1 changed here since"]


def test_what_was_fetched_is_told_apart_by_which_side_changed_it(two):
    ada, bob, first, second = two
    third = ada.start(lr=0.3)
    done(ada.xp("tag", "good", first))
    done(ada.xp("note", "-m", "seen", second))
    ada.push()
    done(bob.xp("keep", second))
    assert stands(bob) == {"changed_here": [second]}
    bob.fetch()
    assert stands(bob) == {
        "there_only": [third],
        "changed_there": [first],
        "changed_on_both": [second],
    }
    assert lines(bob) == [
        "  origin: 1 fetched and not merged, 1 changed there and not merged, 1 edited on both sides"
    ]
    bob.merge()
    assert stands(bob) == {"changed_here": [second]}


def test_run_edited_on_both_sides_after_it_was_merged_is_told_so(two):
    ada, bob, first, _ = two
    for clone in (ada, bob):
        done(clone.xp("tag", f"by-{clone.top.name}", first))
    ada.push()
    bob.pull()
    bob.push()
    done(ada.xp("note", "-m", "again", first))
    ada.fetch()
    assert stands(ada) == {"changed_on_both": [first]}
    ada.merge()
    ada.push()
    bob.fetch()
    assert stands(bob) == {"changed_there": [first]}


def test_removal_is_told_until_it_is_there(two):
    ada, bob, first, _ = two
    done(ada.xp("remove", "--yes", first))
    assert stands(ada) == {"removed_here": [first]}
    assert stands(ada, "experiments") == {"here_only": ["lr"]}
    assert lines(ada) == [
        "  origin: 1 removed here and not there",
        "    records of experiments: 1 not pushed",
    ]
    assert len(json.loads(done(ada.xp("push", "-n", "--json")))["planned"]) == 2
    done(ada.xp("push"))
    assert lines(ada) == [f"  origin: {NOTHING}"]
    bob.fetch()
    assert stands(bob) == {"removed_there": [first]}
    assert stands(bob, "experiments") == {"there_only": ["lr"]}
    bob.merge()
    assert lines(bob) == [f"  origin: {NOTHING}"]


def test_run_removed_here_and_fetched_edited_is_one_to_merge(two):
    ada, bob, first, _ = two
    done(ada.xp("remove", "--yes", first))
    done(bob.xp("tag", "good", first))
    bob.push()
    ada.fetch()
    assert stands(ada) == {"there_only": [first]}


def test_record_of_an_experiment_is_told_of_like_runs(two):
    ada, bob, first, _ = two
    done(ada.xp("baseline", "set", first))
    assert stands(ada, "experiments") == {"here_only": ["lr"]}
    assert lines(ada) == [
        "  origin: no run to push or to merge",
        "    records of experiments: 1 not pushed",
    ]
    ada.push()
    bob.pull()
    for clone in (ada, bob):
        done(clone.xp("experiment", "describe", "lr", "-m", f"by {clone.top.name}"))
        assert stands(clone, "experiments") == {"changed_here": ["lr"]}
    ada.push()
    bob.fetch()
    assert stands(bob, "experiments") == {"changed_on_both": ["lr"]}


def test_record_of_an_experiment_goes_along_with_runs_alone(clones):
    ada = clones[0]
    run = ada.start(lr=0.1)
    done(ada.xp("remove", "--yes", run))
    assert stands(ada, "experiments") == {}
    assert "nothing would go" in done(ada.xp("push", "-n"))


def test_runs_routed_elsewhere_are_not_said_to_be_unpushed(clones, git):
    ada = clones[0]
    (ada.top / ".gitxp.toml").write_text('[routes]\nlr = ["private"]\n')
    git("remote", "add", "private", "../private.git", cwd=ada.top)
    run = ada.start(lr=0.1)
    done(ada.xp("experiment", "describe", "lr", "-m", "secret"))
    assert stands(ada) == {"routed_elsewhere": [run]}
    assert stands(ada, "experiments") == {"routed_elsewhere": ["lr"]}
    assert stands(ada, remote="private") == {"here_only": [run]}
    assert stands(ada, "experiments", remote="private") == {"here_only": ["lr"]}
    # Its route is that of its start, whatever the settings say later.
    (ada.top / ".gitxp.toml").unlink()
    assert stands(ada) == {"routed_elsewhere": [run]}
    done(ada.xp("push", "origin", run, "--reroute"))
    assert stands(ada) == {}
    done(ada.xp("tag", "good", run))
    assert stands(ada) == {"routed_elsewhere": [run]}


def test_remote_with_which_nothing_was_shared_is_listed(two, git):
    ada, _, first, second = two
    git("remote", "add", "spare", "../nobody.git", cwd=ada.top)
    assert set(stands(ada, remote="spare")["here_only"]) == {first, second}
    assert [one["is_known"] for one in remotes(ada).values()] == [True, False]
    assert lines(ada) == [
        f"  origin: {NOTHING}",
        "  spare: nothing shared so far, 2 not pushed",
    ]


def test_two_addresses_of_one_remote_are_one(two, git):
    ada, _, first, _ = two
    git("remote", "set-url", "--push", "origin", ada.remote.url, cwd=ada.top)
    done(ada.xp("tag", "good", first))
    assert stands(ada) == {"changed_here": [first]}


def test_what_came_by_another_remote_is_not_taken_for_an_edit_of_both(two, server, git):
    ada, bob, first, _ = two
    git("clone", "--quiet", "--mirror", str(server), "second.git", cwd=server.parent)
    git("remote", "add", "second", "../second.git", cwd=bob.top)
    done(bob.xp("pull", "second"))
    done(ada.xp("tag", "good", first))
    ada.push()
    done(bob.xp("pull", "origin"))
    git("remote", "set-url", "origin", "../second.git", cwd=ada.top)
    done(ada.xp("fetch"))
    assert stands(ada) == {"changed_here": [first]}
    assert stands(bob, remote="second") == {"changed_here": [first]}
