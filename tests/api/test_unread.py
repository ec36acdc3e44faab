"""What cannot be read is never missing from an answer without a word."""

from __future__ import annotations

import warnings

import pytest

import gitxp
from gitxp.errors import GitxpWarning, UnknownRun


@pytest.fixture
def runs(repo_dir, monkeypatch):
    """Three runs, each with two metrics."""
    monkeypatch.chdir(repo_dir)
    made = []
    for number in range(3):
        with gitxp.start_run("lr", f"run-{number}", params={"n": number}, seeds=number) as run:
            for step in range(3):
                run.log({"loss": 1.0 - number / 10 - step / 100, "acc": number}, step=step)
        made.append(run)
    return made


@pytest.fixture
def broken(runs, repo_dir, git):
    """The ref of one of them, which leads to a commit that is no record."""
    ref = f"refs/experiments/lr/{runs[0].id}"
    git("update-ref", ref, "HEAD", cwd=repo_dir)
    return ref


@pytest.mark.parametrize(
    "ask",
    [
        lambda project: project.runs(),
        lambda project: project.runs("params.n >= 0", sort="params.n"),
        lambda project: project.history(),
        lambda project: project.history("params.n >= 0", "loss"),
        lambda project: project.groups(metric="loss", by="params.n", baseline="run-1"),
        lambda project: project.compare("run-1", "run-2", baseline="run-1"),
        lambda project: project.curves(None, "loss"),
        lambda project: project.convergence(None, "loss", "50%"),
        lambda project: gitxp.plot(metric="loss", project=project),
    ],
    ids=[
        "runs", "filtered", "history", "history filtered", "groups", "compare", "curves",
        "convergence", "plot",
    ],
)  # fmt: skip
def test_damaged_record_is_named_once_at_the_line_that_asked_each_time(broken, ask):
    project = gitxp.open()
    for _ in range(2):
        with pytest.warns(GitxpWarning) as told:
            ask(project)
        assert [str(one.message).partition(": ")[0] for one in told] == [broken]
        assert told[0].filename == __file__


def test_function_of_the_module_warns_at_the_line_of_its_caller_too(broken, runs):
    with pytest.warns(GitxpWarning, match=broken) as told:
        frame = gitxp.runs()
    assert told[0].filename == __file__
    assert list(frame["name"]) == ["run-2", "run-1"]
    with pytest.warns(GitxpWarning, match=broken) as told:
        points = gitxp.history(metrics="loss")
    assert (len(told), told[0].filename) == (1, __file__)
    assert set(points["run"]) == {runs[1].id, runs[2].id}


def test_damaged_journal_is_named(runs, repo_dir):
    with gitxp.start_run("lr", "goes-on") as run:
        run.log({"loss": 1.0})
        (lines,) = (repo_dir / ".git/gitxp/live" / run.id).glob("*.jsonl")
        sound = lines.read_bytes()
        lines.write_bytes(sound.replace(b'"run": ', b'"nur": '))
        with pytest.warns(GitxpWarning, match=run.id):
            frame = gitxp.runs()
        lines.write_bytes(sound)
    assert len(frame) == 3


def test_damaged_fetched_record_is_named_where_the_remote_is_asked(runs, repo_dir, git):
    git("remote", "add", "origin", "elsewhere.git", cwd=repo_dir)
    for run in runs[1:]:
        tip = gitxp.get_run(run.id).record.tip
        git("update-ref", f"refs/gitxp/incoming/origin/lr/{run.id}", tip, cwd=repo_dir)
    ref = f"refs/gitxp/incoming/origin/lr/{runs[0].id}"
    git("update-ref", ref, "HEAD", cwd=repo_dir)
    assert len(gitxp.runs()) == 3
    for ask in (gitxp.open(remote="origin").runs, lambda: gitxp.runs(remote="origin")):
        with pytest.warns(GitxpWarning, match=ref) as told:
            assert len(ask()) == 2
        assert (len(told), told[0].filename) == (1, __file__)
    with pytest.warns(GitxpWarning, match=ref):
        assert len(gitxp.history(metrics="loss", remote="origin")) == 6


def test_one_sound_run_is_found_without_a_word_of_others(broken, runs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gitxp.get_run("run-1").id == runs[1].id


def test_run_that_is_not_found_may_be_the_damaged_one(broken, runs):
    with pytest.warns(GitxpWarning, match=broken), pytest.raises(UnknownRun):
        gitxp.get_run(runs[0].id)
