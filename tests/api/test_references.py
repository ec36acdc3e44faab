"""Runs given as parent, baseline or to resume: by id, prefix, name, or as themselves."""

from __future__ import annotations

import pytest

import gitxp


@pytest.fixture(autouse=True)
def _inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


@pytest.mark.parametrize("argument", ["parent", "baseline"])
def test_run_is_given_in_any_way(argument):
    with gitxp.start_run("one", "named") as first:
        pass
    run = gitxp.get_run(first.id)
    for reference in ("@", first, run, first.id, first.id[:8], "named"):
        with gitxp.start_run("other", **{argument: reference}) as second:
            pass
        assert getattr(gitxp.get_run(second.id), argument) == first.id


def test_running_run_is_a_parent_by_its_id():
    with gitxp.start_run("one") as outer, gitxp.start_run("two", parent=str(outer.id)) as inner:
        pass
    assert gitxp.get_run(inner.id).parent == outer.id


def test_run_is_resumed_in_any_way():
    with gitxp.start_run("one", "named") as first:
        pass
    for reference in (first, gitxp.get_run(first.id), first.id[:8], "named"):
        with gitxp.start_run(resume=reference) as again:
            assert again.id == first.id
    assert len(gitxp.get_run(first.id).sessions) == 5
