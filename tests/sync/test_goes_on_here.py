"""What arrives of a run that goes on here takes nothing from it, and stands in no one's way."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from gitxp.errors import AmbiguousRun
from gitxp.sync.arrival import Outcome
from gitxp.sync.waiting import refs_of

_TRAINING = """
import sys
import gitxp

with gitxp.start_run(**({"resume": sys.argv[1]} if sys.argv[1:] else {"experiment": "lr"})) as run:
    run.log({"loss": 99.0})
    print(run.id, flush=True)
    sys.stdin.read()
    run.log({"loss": 98.0})
"""


@contextmanager
def training(clone, *resumed: str) -> Iterator[SimpleNamespace]:
    """A run that has logged one point, and logs another one when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _TRAINING, *resumed],
        cwd=clone.top,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    found = SimpleNamespace(id=process.stdout.readline().strip(), warned="")
    try:
        yield found
    finally:
        _, found.warned = process.communicate(timeout=60)
    assert process.returncode == 0, found.warned


def told(clone, run: str) -> tuple[str, int, float]:
    """Return the status of a run, its number of points and the last of them."""
    found = json.loads(clone.xp("show", "--json", run).stdout)
    return found["status"], found["points"], found["metrics"]["loss"]["last"]


def copy_of(clone, folder):
    shutil.copytree(clone.top, folder, symlinks=True)
    return type(clone)(folder)


@pytest.fixture
def taken_for_dead(clones, tmp_path):
    """A run whose clone was copied while it ran; the copy took it for dead, and pushed that."""
    ada = clones[0]
    ada.start(lr=0.1)
    ada.push()

    @contextmanager
    def run():
        with training(ada) as found:
            copy = copy_of(ada, tmp_path / "copy")
            assert "recorded" in copy.xp("list").stderr
            assert copy.push() == {}
            yield found

    return run


def test_record_of_a_run_that_goes_on_waits_until_it_has_ended(clones, taken_for_dead):
    ada, bob, _ = clones
    with taken_for_dead() as run:
        done = ada.xp("pull")
        assert done.returncode == 1
        assert "the run goes on (hint: once it has ended: git xp pull origin)" in done.stderr
    assert run.warned == ""
    assert told(ada, run.id) == ("finished", 2, 98.0)
    done = ada.xp("pull")
    assert f"git xp push --replace origin {run.id[:7]}" in done.stderr
    assert ada.xp("push", "--replace", "origin", run.id[:7]).returncode == 0
    bob.pull()
    assert bob.refs() == ada.refs()
    assert told(bob, run.id) == ("finished", 2, 98.0)


def test_record_that_plain_git_put_in_the_place_of_a_run_that_goes_on_loses_no_point(
    clones, taken_for_dead, git
):
    ada = clones[0]
    with taken_for_dead() as run:
        git("fetch", "--quiet", "origin", "refs/experiments/*:refs/experiments/*", cwd=ada.top)
    assert "another record was put in the place of run" in run.warned
    for _ in range(2):
        done = ada.xp("recover")
        assert done.returncode == 128, done.stdout
    way_out = done.stderr[done.stderr.index("git update-ref") :].partition(", then")[0]
    git(*shlex.split(way_out)[1:], cwd=ada.top)
    assert ada.xp("recover").returncode == 0
    assert told(ada, run.id) == ("finished", 2, 98.0)


def test_record_that_plain_git_took_away_while_a_session_went_on_is_put_back(clones, git):
    ada = clones[0]
    run = ada.start(lr=0.1)
    with training(ada, run) as found:
        git("update-ref", "-d", f"refs/experiments/lr/{run}", cwd=ada.top)
    assert f"the record of run {run[:7]} was taken away while it went on" in found.warned
    way_out = found.warned[found.warned.index("git update-ref") :].partition(", then")[0]
    git(*shlex.split(way_out)[1:], cwd=ada.top)
    assert ada.xp("recover").returncode == 0
    assert told(ada, run) == ("finished", 3, 98.0)


@pytest.fixture
def diverged(clones, tmp_path):
    """Two copies of a clone that both resumed a run; the server has that of the first."""
    ada = clones[0]
    run = ada.start(lr=0.1)
    assert ada.push() == {}
    copy = copy_of(ada, tmp_path / "copy")
    for clone in (ada, copy):
        with training(clone, run):
            pass
    assert ada.push() == {}
    return SimpleNamespace(ada=ada, copy=copy, run=run)


@pytest.mark.parametrize("option", ["--replace", "--restored"])
def test_run_that_goes_on_is_not_replaced(diverged, option):
    copy, run = diverged.copy, diverged.run
    with training(copy, run) as found:
        done = copy.xp("pull", option, "origin", run[:7])
        assert done.returncode == 1, done.stderr
        assert option != "--replace" or "the run goes on" in done.stderr
    assert found.warned == ""
    assert told(copy, run) == ("finished", 5, 98.0)
    assert copy.xp("recover").returncode == 0


def test_restored_run_that_goes_on_does_not_come_back(clones, tmp_path):
    ada = clones[0]
    run = ada.start(lr=0.1)
    ada.push()
    copy = copy_of(ada, tmp_path / "copy")
    with training(ada, run):
        pass
    assert ada.push() == {}
    with training(copy, run) as found:
        done = copy.xp("pull", "--restored")
        assert done.returncode == 1
        assert "the run goes on" in done.stderr
    assert found.warned == ""
    assert told(copy, run) == ("finished", 3, 98.0)


def test_kept_run_is_not_replaced(diverged):
    copy, run = diverged.copy, diverged.run
    assert copy.xp("keep", run).returncode == 0
    before = copy.refs()
    done = copy.xp("pull", "--replace", "origin", run[:7])
    assert done.returncode == 1
    assert f"what is to be kept (hint: git xp keep --off {run[:7]})" in done.stderr
    assert copy.refs() == before
    assert copy.xp("keep", "--off", run[:7]).returncode == 0
    assert copy.xp("pull", "--replace", "origin", run[:7]).returncode == 0
    assert copy.refs() == diverged.ada.refs()


@pytest.fixture
def shared(clones) -> str:
    """A run of the first clone, which the second has, too."""
    ada, bob, _ = clones
    run = ada.start(lr=0.1)
    ada.push()
    bob.pull()
    return run


def test_run_that_was_removed_elsewhere_goes_on(clones, shared):
    ada, bob, _ = clones
    run = shared
    assert bob.xp("remove", "--yes", run).returncode == 0
    assert bob.push() == {}
    with training(ada, run) as found:
        (arrival,) = (one for one in ada.pull() if one.ref.endswith(run))
        assert arrival.outcome is Outcome.SURVIVES
        assert arrival.reason == "removed elsewhere, and goes on here"
    assert found.warned == ""
    assert told(ada, run) == ("finished", 3, 98.0)


def test_what_others_say_of_a_run_that_goes_on_arrives(clones, shared):
    ada, bob, _ = clones
    run = shared
    assert bob.xp("tag", "seen", run).returncode == 0
    assert bob.push() == {}
    with training(ada, run) as found:
        assert ada.xp("tag", "mine", run).returncode == 0
        assert [one.outcome for one in ada.pull()] == [Outcome.UPDATED]
    assert found.warned == ""
    assert json.loads(ada.xp("show", "--json", run).stdout)["tags"] == {"mine": True, "seen": True}
    assert told(ada, run) == ("finished", 3, 98.0)


def test_run_of_two_experiments_is_of_one(clones, git):
    """Its id would mean two runs, of which neither could be named."""
    ada, bob, eve = clones
    run, other = ada.start(lr=0.1), ada.start(lr=0.2)
    assert ada.push() == {}
    bob.pull()
    server = ada.top.parent / "server.git"
    content = git("show", f"refs/experiments/lr/{run}:run.toml", cwd=server)
    put(git, server, f"refs/experiments/lr/{run}", f"refs/experiments/zz/{run}", content)
    for clone in (ada, bob):
        done = clone.xp("pull")
        assert done.returncode == 1
        assert "another experiment has a run of this id" in done.stderr
        assert f"refs/experiments/zz/{run}" not in clone.refs()
        assert clone.xp("tag", "seen", run).returncode == 0
    done = eve.xp("pull")  # who has neither cannot know which is true
    assert done.returncode == 1
    assert [ref.rpartition("/")[2] for ref in eve.refs()] == [other]
    git("update-ref", "-d", f"refs/experiments/zz/{run}", cwd=server)
    eve.pull()
    assert f"refs/experiments/lr/{run}" in eve.refs()


def put(git, server, old: str, new: str, content: str) -> None:
    """Put the record of a run at another experiment's ref, as somebody who can push may."""
    changed = content.replace('experiment = "lr"', 'experiment = "zz"')
    assert changed != content
    path = server / "changed"
    path.write_text(changed)
    blob = git("hash-object", "-w", str(path), cwd=server).strip()
    entries = git("ls-tree", old, cwd=server).splitlines()
    lines = [f"100644 blob {blob}\trun.toml" if "\trun.toml" in one else one for one in entries]
    made = subprocess.run(
        ["git", "mktree"], input="\n".join(lines), cwd=server, capture_output=True, text=True
    )
    message = git("log", "-1", "--format=%B", old, cwd=server).replace(" lr\n", " zz\n")
    parents = git("log", "-1", "--format=%P", old, cwd=server).split()
    words = [word for parent in parents for word in ("-p", parent)]
    tree = made.stdout.strip()
    commit = git("commit-tree", tree, *words, "-m", message.strip(), cwd=server).strip()
    git("update-ref", new, commit, cwd=server)


def test_beginning_of_several_ids_names_no_run():
    refs = [f"refs/experiments/lr/{'a' * 31}{end}" for end in "12"]
    with pytest.raises(AmbiguousRun) as raised:
        refs_of(refs, ["aaaa"], "origin")
    assert raised.value.hint == "give more digits of the id"
    assert refs_of(refs, ["a" * 31 + "1"], "origin") == {refs[0]}
    assert refs_of(refs, [], "origin") == set(refs)
