"""What cannot be read is never missing from an answer without a word."""

from __future__ import annotations

import warnings

import pytest

import gitxp
from gitxp.errors import DamagedRecord, GitxpWarning, UnknownRun
from tests.shared.damage import POINTS, ruin_points, scramble, spoil


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
        gitxp.get_run("run-0")


def test_id_of_a_damaged_record_is_an_error_that_says_so(broken, runs):
    for text in (runs[0].id, runs[0].id[:8]):
        with pytest.raises(DamagedRecord, match=f"^run {runs[0].id}: ") as told:
            gitxp.get_run(text)
        assert told.value.hint == f"git xp verify {runs[0].id}"


@pytest.fixture(params=["lost", "spoilt"])
def pointless(request, runs, repo_dir, git):
    """The ref of a run whose points cannot be read, though its record tells all else."""
    return ruin_points(request.param, repo_dir, git, runs[1])


@pytest.mark.parametrize(
    "ask",
    [
        lambda: gitxp.history()["run"],
        lambda: gitxp.history("params.n >= 0", "loss")["run"],
        lambda: gitxp.history(gitxp.runs(), "acc", wide=True).reset_index()["run"],
        lambda: gitxp.curves(None, "loss").columns,
        lambda: gitxp.convergence(None, "loss", "50%").index,
    ],
    ids=["history", "history filtered", "wide", "curves", "convergence"],
)
def test_run_whose_points_are_damaged_is_named_and_the_others_are_there(pointless, runs, ask):
    with pytest.warns(GitxpWarning, match=pointless) as told:
        found = ask()
    assert (len(told), told[0].filename) == (1, __file__)
    assert set(found) == {runs[0].id, runs[2].id}


def test_damaged_points_of_a_fetched_run_are_named_as_they_were_fetched(runs, repo_dir, git):
    tips = {run.id: gitxp.get_run(run.id).record.tip for run in runs}
    spoil(repo_dir, git, runs[1].id, POINTS, b"no Parquet")
    fetched = {**tips, runs[1].id: gitxp.get_run(runs[1].id).record.tip}
    git("update-ref", f"refs/experiments/lr/{runs[1].id}", tips[runs[1].id], cwd=repo_dir)
    git("remote", "add", "origin", "elsewhere.git", cwd=repo_dir)
    for run, tip in fetched.items():
        git("update-ref", f"refs/gitxp/incoming/origin/lr/{run}", tip, cwd=repo_dir)
    assert len(set(gitxp.history()["run"])) == 3
    with pytest.warns(GitxpWarning, match=f"refs/gitxp/incoming/origin/lr/{runs[1].id}: "):
        assert len(set(gitxp.history(remote="origin")["run"])) == 2


def test_picture_is_drawn_of_the_runs_whose_points_can_be_read(pointless):
    with pytest.warns(GitxpWarning, match=pointless) as told:
        picture = str(gitxp.plot(metric="loss"))
    assert (len(told), told[0].filename) == (1, __file__)
    assert "run-0" in picture
    assert "run-2" in picture
    assert "run-1" not in picture


@pytest.mark.parametrize(
    "ask",
    [
        lambda run: gitxp.history(run),
        lambda run: gitxp.get_run(run).history("loss"),
        lambda run: gitxp.curves(run, "loss"),
        lambda run: gitxp.convergence([run], "loss", 0.5),
        lambda run: gitxp.plot(run, "loss"),
    ],
    ids=["history", "run", "curves", "convergence", "plot"],
)
def test_damaged_points_of_the_one_run_that_is_asked_for_are_an_error_with_its_id(
    pointless, runs, ask
):
    with pytest.raises(DamagedRecord, match=rf"run 'run-1' \({runs[1].id}\): ") as refused:
        ask(runs[1].id)
    assert refused.value.hint == f"git xp verify {runs[1].id}"


ASKED_OF_POINTS = {
    "history": lambda runs: gitxp.history(runs, "loss"),
    "curves": lambda runs: gitxp.curves(runs, "loss"),
    "convergence": lambda runs: gitxp.convergence(runs, "loss", 0.5),
    "plot": lambda runs: gitxp.plot(runs, "loss"),
}


@pytest.mark.parametrize("ask", ASKED_OF_POINTS.values(), ids=ASKED_OF_POINTS)
def test_where_the_points_of_none_can_be_read_each_is_named_and_it_is_an_error(
    runs, repo_dir, git, ask
):
    refs = {ruin_points("spoilt", repo_dir, git, run) for run in runs[:2]}
    for asked in ([run.id for run in runs[:2]], "params.n < 2"):
        with (
            pytest.warns(GitxpWarning) as told,
            pytest.raises(DamagedRecord, match="none of 2 runs can be read"),
        ):
            ask(asked)
        assert {str(one.message).partition(": ")[0] for one in told} == refs
        assert {one.filename for one in told} == {__file__}


@pytest.mark.parametrize("ask", ASKED_OF_POINTS.values(), ids=ASKED_OF_POINTS)
def test_id_of_a_damaged_record_is_one_error_and_no_warning(broken, runs, ask):
    handle = gitxp.get_run("run-1")
    for asked in (runs[0].id, runs[0].id[:8], runs[0], [runs[0].id], [handle, runs[0].id]):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(DamagedRecord, match=f"^run {runs[0].id}: ") as refused:
                ask(asked)
        assert refused.value.hint == f"git xp verify {runs[0].id}"


def test_unknown_run_beside_a_damaged_record_is_told_with_a_warning_of_it(broken):
    with pytest.warns(GitxpWarning, match=broken) as told, pytest.raises(UnknownRun):
        gitxp.history(["run-1", "run-0"])
    assert (len(told), told[0].filename) == (1, __file__)


def test_points_that_are_not_asked_for_are_no_trouble(pointless, runs):
    assert len(gitxp.history([runs[0], runs[2]])) == 12
    assert list(gitxp.runs()["name"]) == ["run-2", "run-1", "run-0"]


def test_runs_that_can_be_read_are_compared(runs, repo_dir, git):
    scramble(repo_dir, git, runs[1].id, "run.toml")
    ref = f"refs/experiments/lr/{runs[1].id}"
    with pytest.warns(GitxpWarning, match=ref) as told:
        found = gitxp.compare("run-0", "run-1", "run-2")
    assert (len(told), told[0].filename) == (1, __file__)
    assert [run.id for run in found.runs] == [runs[0].id, runs[2].id]
    with pytest.raises(DamagedRecord, match=runs[1].id):
        gitxp.compare("run-0", "run-2", baseline="run-1")
    scramble(repo_dir, git, runs[0].id, "run.toml")
    with pytest.raises(DamagedRecord, match=runs[0].id):  # against which the others are measured
        gitxp.compare("run-0", "run-2")


def test_record_of_the_one_run_that_is_asked_for_is_an_error_with_its_id(runs, repo_dir, git):
    scramble(repo_dir, git, runs[1].id, "run.toml")
    with pytest.raises(DamagedRecord, match=rf"run 'run-1' \({runs[1].id}\): "):
        _ = gitxp.get_run("run-1").params
