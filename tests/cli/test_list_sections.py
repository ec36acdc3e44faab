"""`git xp list --by`: runs in sections, each under a heading that says what they share."""

from __future__ import annotations

import json
import re

import pytest

import gitxp

COLOUR = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture
def sweep(repo_dir, monkeypatch):
    """Five runs `r0` to `r4`, of two experiments and three depths, of which one is None."""
    monkeypatch.chdir(repo_dir)
    given = [
        ("a", {"depth": 1, "lr": 0.1}, {"kind": "größe 漢字 " * 9}),
        ("b", {"depth": 2, "lr": 0.1}, {}),
        ("a", {"depth": 1, "lr": 0.2}, {}),
        ("a", {"depth": None, "lr": 0.2}, {}),
        ("b", {"lr": 0.2}, {}),
    ]
    for number, (experiment, params, tags) in enumerate(given):
        with gitxp.start_run(experiment, f"r{number}", params=params, tags=tags) as run:
            run.log({"loss": number})


def sections(done):
    """Return what stands above the sections, and the names of the runs below each heading."""
    assert done.returncode == 0, done.stderr
    first, *others = done.stdout.split("\n\n")
    titles = first.split()
    at = titles.index("name")
    found = {}
    for text in others:
        heading, *rows = text.splitlines()
        found[heading] = [row.split()[at] for row in rows]
    return titles, found


def test_runs_of_one_value_stand_under_a_heading_by_the_first_of_them(xp, sweep):
    titles, found = sections(xp("list", "--by", "experiment"))
    assert found == {
        "experiment=b (2 runs)": ["r4", "r1"],
        "experiment=a (3 runs)": ["r3", "r2", "r0"],
    }
    assert list(found) == ["experiment=b (2 runs)", "experiment=a (3 runs)"]
    assert "experiment" not in titles
    _, found = sections(xp("list", "--by", "experiment", "--sort", "metrics.loss", "-n", "4"))
    assert list(found.items()) == [
        ("experiment=a (3 runs)", ["r0", "r2", "r3"]),
        ("experiment=b (1 run)", ["r1"]),
    ]


def test_runs_without_the_value_come_last_under_a_heading_that_says_so(xp, sweep):
    titles, found = sections(xp("list", "--by", "params.depth"))
    assert list(found.items()) == [
        ("depth=None (1 run)", ["r3"]),
        ("depth=1 (2 runs)", ["r2", "r0"]),
        ("depth=2 (1 run)", ["r1"]),
        ("without depth (1 run)", ["r4"]),
    ]
    assert "depth" not in titles
    assert "lr" in titles
    assert list(sections(xp("list", "--by", "group"))[1]) == ["without group (5 runs)"]


def test_sections_are_of_several_columns_and_of_one_value_alone(xp, sweep):
    _, found = sections(xp("list", "--by", "params.lr", "--by", "params.depth"))
    assert list(found) == [
        "lr=0.2 depth=None (1 run)",
        "lr=0.2 depth=1 (1 run)",
        "lr=0.1 depth=2 (1 run)",
        "lr=0.1 depth=1 (1 run)",
        "lr=0.2 without depth (1 run)",
    ]
    assert list(sections(xp("list", "--by", "experiment", "-e", "a"))[1]) == [
        "experiment=a (3 runs)"
    ]


def test_sections_have_the_columns_that_are_asked_for(xp, sweep):
    titles, found = sections(xp("list", "--by", "params.depth", "-c", "name", "-c", "params.depth"))
    assert titles == ["run", "name", "depth"]
    assert found["depth=2 (1 run)"] == ["r1"]


def test_json_of_sections_has_but_another_order(xp, sweep):
    plain, by = (
        json.loads(xp("list", "--json", *words).stdout)
        for words in (["--sort", "name"], ["--sort", "name", "--by", "params.depth"])
    )
    assert [one["name"] for one in by] == ["r0", "r2", "r1", "r3", "r4"]
    assert sorted(by, key=lambda one: one["name"]) == plain


def test_unknown_column_of_sections_is_an_error_that_names_the_nearest(xp, sweep):
    done = xp("list", "--by", "params.dept")
    assert (done.returncode, done.stdout) == (128, "")
    assert "did you mean 'params.depth'?" in done.stderr
    assert xp("list", "--by", "tags.kind", "--where", "params.lr > 9").stderr == "no run fits\n"


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_sections_fit_the_terminal_and_keep_the_count(terminal, sweep, columns):
    from rich.cells import cell_len

    words = ("list", "--by", "tags.kind", "--sort", "name")
    shown = terminal(*words, columns=columns, GIT_PAGER="cat", NO_COLOR="").text
    lines = COLOUR.sub("", shown).splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert lines[1] == lines[4] == ""
    assert lines[2].startswith("tags.kind=")
    assert lines[2].endswith(" (1 run)")
    assert "\x1b[1mtags.kind=" in shown
    plain = terminal(*words, columns=columns, GIT_PAGER="cat", NO_COLOR="1").text
    assert COLOUR.search(plain) is None


def test_sections_are_shown_where_there_are_no_letters_but_ascii(terminal, sweep):
    words = ("list", "--by", "tags.kind", "--sort", "name")
    shown = terminal(*words, columns=40, GIT_PAGER="cat", PYTHONIOENCODING="ascii", NO_COLOR="1")
    assert shown.status == 0
    assert "... (1 run)" in shown.text
    assert "without tags.kind (4 runs)" in shown.text


@pytest.mark.parametrize("by", ["data", "params", "tags"])
def test_heading_says_what_no_run_has(xp, repo_dir, monkeypatch, by):
    monkeypatch.chdir(repo_dir)
    gitxp.start_run("a", "alone").finish()
    assert list(sections(xp("list", "--by", by))[1].items()) == [
        (f"without {by} (1 run)", ["alone"])
    ]


def test_headings_tell_values_apart_that_are_written_alike(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    values = [None, "None", 1, "1", 1.0, [1], "[1]", "", " ", True, "True", 0.1, 0.1 + 1e-6, "x"]
    for number, value in enumerate(values):
        gitxp.start_run("a", f"r{number}", params={"p": value}).finish()
    words = ("list", "--by", "params.p", "--sort", "name")
    found = sections(xp(*words))[1]
    spelled = {heading.removeprefix("p=").rpartition(" (")[0] for heading in found}
    assert spelled == {
        *("None", "'None'", "1", "'1'", "[1]", "'[1]'", "''", "' '", "True", "'True'"),
        *("0.1", "0.100001", "x"),
    }
    assert found["p=1 (2 runs)"] == ["r2", "r4"]
