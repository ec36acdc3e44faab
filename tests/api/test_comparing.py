"""Comparing from a notebook: whatever names runs names those to compare."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gitxp
from gitxp.errors import GitxpWarning, InvalidValue, UnknownRun


@pytest.fixture
def runs(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    made = []
    for lr in (0.1, 0.2, 0.3):
        with gitxp.start_run("lr", f"lr-{lr}", params={"lr": lr}) as run:
            run.log({"zeta": lr})
        made.append(run)
    return made


def test_runs_are_meant_by_name_id_handle_view_frame_list_or_filter(runs):
    wanted = tuple(run.id for run in runs[:2])
    names = ("lr-0.1", "lr-0.2")
    frame = gitxp.runs("params.lr < 0.3", sort="params.lr")
    for asked in (
        names,
        wanted,
        runs[:2],
        [gitxp.get_run(name) for name in names],
        [gitxp.get_run(name).record for name in names],
        [frame],
        [list(names)],
    ):
        assert tuple(run.id for run in gitxp.compare(*asked).runs) == wanted
    by_filter = gitxp.compare("params.lr < 0.3")
    assert {run.id for run in by_filter.runs} == set(wanted)


def test_order_is_that_of_the_arguments_and_a_run_counts_once(runs):
    found = gitxp.compare("lr-0.3", "@", "lr-0.1", runs[0])
    assert found.labels == ("lr-0.3", "lr-0.1")
    assert repr(gitxp.compare("@", "@")) == "<Comparison of 1 run: nothing differs>"


def test_arguments_that_name_no_run_are_refused(runs):
    with pytest.raises(UnknownRun):
        gitxp.compare("lr-0.1", "nobody")
    with pytest.raises(InvalidValue):
        gitxp.compare()
    with pytest.raises(InvalidValue):
        gitxp.compare("lr-0.1", 5)


@pytest.mark.parametrize("none", ["params.lr > 1", [], None], ids=["filter", "list", "all"])
def test_no_runs_are_no_comparison(repo_dir, monkeypatch, request, none):
    monkeypatch.chdir(repo_dir)
    if none is not None:
        request.getfixturevalue("runs")
    with pytest.raises(InvalidValue, match="no runs to compare: none fits"):
        gitxp.compare(none)


@pytest.mark.parametrize("one", ["lr-0.1", "params.lr < 0.2", ["lr-0.1", "lr-0.1"]])
def test_one_run_differs_from_none_but_all_of_it_can_be_told(runs, one):
    with pytest.raises(InvalidValue, match=r"run 'lr-0\.1' alone: expected two runs"):
        gitxp.compare(one)
    with pytest.raises(InvalidValue):
        gitxp.compare(one, baseline="lr-0.2")
    found = gitxp.compare(one, all=True, baseline="lr-0.2")
    assert found.frame.loc[("metrics", "zeta on baseline")].tolist() == [-0.1]


def metrics(found):
    return next(section.rows for section in found.sections if section.title == "metrics")


def test_goals_are_the_teams_and_a_wrong_one_is_warned_of(runs, repo_dir):
    settings = repo_dir / ".gitxp.toml"
    settings.write_text('[metrics."zeta"]\ngoal = "max"\n')
    (zeta,) = metrics(gitxp.compare("lr-0.1", "lr-0.2"))
    assert (zeta.cells[1].is_better, zeta.goal.is_guessed) == (True, False)
    settings.write_text('[metrics."zeta"]\ngoal = "most"\n')
    with pytest.warns(GitxpWarning, match="zeta"):
        (zeta,) = metrics(gitxp.compare("lr-0.1", "lr-0.2"))
    assert zeta.goal is None


def test_comparing_loads_pandas_for_the_frame_alone(runs):
    code = (
        "import sys, gitxp\n"
        "found = gitxp.compare('lr-0.1', 'lr-0.2'); found._repr_html_()\n"
        "assert not {'pandas', 'scipy'} & set(sys.modules)\n"
        "found.frame\n"
        "assert 'pandas' in sys.modules and 'scipy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def on_baseline(found):
    (row,) = [row for row in metrics(found) if row.field == "zeta on baseline"]
    return [None if cell is None else round(cell.value, 3) for cell in row.cells]


def test_differences_are_told_from_the_baseline_that_is_asked_for(runs):
    asked = gitxp.compare("lr-0.1", "lr-0.2", baseline="lr-0.3")
    assert on_baseline(asked) == [-0.2, -0.1]
    assert on_baseline(gitxp.compare("lr-0.1", "lr-0.2", baseline=runs[2])) == [-0.2, -0.1]
    with pytest.raises(UnknownRun):
        gitxp.compare("lr-0.1", "lr-0.2", baseline="nobody")


def test_differences_are_told_from_the_baseline_of_each_run(runs, repo_dir, git):
    for lr in (0.4, 0.5):
        with gitxp.start_run("lr", f"lr-{lr}", params={"lr": lr}, baseline=runs[2]) as run:
            run.log({"zeta": lr})
    assert on_baseline(gitxp.compare("lr-0.4", "lr-0.5")) == [0.1, 0.2]
    empty = git("hash-object", "-w", "-t", "tree", "/dev/null", cwd=repo_dir).strip()
    broken = git("commit-tree", "-m", "broken", empty, cwd=repo_dir).strip()
    git("update-ref", f"refs/experiments/lr/{runs[2].id}", broken, cwd=repo_dir)
    with pytest.warns(GitxpWarning, match=runs[2].id):
        found = gitxp.compare("lr-0.4", "lr-0.5")
    assert [row.field for row in metrics(found)] == ["zeta"]
