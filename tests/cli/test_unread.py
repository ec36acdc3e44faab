"""A run that cannot be read takes no answer from those that ask about others, and is named."""

from __future__ import annotations

import csv
import io
import json

import pytest

import gitxp
from gitxp.errors import DamagedRecord, GitxpWarning
from tests.shared.damage import POINTS, lose, ruin_points, scramble, spoil


@pytest.fixture
def runs(repo_dir, monkeypatch):
    """Three runs with the same metric, the first of which is the baseline of the last."""
    monkeypatch.chdir(repo_dir)
    made = []
    for name in ("first", "second", "third"):
        baseline = made[0] if name == "third" else False
        with gitxp.start_run("lr", name, params={"n": len(made)}, baseline=baseline) as run:
            for step in range(3):
                run.log({"loss": 1.0 - step / 10 - len(made) / 100}, step=step)
        made.append(run)
    return made


@pytest.fixture(params=["lost", "spoilt"])
def pointless(request, runs, repo_dir, git):
    """The ref of a run whose points cannot be read, though its record tells all else."""
    return ruin_points(request.param, repo_dir, git, runs[1])


@pytest.mark.parametrize(
    ("which", "form"),
    [
        (("first", "second", "third"), "--json"),
        (("--where", "params.n >= 0"), "--csv"),
        (("third", "second", "first"), "--chart"),
        (("--experiment", "lr"), None),
    ],
)
def test_points_of_the_others_are_shown(xp, runs, pointless, which, form):
    done = xp("metrics", *which, *([form] if form else []))
    assert (done.returncode, done.stderr.count("warning: ")) == (128, 1)
    assert f"warning: {pointless}: " in done.stderr
    if form == "--json":
        points = json.loads(done.stdout)
    elif form == "--csv":
        points = list(csv.DictReader(io.StringIO(done.stdout)))
    else:
        assert "first" in done.stdout
        assert "third" in done.stdout
        assert "second" not in done.stdout
        return
    assert len(points) == 6
    assert {point["run"] for point in points} == {runs[0].id, runs[2].id}


def test_none_of_the_points_before_the_damage_are_shown(xp, runs, repo_dir, git):
    record = gitxp.get_run(runs[1].id).record
    with gitxp.start_run(resume=runs[1].id) as run:
        run.log({"loss": 0.1}, step=9)
    assert gitxp.get_run(record.id).points == 4
    spoil(repo_dir, git, runs[1].id, "metrics/1.parquet", b"no Parquet")
    done = xp("metrics", "first", "second", "--csv")
    assert done.returncode == 128
    assert runs[1].id not in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("metrics", "second"),
        ("metrics", "--where", "params.n == 1", "--json"),
        ("plot", "second", "-m", "loss"),
        ("convergence", "second", "-m", "loss", "--to", "50%"),
    ],
)
def test_one_run_that_cannot_be_read_is_an_error_with_its_id(xp, runs, pointless, words):
    done = xp(*words)
    assert done.returncode == 128
    assert f"error: run 'second' ({runs[1].id}): " in done.stderr
    assert f"hint: git xp verify {runs[1].id}" in done.stderr


@pytest.mark.parametrize(
    "words", [("plot", "-m", "loss"), ("convergence", "-m", "loss", "--to", "50%")]
)
def test_others_are_drawn_and_judged(xp, runs, pointless, words):
    done = xp(*words)
    assert (done.returncode, done.stderr.count("warning: ")) == (128, 1)
    assert f"warning: {pointless}: " in done.stderr
    assert "first" in done.stdout
    assert "third" in done.stdout
    assert "second" not in done.stdout


@pytest.mark.parametrize(
    "words", [("plot", "-m", "loss"), ("convergence", "-m", "loss", "--to", "50%")]
)
def test_damaged_record_is_no_matter_of_runs_that_are_named(xp, runs, repo_dir, git, words):
    ref = f"refs/experiments/lr/{runs[0].id}"
    empty = git("hash-object", "-w", "-t", "tree", "/dev/null", cwd=repo_dir).strip()
    broken = git("commit-tree", "-m", "broken", empty, cwd=repo_dir).strip()
    git("update-ref", ref, broken, cwd=repo_dir)
    named = xp(*words, "second", "third", "--json")
    assert (named.returncode, "warning" in named.stderr) == (0, False), named.stderr
    for which in ((), ("--where", "params.n > 0"), ("second", "third", "-n", "9")):
        done = xp(*words, *which, "--json")
        assert (done.returncode, done.stderr.count(f"warning: {ref}: ")) == (128, 1), which


def test_summaries_need_no_points(xp, pointless):
    for words in (("show", "second"), ("compare", "first", "second"), ("list",)):
        done = xp(*words)
        assert (done.returncode, "warning" in done.stderr) == (0, False), words


def test_record_that_was_damaged_after_it_was_indexed_is_passed_over(xp, runs, repo_dir, git):
    scramble(repo_dir, git, runs[1].id, "run.toml")
    named = f"warning: refs/experiments/lr/{runs[1].id}: "
    for which in (("first", "second", "third"), ("--where", "params.n >= 0")):
        compared = xp("compare", *which, "--json")
        assert (compared.returncode, compared.stderr.count(named)) == (128, 1)
        told = {run["name"] for run in json.loads(compared.stdout)["runs"]}
        assert told == {"first", "third"}
        shown = xp("metrics", *which, "--json")
        assert (shown.returncode, shown.stderr.count(named)) == (128, 1)
        assert {point["run"] for point in json.loads(shown.stdout)} == {runs[0].id, runs[2].id}
    one_left = xp("metrics", "first", "second", "--csv")
    assert one_left.stdout.startswith(f"run,metric,step,time,value,writer\n{runs[0].id},loss,0,")
    for words in (("show", "second"), ("metrics", "second"), ("show", "--where", "params.n == 1")):
        done = xp(*words)
        assert (done.returncode, done.stdout) == (128, ""), words
        assert runs[1].id in done.stderr, words


def test_nothing_is_changed_where_one_of_the_runs_cannot_be_read(xp, runs, repo_dir, git):
    scramble(repo_dir, git, runs[1].id, "run.toml")
    for which in (("first", "second"), ("--where", "params.n >= 0")):
        done = xp("tag", "seen", *which)
        assert done.returncode == 128
        assert f"error: run 'second' ({runs[1].id}): " in done.stderr
    assert gitxp.get_run("first").tags == {}


def test_damaged_baseline_is_named_where_the_run_is_shown(xp, runs, repo_dir, git):
    scramble(repo_dir, git, runs[0].id, "run.toml")
    done = xp("show", "third")
    assert done.returncode == 128
    assert done.stderr.count(f"warning: refs/experiments/lr/{runs[0].id}: ") == 1
    assert "loss" in done.stdout


@pytest.mark.parametrize(
    ("which", "lost"),
    [
        (("first", "second"), 1),
        (("second", "first"), 1),
        (("second", "first", "third"), 1),
        (("--where", "params.n < 2"), 1),
        (("--where", "params.n >= 0"), 2),
    ],
)
def test_nothing_is_compared_without_the_first_run_or_any_other(
    xp, runs, repo_dir, git, which, lost
):
    scramble(repo_dir, git, runs[lost].id, "run.toml")
    name = ("first", "second", "third")[lost]
    for form in ((), ("--json",), ("--html",), ("--all",)):
        done = xp("compare", *which, *form)
        assert (done.returncode, done.stdout) == (128, ""), form
        assert f"error: run {name!r} ({runs[lost].id}): " in done.stderr
        assert f"hint: git xp verify {runs[lost].id}" in done.stderr


def test_nothing_is_compared_in_python_without_the_first_run_or_any_other(runs, repo_dir, git):
    scramble(repo_dir, git, runs[1].id, "run.toml")
    for which in (("first", "second"), ("second", "first"), ("second", "first", "third")):
        with pytest.raises(DamagedRecord, match=rf"^run 'second' \({runs[1].id}\): "):
            gitxp.compare(*which)
    with pytest.warns(GitxpWarning, match=runs[1].id):
        compared = gitxp.compare("third", "second", "first")
    assert [run.name for run in compared.runs] == ["third", "first"]


def test_run_of_which_no_other_could_be_read_is_compared_with_none(xp, runs, repo_dir, git):
    for run in runs[1:]:
        scramble(repo_dir, git, run.id, "run.toml")
    done = xp("compare", "first", "second", "third")
    assert (done.returncode, done.stdout) == (128, "")
    assert "error: none of the 2 runs to compare with 'first' can be read" in done.stderr
    assert "hint: git xp verify" in done.stderr


def test_nothing_that_could_be_read_is_an_error(xp, runs, repo_dir, git):
    for run in runs[:2]:
        scramble(repo_dir, git, run.id, "run.toml")
    done = xp("metrics", "first", "second")
    assert (done.returncode, done.stdout) == (128, "")
    assert "error: none of 2 runs can be read" in done.stderr


@pytest.fixture
def broken(runs, repo_dir, git):
    """The ref of the second run, which leads to a commit that is no record."""
    ref = f"refs/experiments/lr/{runs[1].id}"
    git("update-ref", ref, "HEAD", cwd=repo_dir)
    return ref


@pytest.mark.parametrize("digits", [32, 8])
@pytest.mark.parametrize(
    "words",
    [
        ("show",), ("tag", "seen"), ("diff",), ("metrics", "first"), ("compare", "first"),
        ("baseline", "set"), ("show", "first", "--baseline"),
        ("gate", "--metric", "loss"), ("gate", "first", "--metric", "loss", "--against"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_id_of_a_record_that_cannot_be_read_says_so(xp, runs, broken, words, digits):
    done = xp(*words, runs[1].id[:digits])
    assert (done.returncode, done.stdout) == (128, "")
    assert f"error: run {runs[1].id}: " in done.stderr
    assert f"hint: git xp verify {runs[1].id}" in done.stderr
    assert "no run" not in done.stderr


def test_name_that_nobody_has_may_be_that_of_a_record_that_cannot_be_read(xp, runs, broken):
    for words in (("show", "second"), ("metrics", "first", "second"), ("tag", "seen", "second")):
        done = xp(*words)
        assert done.returncode == 128, words
        assert done.stderr.count(f"warning: {broken}: ") == 1, words
        assert "error: no run 'second' here" in done.stderr, words


def test_run_that_is_found_is_shown_without_a_word_of_others(xp, runs, broken):
    for text in ("first", runs[0].id, runs[0].id[:8]):
        done = xp("show", text)
        assert (done.returncode, done.stderr) == (0, ""), text


def test_fetched_record_that_cannot_be_read_says_so(xp, runs, repo_dir, git):
    git("remote", "add", "origin", "elsewhere.git", cwd=repo_dir)
    git("update-ref", f"refs/gitxp/incoming/origin/lr/{runs[1].id}", "HEAD", cwd=repo_dir)
    done = xp("show", f"origin/{runs[1].id}")
    assert (done.returncode, done.stdout) == (128, "")
    assert f"error: run {runs[1].id}: " in done.stderr
    assert f"hint: git xp verify origin/{runs[1].id}" in done.stderr


def test_record_that_cannot_be_read_is_removed_by_a_prefix(xp, runs, broken, repo_dir, git):
    done = xp("remove", "--yes", runs[1].id[:8])
    assert (done.returncode, done.stderr) == (0, "")
    assert git("for-each-ref", broken, cwd=repo_dir) == ""


def test_git_is_not_asked_once_more_for_each_run_that_cannot_be_read(
    xp, runs, repo_dir, git, tmp_path, monkeypatch
):
    asked = []
    for number, run in enumerate(runs[:2]):
        lose(repo_dir, git, run.id, POINTS)
        trace = tmp_path / f"trace-{number}"
        with monkeypatch.context() as around:
            around.setenv("GIT_TRACE2_EVENT", str(trace))
            done = xp("metrics", "--where", "params.n >= 0", "--json")
        assert (done.returncode, done.stderr.count("warning: ")) == (128, number + 1)
        events = map(json.loads, trace.read_text().splitlines())
        asked.append([event["argv"][1:] for event in events if event["event"] == "start"])
    assert len(asked[0]) == len(asked[1]), asked


@pytest.mark.parametrize(
    "ask",
    [
        ("groups", "-m", "loss"),
        ("export", "-o", "-"),
        ("export", "--points", "-o", "-"),
        ("metrics",),
        ("compare",),
    ],
    ids=["groups", "export", "points", "metrics", "compare"],
)
def test_record_that_is_none_of_those_named_is_not_told_of(xp, runs, repo_dir, git, ask):
    ref = f"refs/experiments/lr/{runs[1].id}"
    git("update-ref", ref, "HEAD", cwd=repo_dir)
    named = xp(*ask, "first", "third")
    assert (named.returncode, named.stderr.count(ref)) == (0, 0)
    selected = xp(*ask, "--experiment", "lr")
    assert (selected.returncode, selected.stderr.count(ref)) == (128, 1)


@pytest.fixture
def elsewhere(runs, repo_dir, git):
    """The ref of a record in another experiment than `runs`, which is no record."""
    ref = f"refs/experiments/other/lr/{'a' * 32}"
    git("update-ref", ref, "HEAD", cwd=repo_dir)
    return ref


@pytest.mark.parametrize(
    "words",
    [
        ("list", "-e"), ("log",), ("export", "-e"), ("compare", "-e"), ("metrics", "-e"),
        ("plot", "-m", "loss", "-e"), ("groups", "-m", "loss", "-e"), ("diff", "-n", "1", "-e"),
        ("show", "-n", "1", "-e"), ("convergence", "-m", "loss", "--to", "50%", "-e"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_record_of_another_experiment_is_no_matter(xp, elsewhere, words):
    asked = xp(*words, "lr")
    assert (asked.returncode, asked.stderr) == (0, "")


def test_record_of_an_experiment_below_is_told_of(xp, runs, repo_dir, git):
    ref = f"refs/experiments/lr/deep/{'a' * 32}"
    git("update-ref", ref, "HEAD", cwd=repo_dir)
    for words in (("list", "-e", "lr"), ("log", "lr"), ("export", "-e", "lr")):
        done = xp(*words)
        assert (done.returncode, done.stderr.count(f"warning: {ref}: ")) == (128, 1), words


@pytest.mark.parametrize(
    "words",
    [
        ("list", "-e", "u"), ("list", "-e", "u", "--json"), ("export", "-o", "-", "-e", "u"),
        ("list", "-e", "u", "--where", "params.n > 0"), ("log", "u"), ("tag", "y", "-e", "u"),
        ("diff", "-e", "u"), ("show", "first", "-e", "u"), ("baseline", "show", "u"),
        ("gate", "--metric", "loss", "-e", "u"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_experiment_of_which_no_run_can_be_read_is_there(xp, runs, repo_dir, git, words):
    ref = f"refs/experiments/u/{'a' * 32}"
    git("update-ref", ref, "HEAD", cwd=repo_dir)
    done = xp(*words)
    assert (done.returncode, done.stderr.count(f"warning: {ref}: ")) == (128, 1), done.stderr
    assert "experiment 'u'" not in done.stderr


def test_experiment_of_which_no_run_can_be_read_is_verified(xp, runs, repo_dir, git):
    ref = f"refs/experiments/u/{'a' * 32}"
    git("update-ref", ref, "HEAD", cwd=repo_dir)
    done = xp("verify", "-e", "u", "--json")
    assert done.returncode == 1
    assert [one["ref"] for one in json.loads(done.stdout)["failures"]] == [ref]
    with pytest.warns(GitxpWarning, match=ref):
        assert len(gitxp.runs(experiment="u")) == 0
    unknown = xp("list", "-e", "v")
    assert unknown.returncode == 128
    assert "error: no run belongs to the experiment 'v'\n" in unknown.stderr


def test_record_may_be_of_the_group_of_the_baseline(xp, runs, repo_dir, git):
    ref = f"refs/experiments/lr/{runs[1].id}"
    git("update-ref", ref, "HEAD", cwd=repo_dir)
    done = xp("groups", "-m", "loss", "--baseline", "first", "first", "third")
    assert (done.returncode, done.stderr.count(ref)) == (128, 1)


@pytest.mark.parametrize(
    "ask",
    [("metrics",), ("metrics", "--json"), ("plot", "-m", "loss"),
     ("convergence", "-m", "loss", "--to", "0.9")],
    ids=" ".join,
)  # fmt: skip
def test_where_the_points_of_none_can_be_read_it_is_an_error(xp, runs, repo_dir, git, ask):
    refs = [ruin_points("spoilt", repo_dir, git, run) for run in runs[:2]]
    done = xp(*ask, "first", "second")
    assert done.returncode == 128
    assert f"error: none of 2 runs can be read, such as {refs[0]}: " in done.stderr
    assert done.stderr.endswith("hint: git xp verify\n")
