"""What was fetched waits until it is merged, whatever its remote is called, or lets go of."""

from __future__ import annotations

import json

import pytest


def waiting(clone, git) -> set[str]:
    names = git("for-each-ref", "--format=%(refname)", "refs/gitxp/incoming", cwd=clone.top)
    return set(names.split())


@pytest.fixture
def fetched(clones):
    """A run that the second clone has fetched."""
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    assert ada.xp("baseline", "set", run).returncode == 0
    assert ada.push() == {}
    bob.fetch()
    return run


@pytest.mark.parametrize("name", ["up", "team/up"])
def test_fetched_runs_come_along_with_a_remote_that_is_renamed(clones, fetched, git, name):
    _, bob, _ = clones
    git("remote", "rename", "origin", name, cwd=bob.top)
    done = bob.xp("pull", name)
    assert done.stdout == f"pulled from {name}: 1 new, 1 experiment record\n", done.stderr
    assert fetched in str(bob.refs())
    assert waiting(bob, git) == set()


def test_fetched_run_waits_by_the_new_name_alone(clones, fetched, git):
    _, bob, _ = clones
    git("remote", "rename", "origin", "up", cwd=bob.top)
    done = bob.xp("fetch", "up", fetched[:8])
    assert done.stdout == "fetched from up: 1 new, 1 experiment record (1 run there)\n"
    assert waiting(bob, git) == {
        f"refs/gitxp/incoming/up/lr/{fetched}",
        "refs/gitxp/incoming/up/lr/about",
    }
    assert bob.xp("undo").returncode == 0
    assert waiting(bob, git) == {
        f"refs/gitxp/incoming/origin/lr/{fetched}",
        "refs/gitxp/incoming/origin/lr/about",
    }
    assert bob.xp("pull", "up").stdout == "pulled from up: 1 new, 1 experiment record\n"


def test_second_remote_at_the_same_address_has_the_runs_too(clones, fetched, git):
    ada, bob, _ = clones
    git("remote", "add", "second", bob.remote.url, cwd=bob.top)
    assert bob.xp("pull", "second").stdout == "pulled from second: 1 new, 1 experiment record\n"
    assert fetched in str(bob.refs())
    assert bob.xp("pull", "origin").stdout == "pulled from origin: nothing new\n"
    assert waiting(bob, git) == set()
    assert ada.xp("tag", "good", fetched).returncode == 0
    assert ada.push() == {}
    assert bob.xp("pull", "second").stdout == "pulled from second: 1 updated\n"
    assert bob.xp("pull", "origin").stdout == "pulled from origin: nothing new\n"


def test_record_that_was_refused_goes_once_the_remote_lets_go_of_it(clones, fetched, git):
    ada, bob, _ = clones
    bad = f"refs/experiments/lr/{'0' * 32}"
    git("push", "--quiet", "origin", f"refs/experiments/lr/{fetched}:{bad}", cwd=ada.top)
    done = bob.xp("pull")
    assert done.returncode == 1
    assert "refused" in done.stderr
    held = bad.replace("refs/experiments/", "refs/gitxp/incoming/origin/")
    assert waiting(bob, git) == {held}
    git("push", "--quiet", "origin", f":{bad}", cwd=ada.top)
    assert bob.xp("fetch", "origin", fetched[:8]).returncode == 0
    assert waiting(bob, git) == {held}
    done = bob.xp("pull")
    assert (done.returncode, done.stdout) == (0, "pulled from origin: nothing new\n")
    assert waiting(bob, git) == set()
    assert bob.xp("undo").returncode == 0
    assert waiting(bob, git) == {held}


def test_run_that_the_remote_does_not_have_cannot_be_fetched(clones, fetched):
    _, bob, _ = clones
    done = bob.xp("fetch", "origin", fetched[:8], "deadbeef")
    assert done.returncode == 128
    assert done.stderr == (
        "error: 'origin' has no run 'deadbeef'\n"
        "hint: git xp fetch origin, and then git xp list --remote origin\n"
    )
    assert done.stdout == ""


def test_run_that_goes_on_elsewhere_is_fetched_by_its_id(clones, fetched, git):
    ada, bob, _ = clones
    run = "1" * 32
    live = f"refs/experiments/lr/live/{run}"
    git("push", "--quiet", "origin", f"refs/experiments/lr/{fetched}:{live}", cwd=ada.top)
    done = bob.xp("fetch", "origin", run[:8], "--json")
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)["refused"]) == [live]


def test_fetch_whose_runs_were_merged_is_taken_back_after_the_merge_alone(clones, git):
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    assert ada.push() == {}
    assert bob.xp("pull").returncode == 0
    (merged,) = json.loads(bob.xp("undo", "--list", "--json").stdout)
    log = (bob.top / ".git/gitxp/operations.jsonl").read_text().splitlines()
    fetched = next(one["id"] for one in map(json.loads, log) if one["id"] != merged["id"])
    for words in ((), ("-n",)):
        done = bob.xp("undo", *words, fetched)
        assert done.returncode == 128
        assert done.stderr == (
            "error: nothing is left of what 'git xp pull origin' fetched: it was merged since, or "
            f"something else was fetched\nhint: git xp undo {merged['id']}\n"
        )
    assert run in str(bob.refs())
    assert bob.xp("undo", merged["id"]).returncode == 0
    assert waiting(bob, git) == {f"refs/gitxp/incoming/origin/lr/{run}"}
    assert [one["id"] for one in json.loads(bob.xp("undo", "--list", "--json").stdout)] == [fetched]
    assert bob.xp("undo", fetched).returncode == 0
    assert waiting(bob, git) == set()
    assert bob.xp("undo").stderr.startswith("error: there is no command to take back")
