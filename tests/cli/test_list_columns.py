"""`git xp list -c`: the columns that somebody asks for, in the table and in JSON."""

from __future__ import annotations

import json
import shutil

import pytest

import gitxp
from gitxp.storage.layout import index_dir
from gitxp.storage.repository import open_repository


@pytest.fixture
def pair(repo_dir, monkeypatch):
    """Two runs of two experiments, of which each has what the other lacks."""
    monkeypatch.chdir(repo_dir)
    with gitxp.start_run("plain", "old", params={"lr": 0.1, "opt": None}, group="g") as old:
        old.log({"val/loss": 3.0}, step=0)
        old.log({"val/loss": 1.0}, step=1)
        old.log({"val/loss": 2.0}, step=2)
    params = {"lr": 12345, "status": "on"}
    with gitxp.start_run("other", "new", params=params, parent=old.id) as new:
        new.log({"acc": 0.5})
    return old, new


def table(done):
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_table_has_the_columns_that_are_asked_for_in_their_order(xp, pair):
    old, new = (run.id.short for run in pair)
    words = ("-c", "params.lr", "-c", "status", "-c", "experiment", "-c", "params.lr")
    assert table(xp("list", *words)) == [
        ["run", "lr", "status", "experiment"],
        [new, "12345", "finished", "other"],
        [old, "0.1", "finished", "plain"],
    ]


def test_values_are_shown_as_people_read_them(xp, pair):
    old, new = (run.id.short for run in pair)
    words = ("-c", "parent", "-c", "started", "-c", "group", "-c", "params.opt", "-c", "dirty")
    first, *rows = xp("list", *words).stdout.splitlines()
    assert first.split() == ["run", "parent", "started", "group", "opt", "dirty"]
    assert "ago" in rows[0] or "now" in rows[0]
    assert rows[0].split()[:2] == [new, old]
    assert rows[1].split()[-3:] == ["g", "None", "False"]


def test_titles_tell_columns_of_one_name_apart_and_which_way_a_metric_is_better(xp, pair):
    words = ("-c", "params.status", "-c", "status", "-c", "metrics.val/loss*")
    assert table(xp("list", *words))[0] == ["run", "params.status", "status", "val/loss", "↓?"]
    summaries = xp("list", "-c", "metrics.val/loss:m*", "-c", "metrics.val/loss:count")
    assert table(summaries)[0] == [
        *("run", "val/loss:min", "↓?", "val/loss:max", "↓?", "val/loss:mean", "↓?"),
        "val/loss:count",
    ]
    assert table(summaries)[2][1:] == ["1", "3", "2", "3"]


def test_json_has_the_id_and_the_columns_as_export_has_them(xp, pair):
    words = ("-c", "metrics.*", "-c", "params.opt", "-c", "group")
    listed = json.loads(xp("list", "--json", *words).stdout)
    assert listed == json.loads(xp("export", "--format", "json", *words).stdout)
    assert listed == [
        {"run": str(pair[1].id), "metrics.acc": 0.5, "group": None},
        {"run": str(pair[0].id), "metrics.val/loss": 2.0, "params.opt": None, "group": "g"},
    ]


@pytest.mark.parametrize("chosen", [[], ["-e", "plain"], ["--where", "name == 'nobody'"]])
def test_unknown_column_is_the_error_of_export_whatever_is_listed(xp, pair, chosen):
    done, exported = (xp(word, *chosen, "-c", "params.lrr") for word in ("list", "export"))
    assert (done.returncode, done.stdout, done.stderr) == (128, "", exported.stderr)
    assert "did you mean 'params.lr'?" in done.stderr


def test_column_that_only_other_runs_have_is_known(xp, pair):
    done = xp("list", "-e", "plain", "-c", "metrics.acc", "-c", "name")
    assert table(done) == [["run", "acc", "↑?", "name"], [pair[0].id.short, "old"]]
    assert xp("list", "-c", "name", "--where", "params.lr > 1e9").stderr == "no run fits\n"


@pytest.mark.parametrize("columns", [20, 40])
def test_table_of_columns_fits_the_terminal_and_leaves_the_last_out(terminal, pair, columns):
    names = ("experiment", "metrics.val/loss", "params.lr", "env.python", "code_tree", "host")
    words = [word for name in names for word in ("-c", name)]
    lines = terminal("list", *words, columns=columns, GIT_PAGER="cat").text.splitlines()
    assert max(map(len, lines)) <= columns
    assert lines[0].split()[:2] == ["run", "experiment"]
    assert lines[3].startswith("(too narrow for:")


def test_columns_do_not_go_with_a_baseline(xp, pair):
    done = xp("list", "-c", "params.lr", "--baseline", "old")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --baseline does not go with -c")


def params_of(experiment, **params):
    with gitxp.start_run(experiment, params=params) as run:
        run.log({"loss": 1.0})


def test_params_that_most_runs_have_come_first_and_those_left_out_are_counted(xp, pair):
    for number in range(9):
        params_of("many", lr=number / 10, x=number)
    params_of("many", **{f"odd{one}": one for one in range(6)}, x=9)
    title, *_, note = xp("list", "-e", "many").stdout.splitlines()
    assert title.partition("took")[2].split()[:6] == ["x", "lr", "odd0", "odd1", "odd2", "odd3"]
    assert note == "(2 more params vary: git xp list -c 'params.*')"
    asked = table(xp("list", "-e", "many", "-c", "params.*"))[0]
    assert {"lr", *(f"odd{one}" for one in range(6))} < set(asked)
    assert "git xp list" not in xp("list", "--where", "params.x < 9").stdout


def test_table_is_the_same_before_and_after_the_index_is_deleted(xp, repo_dir):
    for letter in "abc":
        params = [word for one in range(3) for word in ("--param", f"{letter}{one}={one}")]
        assert xp("run", "-e", letter, *params, "--", "true").returncode == 0
    title, fields = xp("list").stdout.splitlines()[0], xp("list", "--json").stdout
    shutil.rmtree(index_dir(open_repository(repo_dir).private_dir))
    assert xp("list").stdout.splitlines()[0] == title
    assert title.partition("took")[2].split() == ["c0", "c1", "c2", "b0", "b1", "b2"]
    assert xp("list", "--json").stdout == fields
