"""A run that was found is read when it is asked for more than its name."""

from __future__ import annotations

import subprocess

import pytest

import gitxp
from gitxp.errors import DamagedRecord, UnknownRun
from gitxp.text import html_text


@pytest.fixture
def run(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    with gitxp.start_run("lr", "<b>bold</b>", params={"lr": 0.1}, tags={"kind": "a"}) as run:
        run.log({"loss": 1}, step=0)
        run.log_text("kept", "notes.txt")
    return run


def test_parts_of_a_run_are_those_of_its_record(run):
    found = gitxp.get_run(run.id)
    assert (found.id, found.experiment, found.name) == (run.id, "lr", "<b>bold</b>")
    assert found.params == {"lr": 0.1}
    assert found.status == "finished"
    assert [one.path for one in found.artifacts] == ["notes.txt"]
    assert found.environment["python"]
    assert found.events == ()
    assert found.history("loss")["value"].tolist() == [1.0]
    assert found.record == gitxp.get_run("@").record
    assert {"params", "history", "diff", "code"} <= set(dir(found))
    with pytest.raises(AttributeError, match=r"^'RunView' object has no attribute 'no_such_thing'"):
        _ = found.no_such_thing


def test_views_of_one_run_are_equal_and_one_key(run, repo_dir, tmp_path, git):
    one, again = gitxp.get_run(run.id), gitxp.get_run("@")
    assert (one, hash(one)) == (again, hash(again))
    gitxp.get_run(run.id).record  # noqa: B018  # reading it makes no difference
    assert one in {again}
    git("worktree", "add", "-q", str(tmp_path / "other"), cwd=repo_dir)
    assert gitxp.open(tmp_path / "other").get_run(run.id) == one
    with gitxp.start_run("lr"):
        pass
    assert gitxp.get_run("@") != one
    git("clone", "-q", "--mirror", str(repo_dir), str(tmp_path / "mirror"), cwd=tmp_path)
    assert gitxp.open(tmp_path / "mirror").get_run(run.id) != one
    assert one != run.id


def test_diff_is_what_git_applies(run, repo_dir, git):
    diff = gitxp.get_run(run.id).diff()
    git("checkout", "--quiet", "train.py", cwd=repo_dir)
    subprocess.run(["git", "apply"], input=diff.encode(), cwd=repo_dir, check=True)
    assert (repo_dir / "train.py").read_text() == "edited\n"


def test_diff_of_a_running_run_is_there_and_of_committed_code_empty(run, repo_dir, git):
    (repo_dir / "train.py").write_text("edited again\n")
    with gitxp.start_run("lr", snapshot="each") as going:
        assert "+edited again" in gitxp.get_run(going.id).diff()
    git("commit", "--quiet", "--all", "--message=second", cwd=repo_dir)
    with gitxp.start_run("lr", snapshot="each") as clean:
        pass
    assert gitxp.get_run(clean.id).diff() == ""


def test_picture_in_a_notebook_shows_names_as_text(run):
    picture = gitxp.get_run(run.id)._repr_html_()
    assert "<b>" not in picture
    assert "&lt;b&gt;bold" in picture
    for text in ("params.lr", "0.1", "metrics.loss", "tags.kind", "finished"):
        assert text in picture


def test_unknown_run_is_refused_at_once(run):
    with pytest.raises(UnknownRun):
        gitxp.get_run("nobody")


def test_record_that_was_damaged_since_is_an_error_when_it_is_read(run, repo_dir):
    gitxp.runs()
    for pack in (repo_dir / ".git/objects/pack").glob("*.pack"):
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[:32])
    found = gitxp.get_run(run.id)
    assert found.name == "<b>bold</b>"
    with pytest.raises(DamagedRecord) as refused:
        _ = found.params
    assert (hasattr(found, "no_such_thing"), hasattr(found, "name")) == (False, True)
    picture = found._repr_html_()
    for text in ("&lt;b&gt;bold", html_text(str(refused.value)), refused.value.hint):
        assert text in picture


def test_points_of_a_run_whose_ref_leads_to_no_record_any_more_are_an_error(run, repo_dir, git):
    found = gitxp.get_run(run.id)
    git("update-ref", f"refs/experiments/lr/{run.id}", "HEAD", cwd=repo_dir)
    for metrics in (None, "loss"):
        with pytest.raises(DamagedRecord, match=run.id) as told:
            found.history(metrics)
    assert told.value.hint == f"git xp verify {run.id}"


def test_points_of_a_run_that_was_removed_since_are_an_error(run, repo_dir, git):
    git("remote", "add", "origin", "elsewhere.git", cwd=repo_dir)
    ref = f"refs/gitxp/incoming/origin/lr/{run.id}"
    git("update-ref", ref, gitxp.get_run(run.id).tip, cwd=repo_dir)
    here, there = gitxp.get_run(run.id), gitxp.get_run(f"origin/{run.id}")
    git("update-ref", "-d", f"refs/experiments/lr/{run.id}", cwd=repo_dir)
    with pytest.raises(UnknownRun, match=f"{run.id}.* was removed") as told:
        here.history()
    assert told.value.hint == "git xp list"
    assert there.history()["value"].tolist() == [1.0]
    git("update-ref", "-d", ref, cwd=repo_dir)
    with pytest.raises(UnknownRun, match=f"{run.id}.* was removed") as told:
        there.history("loss")
    assert told.value.hint == "git xp fetch origin"


def test_clone_mirror_and_bare_repository_are_read_alike(run, repo_dir, tmp_path, git):
    here = gitxp.runs()
    for kind in ("--mirror", "--bare", "--no-checkout"):
        there = tmp_path / kind.strip("-")
        git("clone", "--quiet", kind, str(repo_dir), str(there), cwd=tmp_path)
        git("fetch", "--quiet", str(repo_dir), "refs/experiments/*:refs/experiments/*", cwd=there)
        project = gitxp.open(there)
        for _ in range(2):  # from the records, and from the index
            assert project.runs().equals(here)
        assert project.get_run(run.id).params == {"lr": 0.1}
        assert project.history(run.id)["value"].tolist() == [1.0]
