"""Filters choose among real runs: recorded and running ones, of Python and of the shell."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import time

import pytest

import gitxp
from gitxp.errors import InvalidFilter
from gitxp.query.columns import parse_column
from gitxp.query.filter.fields import spelled
from gitxp.query.found import find_rows
from gitxp.query.index.block import block_of
from gitxp.query.run_rows import RunRows
from gitxp.query.where import rows_where
from gitxp.storage.repository import open_repository

RUNS = {
    "a": {"x": 1, "model": {"depth": 3}, "a.b": 0.5, "day": datetime.date(2026, 1, 5)},
    "b": {"x": "auto", "model": {"depth": 50}, "größe/π": 2**70, 1: True},
    "c": {"x": None, "größe/π": 2**70 + 1, "shape": [3, 4], "path": "\udcff"},
    "d": {"x": True, "model": {"depth": 2**63 - 1}, "when": datetime.time(12)},
}


@pytest.fixture
def project(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for name, params in RUNS.items():
        with gitxp.start_run("vision/lr", name, params=params, tags={"group": name}) as run:
            run.log({"val/loss": 0.5, "only:odd": float("nan")}, step=0)
            run.log({"val/loss": {"a": 0.25, "b": 1.0}.get(name, 0.5)}, step=1)
    return repo_dir


def chosen(where):
    return "".join(sorted(gitxp.runs(where, columns=["name"])["name"]))


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("params.x == 1", "a"),
        ("params.x is None", "c"),
        ("not params.x == 1", ""),
        ("params.x == True", "d"),
        ('params.x startswith "au"', "b"),
        ("params.model.depth > 3", "bd"),
        ("params.model.depth == 9223372036854775807", "d"),
        ('params["größe/π"] > 1180591620717411303424', "c"),
        ("params[1]", "b"),
        ('params["a.b"] * 2 == 1', "a"),
        ('params.day < "2026-01-06"', "a"),
        ("has(params.shape) and has(params.path) or has(params.when)", "cd"),
        ('metrics["val/loss"].min < 0.5', "a"),
        ('metrics["val/loss"] > metrics["val/loss"].first', "b"),
        ('metrics["only:odd"] is nan', "abcd"),
        ('has(metrics["only:odd"].min)', ""),
        ('metrics["only:odd"].min is None', "abcd"),
        ('tags.group in ["a", "d"]', "ad"),
        ('age < "1h" and duration < "1h" and started > "yesterday"', "abcd"),
        ('experiment == "vision/lr" and status == "finished" and branch == "main"', "abcd"),
        ("parent is None and not has(parent) and not dirty", "abcd"),
        ("base == code and finished - started == duration", "abcd"),
        ("env.python startswith '3.'", "abcd"),
    ],
)
def test_runs_are_chosen_by_a_filter(project, where, names):
    assert chosen(where) == names


def test_filter_comes_before_sort_and_limit(project):
    frame = gitxp.runs("params.model.depth > 0", sort="-params.model.depth", limit=2)
    assert frame["name"].tolist() == ["d", "b"]
    assert gitxp.runs("has(params.model.depth)", limit=1)["name"].tolist() == ["d"]


def test_each_column_is_a_field(project):
    rows = find_rows(open_repository()).rows
    for name in rows.names:
        field = spelled(parse_column(name))
        having = [value is not None for value in rows.values(name)]
        if name.startswith("params"):
            having = [value is not ... for value in rows.values(name, ...)]
        found = rows_where(rows, f"has({field})").values("run")
        assert found == [run for run, has in zip(rows.values("run"), having, strict=True) if has]


def test_running_runs_are_chosen_too(project):
    run = gitxp.start_run("vision/lr", "live", params={"x": 7})
    run.log({"val/loss": 0.125}, step=0)
    assert chosen('status == "running"') == "live"
    assert chosen('metrics["val/loss"] < 0.2 and params.x == 7') == "live"
    run.finish()
    assert chosen('status == "running"') == ""


def test_field_that_no_run_has_is_refused_where_there_are_runs(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    assert len(gitxp.runs("params.lr > 1")) == 0
    with gitxp.start_run("lr", params={"lr": 1}):
        pass
    with pytest.raises(InvalidFilter) as refused:
        gitxp.runs("lr > 1")
    assert refused.value.hint == "did you mean params.lr?"


def listed(folder, *words):
    done = subprocess.run(
        [sys.executable, "-m", "gitxp", "list", *words],
        cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_shell_chooses_by_the_same_words(project):
    for where in ("params.x == 1", 'tags.group not in ["a"] and not dirty'):
        status, printed, _ = listed(project, "--json", "--where", where)
        assert status == 0
        assert "".join(sorted(run["name"] for run in json.loads(printed))) == chosen(where)


def test_shell_says_that_no_run_fits_and_shows_a_mistake(project):
    assert listed(project, "--where", "params.x == 2") == (0, "", "no run fits\n")
    status, printed, said = listed(project, "--where", "dirty or params.y > 1")
    assert (status, printed) == (128, "")
    assert said == (
        "error: no run has 'params.y'\n"
        "  dirty or params.y > 1\n"
        "           ^^^^^^^^\n"
        "hint: all are in gitxp.runs().columns, or the fields of git xp list --json\n"
    )


def test_choosing_in_the_shell_needs_no_pandas(project):
    code = (
        "import sys\nfrom gitxp.cli import main\n"
        "sys.argv = ['git-xp', 'list', '--where', 'tags.group matches \"a\" or params.x == 1']\n"
        "try: main()\nexcept SystemExit: pass\nprint('pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "False"


def test_what_was_chosen_is_chosen_from_again(project):
    rows = rows_where(find_rows(open_repository()).rows, "params.model.depth > 3")
    assert rows_where(rows, 'tags.group == "b"').values("name") == ["b"]
    assert len(rows_where(rows, 'params["a.b"] == 0.5')) == 0  # which another run has
    with pytest.raises(InvalidFilter):
        rows_where(rows, 'params["a.c"] == 0.5')


def test_time_of_a_filter_is_that_of_all_blocks_together():
    texts = [{"params.text": f"{'x' * 300}{number}"} for number in range(1000)]
    rows = RunRows([block_of(texts)] * 100)
    one = "params.text contains 'xxxxxxxxxxxxxxxxxxxx9'"
    assert len(rows_where(rows, one)) > 0
    with pytest.raises(InvalidFilter, match="this filter takes too long"):
        rows_where(rows, " or ".join([one] * 999))


def test_column_that_a_filter_names_often_is_made_once():
    days = [{"params.day": datetime.date.fromordinal(700_000 + number)} for number in range(20_000)]
    rows = RunRows([block_of(days)])

    def seconds(where):
        started = time.thread_time()
        assert len(rows_where(rows, where)) == len(days)
        return time.thread_time() - started

    one = "params.day < '2026-01-31'"
    assert seconds(" and ".join([one] * 20)) < 5 * min(seconds(one) for _ in range(3))
