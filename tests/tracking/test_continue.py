"""A run of another clone is carried on by a new run, and its own record stays as it is."""

from __future__ import annotations

import pytest

import gitxp
from gitxp.model.identity import RunId
from gitxp.model.rank import Rank
from gitxp.storage.layout import journal_dir
from gitxp.storage.repository import open_repository
from gitxp.tracking.job import Part
from gitxp.tracking.resume import is_of_job


@pytest.fixture
def elsewhere(repo_dir, git, monkeypatch, tmp_path):
    """Another clone that has the run, as plain Git brings it."""
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run(
        "Line A",
        "job",
        params={"lr": 0.1, "model": {"depth": 3}},
        tags={"team": "vision", "kept": 1},
        hypothesis="it goes on",
        seeds=7,
    ) as run:
        run.log({"loss": 2.0}, step=4)
    git("clone", "--quiet", str(repo_dir), str(tmp_path / "clone"), cwd=tmp_path)
    refs = "refs/experiments/*:refs/experiments/*"
    git("fetch", "--quiet", "origin", refs, cwd=tmp_path / "clone")
    monkeypatch.chdir(tmp_path / "clone")
    return run


def test_new_run_continues_the_other_with_its_words_and_steps(elsewhere):
    tip = gitxp.get_run(elsewhere.id).tip
    with gitxp.start_run(resume=elsewhere.id, params={"lr": 0.2}, tags={"team": "audio"}) as run:
        run.log({"loss": 1.0})
    found = gitxp.get_run(run.id)
    assert run.id != elsewhere.id
    assert found.continues == elsewhere.id
    assert (found.experiment, found.title, found.name) == ("line-a", "Line A", "job")
    assert found.params == {"lr": 0.2, "model": {"depth": 3}}
    assert {key: tag.value for key, tag in found.tags.items()} == {"team": "audio", "kept": 1}
    assert (found.hypothesis, found.seeds) == ("it goes on", {"seed": 7})
    assert (found.metrics["loss"].last.step, found.metrics["loss"].count) == (5, 1)
    assert len(found.sessions) == 1
    assert gitxp.get_run(elsewhere.id).tip == tip


def test_what_the_new_run_says_itself_counts(elsewhere):
    with gitxp.start_run("other", "mine", resume=elsewhere.id, hypothesis="no") as run:
        pass
    found = gitxp.get_run(run.id)
    assert (found.experiment, found.name, found.hypothesis) == ("other", "mine", "no")


def test_param_of_the_other_that_is_replaced_is_a_change(elsewhere):
    run = gitxp.start_run(resume=elsewhere.id)
    with pytest.warns(gitxp.GitxpWarning, match="lr"):
        run.log_param("lr", 0.3)
    run.finish()
    (change,) = gitxp.get_run(run.id).param_changes
    assert (change.path, change.before) == (("lr",), 0.1)


def test_automatic_resume_leaves_runs_of_others_alone(elsewhere, git):
    with gitxp.start_run("line-a", "job", resume="auto") as run:
        pass
    assert gitxp.get_run(run.id).continues is None
    git("fsck", "--strict", cwd=open_repository().work_tree)


def test_tag_set_after_a_resume_counts_though_the_clock_was_ahead_before(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    hour_ms = 3_600_000
    with gitxp.start_run("clock", tags={"state": "first"}) as run:
        run._seen_clock += hour_ms  # as a machine whose clock was an hour ahead left it
        run.set_tag("state", "ahead")
    with gitxp.start_run(resume=run.id) as again:
        again.set_tag("state", "latest")
    tag = gitxp.get_run(run.id).tags["state"]
    assert tag.value == "latest"
    assert tag.clock > hour_ms + gitxp.get_run(run.id).started.timestamp() * 1000


def test_journal_that_goes_amid_a_look_is_none(repo_dir):
    project, run = open_repository(repo_dir), RunId.random()
    folder = journal_dir(project.private_dir, run)
    folder.mkdir(parents=True)
    (folder / "0123abcd.jsonl").symlink_to("gone")  # it is listed, and cannot be opened
    part = Part(Rank(0, "job", "job", is_spread=False), 0, is_alone=True)
    assert not is_of_job(project, run, part)
