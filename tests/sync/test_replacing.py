"""A push replaces nothing at a remote but the record of a run that no pull takes."""

from __future__ import annotations

import json
import os
import shutil
from types import SimpleNamespace

import pytest
from by_hand import rewrite

import gitxp


def resume(clone, run: str) -> None:
    os.chdir(clone.top)
    with gitxp.start_run(resume=run) as resumed:
        resumed.log({"loss": 2.0})


@pytest.fixture
def shared(clones):
    """A run of the first clone, which the second has, too."""
    ada, bob, _ = clones
    run = ada.start(lr=0.2)
    assert ada.push() == {}
    bob.pull()
    return SimpleNamespace(id=run, ref=f"refs/experiments/lr/{run}")


def tag_on_both_sides(ada, bob, run: str) -> None:
    for clone in (ada, bob):
        assert clone.xp("tag", f"by={clone.top.name}", run).returncode == 0
    assert bob.push() == {}


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_what_a_pull_merges_is_not_replaced(clones, shared, words):
    ada, bob, _ = clones
    tag_on_both_sides(ada, bob, shared.id)
    before = ada.remote_refs()
    ada.fetch()
    done = ada.xp("push", *words, "--replace", "origin", shared.id)
    assert done.returncode == (0 if words else 1)
    told = f"not pushed: {shared.id[:7]} lr lr=0.2: a pull merges what is there; "
    assert f"{told}git xp pull origin first" in done.stderr
    assert "replace" not in done.stdout
    assert ada.remote_refs() == before
    assert ada.xp("pull").returncode == 0
    assert ada.push() == {}
    found = json.loads(bob.xp("show", "--json", shared.id).stdout)["tags"]
    assert found["by"] == "bob"


def test_run_is_not_set_back_to_an_older_copy_of_it(clones, shared):
    ada, bob, _ = clones
    resume(ada, shared.id)
    assert ada.push() == {}
    bob.fetch()
    done = bob.xp("push", "--replace", "origin", shared.id)
    assert done.returncode == 1
    assert "a pull merges what is there; git xp pull origin first" in done.stderr
    assert bob.remote_refs() == ada.refs()


def test_run_that_a_pull_merges_keeps_no_other_from_its_place(clones, shared, tmp_path):
    ada, bob, _ = clones
    other = ada.start(lr=0.3)
    assert ada.push() == {}
    shutil.copytree(ada.top, tmp_path / "copy", symlinks=True)
    copy = type(ada)(tmp_path / "copy")
    for clone in (ada, copy):
        resume(clone, other)
    assert ada.push() == {}
    tag_on_both_sides(copy, bob, shared.id)
    copy.fetch()
    before = ada.remote_refs()
    name = f"refs/experiments/lr/{other}"
    words = ("--replace", "origin", shared.id, other)
    planned = copy.xp("push", "-n", *words)
    would = f"would replace there: {other[:7]} lr lr=0.3: {before[name][:7]} by "
    assert would in planned.stdout
    assert f"not pushed: {shared.id[:7]}" in planned.stderr
    found = json.loads(copy.xp("push", "-n", "--json", *words).stdout)
    assert {ref: one["commit"] for ref, one in found["replaces"].items()} == {name: before[name]}
    assert [*found["kept"]] == [shared.ref]
    done = copy.xp("push", *words)
    assert done.returncode == 1
    assert would.replace("would replace", "replaced") in done.stdout
    assert f"not pushed: {shared.id[:7]}" in done.stderr
    assert ada.remote_refs() == {**before, name: copy.refs()[name]}


def test_what_breaks_the_rules_is_set_back_by_its_home_alone(clones, shared, git):
    ada, bob, _ = clones
    server = ada.top.parent / "server.git"
    tip, *_, code = git("log", "-1", "--format=%H %P", shared.ref, cwd=server).split()
    rewrite(git, server, shared, {"metrics.toml": b"no metrics"}, parents=[tip, code])
    before = ada.remote_refs()
    for clone, status in ((bob, 1), (ada, 0)):
        done = clone.xp("pull")
        assert done.returncode == 1
        assert "refused" in done.stderr
        done = clone.xp("push", "--replace", "origin", shared.id)
        assert done.returncode == status
        if clone is bob:
            assert "only the clone that started the run sets it back" in done.stderr
            assert bob.remote_refs() == before
    assert ada.remote_refs() == ada.refs()


def test_what_this_clone_cannot_merge_since_it_lacks_its_own_history_stays(clones, shared, git):
    ada, bob, _ = clones
    tag_on_both_sides(ada, bob, shared.id)
    ada.fetch()
    before = ada.remote_refs()
    (ada.top / ".git/shallow").write_text(f"{git('rev-parse', shared.ref, cwd=ada.top)}")
    done = ada.xp("push", "--replace", "origin", shared.id)
    assert done.returncode == 1
    assert "it cannot replace what is there" in done.stderr
    assert ada.remote_refs() == before


def test_what_was_replaced_waits_no_more(clones, shared, tmp_path):
    ada, _, _ = clones
    shutil.copytree(ada.top, tmp_path / "copy", symlinks=True)
    copy = type(ada)(tmp_path / "copy")
    for clone in (ada, copy):
        resume(clone, shared.id)
    assert ada.push() == {}
    assert copy.xp("pull").returncode == 1
    assert copy.xp("push", "--replace", "origin", shared.id).returncode == 0
    assert "edited" not in copy.xp("status").stdout
    assert copy.xp("push").stdout == "pushed to origin: nothing new\n"
