"""`git xp convergence`: which run learnt faster, as a table and as JSON."""

from __future__ import annotations

import json
import math

import pytest

import gitxp


@pytest.fixture
def learning(repo_dir, monkeypatch):
    """Runs that reach 0.9 late, early and never, and one that has another metric."""
    monkeypatch.chdir(repo_dir)
    curves = {
        "late": [0.0, 0.5, 0.8, 0.95],
        "early": [0.1, 0.92, 0.91, math.nan],
        "never": [0.0, 0.1, 0.2, 0.3],
        "a name that is [far] too long for any terminal of 80 columns ✓ 漢字": [0.9],
    }
    for name, values in curves.items():
        with gitxp.start_run("lr", name) as run:
            for step, value in enumerate(values):
                run.log({"val/accuracy": value}, step=step)
    with gitxp.start_run("other", "apart") as run:
        run.log({"zeta": 1.0}, step=0)


def table(done):
    assert done.returncode == 0, done.stderr
    head, titles, *lines = done.stdout.splitlines()
    return head, titles.split("  "), [line.split() for line in lines]


ASKED = ("convergence", "--metric", "val/accuracy", "-e", "lr")


def test_quickest_run_comes_first_and_those_that_never_arrive_last(xp, learning):
    done = xp(*ASKED, "--to", "0.9")
    head, _, lines = table(done)
    assert head == "val/accuracy ↑? to 0.9"
    assert [line[1] for line in lines] == ["a", "early", "late", "never"]
    assert [line[2] for line in lines[1:3]] == ["1", "3"]
    assert done.stderr == ""


def test_share_and_hold_are_said_as_they_were_asked(xp, learning):
    head, _, lines = table(xp(*ASKED, "--to", "90%", "--hold", "2", "--sort", "name"))
    assert head == "val/accuracy ↑? to 90% of the way from first to best, held for 2 points"
    assert [line[1] for line in lines] == ["a", "early", "late", "never"]
    assert lines[1][2] == "1"


def test_run_that_never_got_better_is_not_the_quickest_by_a_share(xp, learning):
    with gitxp.start_run("lr", "falling") as run:
        for step, value in enumerate([0.9, 0.5, 0.2]):
            run.log({"val/accuracy": value}, step=step)
    _, _, lines = table(xp(*ASKED, "--to", "60%"))
    names = [line[1] for line in lines]
    assert (names[0], names[-2:]) == ("early", ["falling", "a"])  # `a` has one point
    by_name = {one["name"]: one for one in json.loads(xp(*ASKED, "--to", "60%", "--json").stdout)}
    falling = by_name["falling"]
    assert (falling["step"], falling["seconds"], falling["threshold"]) == (None, None, None)
    assert (falling["first"], falling["best"], falling["best_step"]) == (0.9, 0.9, 0)


@pytest.fixture
def cut_short(learning):
    """A run that failed before it had learnt anything: nine tenths of its gain came at once."""
    with (
        pytest.raises(RuntimeError),
        gitxp.start_run("lr", "cut-short") as run,
    ):
        for step, value in enumerate([0.5, 0.5001, 0.4]):
            run.log({"val/accuracy": value}, step=step)
        raise RuntimeError("out of memory")
    return run


SHARE_NOTE = (
    "a share is of each run's own gain, be that small or cut short; --to VALUE asks the same of all"
)


def test_a_run_that_did_not_finish_is_told_by_its_status(xp, cut_short):
    done = xp(*ASKED, "--to", "90%", "--sort", "name")
    _, titles, lines = table(done)
    assert " ".join(titles).split()[:3] == ["run", "name", "status"]
    by_name = {line[1]: line for line in lines}
    assert by_name["cut-short"][2:4] == ["failed", "1"]
    assert by_name["early"][2:4] == ["finished", "1"]
    found = json.loads(xp(*ASKED, "--to", "90%", "--json").stdout)
    told = {one["name"]: one["status"] for one in found}
    assert (told["cut-short"], told["early"]) == ("failed", "finished")


def test_of_a_share_it_is_shown_what_each_run_had_to_reach(xp, cut_short):
    done = xp(*ASKED, "--to", "90%")
    _, titles, lines = table(done)
    assert "threshold" in " ".join(titles).split()
    (found,) = (line for line in lines if line[1] == "cut-short")
    assert (found[2:4], found[5]) == (["failed", "1"], "0.5001")


def test_a_terminal_says_what_a_share_is_of(terminal, cut_short):
    words = ("--to", "90%")
    shown = terminal(*ASKED, *words, columns=100, NO_COLOR="1", GIT_PAGER="cat").text
    assert SHARE_NOTE in shown.splitlines()
    shown = terminal(*ASKED, *words, columns=40, NO_COLOR="1", GIT_PAGER="cat").text
    assert SHARE_NOTE in " ".join(shown.splitlines())
    assert all(len(line) <= 40 for line in shown.splitlines())
    assert "failed" in shown
    alone = ("convergence", "early", "-m", "val/accuracy")
    for asked in ((*ASKED, "--to", "0.45"), (*alone, "--to", "90%")):
        assert SHARE_NOTE not in terminal(*asked, columns=100, NO_COLOR="1", GIT_PAGER="cat").text


def test_status_and_threshold_are_shown_only_where_they_tell_something(xp, cut_short):
    shown = xp(*ASKED, "--to", "0.9", "--where", "status == 'finished'").stdout
    assert "status" not in shown
    assert "threshold" not in shown
    shown = xp(*ASKED, "--to", "0.45").stdout
    assert "failed" in shown
    assert "threshold" not in shown


def test_runs_that_are_named_stay_in_their_order(xp, learning):
    _, _, lines = table(xp("convergence", "never", "early", "-m", "val/accuracy", "--to", "0.9"))
    assert [line[1] for line in lines] == ["never", "early"]


def test_run_without_the_metric_is_told_and_stands_in_json(xp, learning):
    done = xp("convergence", "-m", "val/accuracy", "--to", "0.9")
    assert len(done.stdout.splitlines()) == 6
    assert done.stderr == "note: 1 of 5 runs without metric 'val/accuracy'\n"
    told = json.loads(xp("convergence", "-m", "val/accuracy", "--to", "0.9", "--json").stdout)
    by_name = {one["name"]: one for one in told}
    assert list(by_name)[1:3] == ["early", "late"]
    assert (by_name["apart"]["step"], by_name["apart"]["points"]) == (None, 0)
    early = by_name["early"]
    assert (early["step"], early["best"], early["best_step"], early["goal"]) == (1, 0.92, 1, "max")
    assert (early["last"], early["nonfinite"]) == (None, {"last": "nan"})
    frame = gitxp.convergence("early", "val/accuracy", 0.9).iloc[0]
    assert (early["seconds"], early["area"]) == (frame["seconds"], frame["area"])


def test_metric_without_a_goal_asks_for_one(xp, learning):
    done = xp("convergence", "-m", "zeta", "--to", "0")
    assert done.returncode == 128
    assert "nothing says whether higher or lower values of 'zeta'" in done.stderr
    assert "hint: give a goal" in done.stderr
    assert "zeta ↓ to 0.0" in xp("convergence", "-m", "zeta", "--to", "0", "--goal", "min").stdout


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("-m", "val/accuracy", "--to", "soon"), 128, "to is 'soon'"),
        (("-m", "val/acuracy", "--to", "1"), 128, "did you mean 'val/accuracy'?"),
        (("-m", "val/accuracy"), 2, "--to"),
        (("--to", "1"), 2, "--metric"),
        (("-m", "zeta", "--to", "1", "--hold", "0"), 2, "--hold"),
        (("-m", "zeta", "--to", "1", "--where", "params.lr > 9 or age < '0s'"), 128, "params.lr"),
        (("-m", "zeta", "--to", "1", "--where", "status == 'failed'"), 1, "no run fits"),
    ],
)
def test_what_cannot_be_answered_says_why(xp, learning, words, status, said):
    done = xp("convergence", *words)
    assert done.returncode == status
    assert said in done.stderr


def test_table_fits_the_terminal_and_says_what_did_not(terminal, learning):
    shown = terminal(*ASKED, "--to", "0.9", columns=50)
    assert max(map(len, shown.text.splitlines())) <= 60  # colours take no room on the screen
    assert "too narrow for" in shown.text
    assert "? guessed by name" in shown.text
    said = terminal(*ASKED, "--to", "0.9", "--goal", "max", columns=50)
    assert "guessed" not in said.text
