"""`git xp list`: which runs, in which order, and how they look on a terminal."""

from __future__ import annotations

import json
import math

import pytest

import gitxp


@pytest.fixture
def many(repo_dir, monkeypatch):
    """Runs of two experiments; the newest has no metric, the one before it a NaN."""
    monkeypatch.chdir(repo_dir)
    given = (
        ("a", 0.2, 3),
        ("b", 0.1, 1),
        ("c", 0.3, 2),
        ("nan", 0.4, math.nan),
        ("none", 0.5, None),
    )
    for name, lr, loss in given:
        experiment = "vision/lr" if name in "ab" else "text"
        with gitxp.start_run(experiment, name, params={"lr": lr, "kind": name}) as run:
            if loss is not None:
                run.log({"loss": loss, "train/accuracy": 1 - lr})


def names(done):
    assert done.returncode == 0, done.stderr
    return [row["name"] for row in json.loads(done.stdout)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("metrics.loss", "b c a none nan"),
        ("-metrics.loss", "a c b none nan"),
        ('metrics["loss"]:last', "b c a none nan"),
        ("params.lr", "b a c nan none"),
        ("-params.kind", "none nan c b a"),
        ("started", "a b c nan none"),
        ("-started", "none nan c b a"),
        ("experiment", "none nan c b a"),
        ("metrics.loss:count", "nan c b a none"),
        ("verdict", "none nan c b a"),
    ],
)
def test_runs_are_sorted_as_asked_and_those_without_the_value_last(xp, many, key, expected):
    assert names(xp("list", f"--sort={key}", "--json")) == expected.split()


def test_limit_is_taken_after_sorting(xp, many):
    assert names(xp("list", "--sort", "metrics.loss", "--limit", "2", "--json")) == ["b", "c"]
    assert names(xp("list", "-n", "0", "--json")) == []


@pytest.mark.parametrize(
    ("key", "meant"),
    [("lr", "params.lr"), ("-loss", "metrics.loss"), ("metrics.los", "metrics.loss"),
     ("train/accuracy", "metrics.train/accuracy"), ("begun", ""), ("a b:c", "")],
)  # fmt: skip
def test_unknown_column_is_an_error_that_names_the_nearest(xp, many, key, meant):
    done = xp("list", f"--sort={key}")
    assert done.returncode == 128
    assert f"no run has a column {key.removeprefix('-')!r}" in done.stderr
    assert (f"did you mean '{meant}'" if meant else "git xp list --json") in done.stderr


def test_experiment_is_taken_with_those_below_it(xp, many):
    assert names(xp("list", "-e", "vision", "--json")) == ["b", "a"]
    done = xp("list", "-e", "vison/lr")
    assert done.returncode == 128
    assert "did you mean 'vision/lr'" in done.stderr


def test_list_of_nothing_can_be_sorted(xp):
    assert names(xp("list", "--sort", "metrics.loss", "--json", "-e", "any")) == []


def test_unreadable_record_is_named_and_the_others_are_listed(xp, many, git, repo_dir):
    ref = f"refs/experiments/text/{'0' * 32}"
    git("update-ref", ref, "HEAD", cwd=repo_dir)
    done = xp("list")
    assert done.returncode == 128
    assert len(done.stdout.splitlines()) == 6
    assert f"warning: {ref}: " in done.stderr


def test_param_and_metric_of_one_name_have_two_headings(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for lr in (0.1, 0.2):
        with gitxp.start_run("lr", params={"lr": lr, "status": lr, "kind": None}) as run:
            run.log({"lr": lr, "loss": 1})
    titles = xp("list").stdout.splitlines()[0].split()
    assert titles[:5] == ["run", "name", "status", "started", "took"]
    assert titles[5:] == ["params.lr", "params.status", "loss", "↓?", "metrics.lr"]


def test_metric_with_a_goal_comes_first(xp, many, repo_dir):
    (repo_dir / ".gitxp.toml").write_text('[metrics."train/accuracy"]\ngoal = "max"\n')
    assert xp("list").stdout.splitlines()[0].split()[-4:] == ["train/accuracy", "↑", "loss", "↓?"]


def test_goal_is_marked_where_it_is_guessed_and_told_on_a_terminal(xp, many, terminal, repo_dir):
    assert "↓?" in xp("list").stdout
    assert "guessed by name" not in xp("list").stdout
    assert "? guessed by name; .gitxp.toml sets it" in terminal("list", GIT_PAGER="cat").text
    (repo_dir / ".gitxp.toml").write_text(
        '[metrics."train/accuracy"]\ngoal = "min"\n[metrics.loss]\ngoal = "min"\n'
    )
    assert "↓" in xp("list").stdout
    assert "?" not in terminal("list", GIT_PAGER="cat").text


@pytest.mark.parametrize("columns", [20, 40, 80, 120])
def test_list_fits_the_terminal(terminal, many, columns):
    shown = terminal("list", columns=columns, GIT_PAGER="cat")
    lines = shown.text.splitlines()
    assert max(map(len, lines)) <= columns
    left_out = shown.text.partition("(too narrow")[2].partition("? guessed")[0].count("\n")
    assert len(lines) == 7 + left_out
    assert lines[-1].startswith("? guessed by name")
    assert lines[0].startswith("run ")


def test_terminal_of_80_columns_shows_the_first_param_and_metric(terminal, many):
    titles = terminal("list", GIT_PAGER="cat").text.splitlines()[0]
    assert {"name", "status", "loss", "lr"} <= set(titles.split())


@pytest.mark.parametrize(
    ("variables", "has_colours"),
    [
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "", "TERM": "dumb"}, False),
    ],
)
def test_status_is_coloured_on_a_terminal_alone(terminal, xp, many, variables, has_colours):
    shown = terminal("list", GIT_PAGER="cat", **variables).text
    assert ("\x1b[32mfinished\x1b[0m" in shown) is has_colours
    assert ("\x1b" in shown) is has_colours
    assert "\x1b" not in xp("list").stdout


def test_generated_names_make_room_before_anything_else(xp, terminal, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for lr in (0.1, 0.2):
        with gitxp.start_run("lr", params={"lr": lr, "depth": 3}) as run:
            run.log({"loss": lr})
    assert [row.split()[1] for row in xp("list").stdout.splitlines()] == [
        "name",
        "lr=0.2",
        "lr=0.1",
    ]
    wide = terminal("list", GIT_PAGER="cat", columns=80).text.splitlines()[0]
    narrow = terminal("list", GIT_PAGER="cat", columns=58).text
    assert "name" in wide.split()
    assert "name" not in narrow.splitlines()[0].split()
    assert "(too narrow for: name)" in narrow
