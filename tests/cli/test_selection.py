"""Runs are chosen by what they are, and alike in every command that takes runs."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

import gitxp
from gitxp.cli.group import git_xp
from gitxp.cli.table import ENTRIES

# They record, look after the repository, or are about experiments and remotes as a whole.
TAKE_NO_RUNS = {
    *("run", "recover", "init", "status", "undo", "doctor", "demo", "pull"),
    *("config list", "config get", "experiment list", "experiment describe"),
    *("baseline clear", "baseline show"),
}
# Runs of another repository, of which nothing is known here but their ids.
OF_A_REMOTE = {"fetch"}


@pytest.fixture
def sweep(repo_dir, monkeypatch):
    """Four runs of two experiments, `lr-0` the oldest."""
    monkeypatch.chdir(repo_dir)
    made = []
    for number in range(4):
        experiment = "plain" if number < 3 else "other/deep"
        with gitxp.start_run(experiment, f"lr-{number}", params={"lr": number / 10}) as run:
            run.log({"loss": (number - 1) ** 2})
            run.log_text("x", "kept.txt")
        made.append(run)
    return made


def tagged(key):
    frame = gitxp.runs(f"has(tags.{key})", sort="name")
    return list(frame["name"])


def commands():
    """Yield every command by its words, those of a group as well."""
    for entry in ENTRIES:
        command = git_xp.get_command(None, entry.name)
        for name, inner in getattr(command, "commands", {"": command}).items():
            yield f"{entry.name} {name}".strip(), inner


def test_every_command_that_takes_runs_says_alike_how_they_are_chosen():
    known = {
        words: {name for param in command.params for name in param.opts}
        for words, command in commands()
    }
    without = {words for words, names in known.items() if "--where" not in names}
    assert without == TAKE_NO_RUNS | OF_A_REMOTE
    options = {"--where", "--sort", "--limit", "--experiment"}
    lacking = {words for words, names in known.items() if not names >= options}
    assert lacking == without | {"log"}  # a story is of one experiment, in the order of time


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["--where", "params.lr > 0.05 and experiment == 'plain'"], ["lr-1", "lr-2"]),
        (["-e", "other"], ["lr-3"]),
        (["--sort", "metrics.loss", "-n", "2"], ["lr-1", "lr-2"]),
        (["--limit", "1"], ["lr-3"]),
        (["lr-0", "lr-1", "--where", "metrics.loss == 0"], ["lr-1"]),
        (["lr-2", "lr-0", "lr-1", "-n", "1"], ["lr-2"]),
        ([], ["lr-3"]),
    ],
    ids=" ".join,
)
def test_runs_are_chosen_by_what_they_are(xp, sweep, words, chosen):
    assert xp("tag", "seen", *words).returncode == 0
    assert tagged("seen") == chosen


@pytest.mark.parametrize(
    "words",
    [["tag", "x"], ["note", "-m", "x"], ["verdict", "confirmed"], ["keep"], ["remove", "--yes"],
     ["metrics"], ["show"], ["artifact", "list"], ["artifact", "get"], ["diff"],
     ["rename", "x"], ["baseline", "set"], ["show", "lr-0"],
     ["diff", "lr-0", "lr-1"], ["rename", "lr-0", "x"], ["baseline", "set", "lr-0"]],
    ids=" ".join,
)  # fmt: skip
def test_where_no_run_fits_nothing_is_done_and_the_answer_is_no(xp, sweep, words):
    before = gitxp.runs()
    done = xp(*words, "--where", "params.lr > 7")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "no run fits\n")
    pd.testing.assert_frame_equal(gitxp.runs(), before)
    assert json.loads(xp("baseline", "show", "--json").stdout) == []


@pytest.mark.parametrize("command", ["remove", "verify", "log", "metrics", "keep"])
def test_mistake_in_a_filter_is_shown_where_it_is(xp, sweep, command):
    done = xp(command, "--where", "params.lr > 0 and params.lrr > 1")
    assert (done.returncode, done.stdout) == (128, "")
    assert done.stderr == (
        "error: no run has 'params.lrr'\n"
        "  params.lr > 0 and params.lrr > 1\n"
        "                    ^^^^^^^^^^\n"
        "hint: did you mean params.lr?\n"
    )


def test_what_is_said_of_chosen_runs_can_be_taken_back(xp, sweep):
    done = xp("verdict", "refuted", "--where", "metrics.loss > 0", "-e", "plain")
    assert done.stdout.startswith("judged 2 runs (")
    log = json.loads(xp("undo", "--list", "--json").stdout)
    assert log[0]["command"] == (
        "git xp verdict refuted --experiment plain --where 'metrics.loss > 0'"
    )
    assert list(gitxp.runs(sort="name")["verdict"].fillna("")) == ["refuted", "", "refuted", ""]
    assert xp("undo").returncode == 0
    assert gitxp.runs()["verdict"].isna().all()


def test_secret_in_a_filter_does_not_enter_the_log_of_operations(xp, sweep):
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    assert xp("keep", "--where", f"name != '{secret}'").returncode == 0
    assert secret not in xp("undo", "--list", "--json").stdout


def test_removal_says_first_what_it_would_take(xp, terminal, sweep):
    where = ("--where", 'metrics.loss > 0 and experiment == "plain"')
    lines = [f"would move to the trash: {run.id.short} plain {run.name}" for run in sweep[2::-2]]
    assert xp("remove", *where, "--dry-run").stdout.splitlines() == lines
    refused = xp("remove", *where)
    assert refused.returncode == 128
    assert refused.stderr.splitlines() == [
        *lines,
        "error: there is no terminal to ask for confirmation",
        "hint: git xp remove --where 'metrics.loss > 0 and experiment == \"plain\"' --yes",
    ]
    asked = terminal("remove", *where, typed="n\n")
    assert asked.status == 1
    assert all(line in asked.text.splitlines() for line in lines)
    assert len(gitxp.runs()) == 4
    hint = refused.stderr.splitlines()[-1].removeprefix("hint: git xp ")
    typed = f"{sys.executable} -m gitxp {hint}"
    done = subprocess.run(["bash", "-c", typed], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("moved 2 runs (")
    assert list(gitxp.runs(sort="name")["name"]) == ["lr-1", "lr-3"]
    assert xp("undo").returncode == 0
    assert len(gitxp.runs()) == 4


def test_chosen_runs_are_removed_for_good(xp, sweep):
    done = xp("remove", "--purge", "--yes", "--limit", "1", "--sort", "started")
    assert done.returncode == 0
    assert done.stderr == f"would delete for good: {sweep[0].id.short} plain lr-0\n"
    assert list(gitxp.runs(sort="name")["name"]) == ["lr-1", "lr-2", "lr-3"]


def first_of(number, run, called):
    return f"note: this is the first of {number} runs that fit: {run.id.short} {called}\n"


def test_page_of_one_run_is_that_of_the_first(xp, sweep):
    best = ("--sort=-metrics.loss", "--where", "has(params.lr)")
    done = xp("show", "--json", *best)
    assert json.loads(done.stdout)["name"] == "lr-3"
    assert done.stderr == first_of(4, sweep[3], "other/deep lr-3")
    done = xp("artifact", "list", "--json", *best, "-n", "1")
    assert [one["path"] for one in json.loads(done.stdout)] == ["kept.txt"]
    assert done.stderr == ""


PLAIN = ("-e", "plain", "--sort", "-metrics.loss")


def test_gate_is_asked_of_the_first_that_fits(xp, sweep):
    asked = ("gate", "--metric", "loss", "--goal", "min", "--json")
    done = xp(*asked, "--against", "lr-1", *PLAIN)
    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, first_of(3, sweep[2], "plain lr-2"))
    assert (told["run"], told["against"]) == (str(sweep[2].id), str(sweep[1].id))
    done = xp(*asked, "--against", "lr-0", "lr-1", "--where", "metrics.loss < 1")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["run"] == str(sweep[1].id)


@pytest.mark.parametrize("which", [["--where", "params.lr > 7"], ["-n", "0"]], ids=" ".join)
def test_where_no_run_fits_the_gate_gives_no_answer(xp, sweep, which):
    for form in ([], ["--json"]):
        done = xp("gate", "--metric", "loss", "--against", "lr-1", *which, *form)
        assert (done.returncode, done.stdout) == (128, "")
        assert done.stderr == "error: no run fits: expected one to judge\nhint: git xp list\n"


def test_where_there_are_no_runs_the_gate_gives_no_answer(xp, repo_dir, git):
    git("remote", "add", "origin", "elsewhere.git", cwd=repo_dir)
    for among, lists in (([], "git xp list"), (["-r", "origin"], "git xp list --remote origin")):
        done = xp("gate", "--metric", "loss", "--limit", "1", *among)
        assert (done.returncode, done.stdout) == (128, "")
        assert done.stderr.endswith(f"error: no run fits: expected one to judge\nhint: {lists}\n")


def test_code_is_shown_of_the_first_that_fits_or_of_two_that_do(xp, sweep, repo_dir):
    (repo_dir / "train.py").write_text("new = 1\n")
    xp("run", "-e", "plain", "--name", "edited", "--param", "lr=9", "--", "true")
    shown = xp("diff", "edited").stdout
    assert "+new = 1" in shown
    done = xp("diff", "--sort=-params.lr", "-e", "plain", "--stat", "--", "train.py")
    assert (done.returncode, done.stderr) == (
        0,
        first_of(4, gitxp.get_run("edited"), "plain edited"),
    )
    assert "train.py" in done.stdout
    assert xp("diff", "lr-0", "--where", "params.lr < 1").stdout == ""
    both = xp("diff", "lr-0", "edited", "--where", "has(params.lr)")
    assert (both.stdout, both.stderr) == (xp("diff", "lr-0", "edited").stdout, "")
    one = xp("diff", "lr-0", "edited", "--where", "params.lr > 1")
    assert one.stdout == shown
    assert one.stderr == "note: only run 'edited' fits: this is its uncommitted code\n"
    for other in ("edited", gitxp.get_run("edited").id.short):
        same = xp("diff", "edited", other, "--where", "params.lr > 1")
        assert (same.returncode, same.stdout, same.stderr) == (0, "", "")


def test_files_are_brought_out_of_the_first_that_fits(xp, sweep, repo_dir):
    done = xp("artifact", "get", *PLAIN, "kept.txt", "-o", "out")
    assert (done.returncode, done.stderr) == (0, first_of(3, sweep[2], "plain lr-2"))
    assert (repo_dir / "out" / "kept.txt").read_text() == "x"
    assert xp("artifact", "get", *PLAIN, "-n", "1", "-o", "all").returncode == 0
    assert (repo_dir / "all" / "kept.txt").exists()
    done = xp("artifact", "get", "lr-0", "-n", "1")
    assert (done.returncode, done.stdout) == (128, "")
    assert done.stderr.startswith("error: run 'lr-3' has no artifact 'lr-0'")
    assert xp("artifact", "get").stderr.startswith("error: expected a RUN, or which one by --where")


@pytest.mark.parametrize("words", [["rename", "new"], ["baseline", "set"]], ids=" ".join)
def test_what_changes_one_run_takes_none_of_several_by_chance(xp, sweep, words):
    plain = ("--where", 'experiment == "plain"')
    done = xp(*words, *plain)
    assert (done.returncode, done.stdout) == (128, "")
    assert done.stderr == (
        "error: 3 runs fit (lr-2, lr-1, lr-0): expected one\n"
        "hint: --sort COLUMN --limit 1 takes the first of them\n"
    )
    done = xp(*words, *plain, "--sort", "metrics.loss")
    assert done.stderr.endswith("hint: --limit 1 takes the first of them\n")
    assert xp(*words, *plain, "--sort", "metrics.loss", "--limit", "1").returncode == 0
    renamed = gitxp.get_run(sweep[1].id).name
    chosen = json.loads(xp("baseline", "show", "--json").stdout)
    expected = ("new", []) if words[0] == "rename" else ("lr-1", [str(sweep[1].id)])
    assert (renamed, [one["run"] for one in chosen]) == expected


def test_names_of_runs_that_are_changed_are_narrowed_down(xp, sweep):
    assert xp("rename", "lr-1", "new", "--where", "metrics.loss == 0").returncode == 0
    assert gitxp.get_run(sweep[1].id).name == "new"
    log = json.loads(xp("undo", "--list", "--json").stdout)
    assert log[0]["command"] == f"git xp rename {sweep[1].id.short} new"
    assert xp("baseline", "set", "lr-0", "-n", "1", "-q").returncode == 0
    log = json.loads(xp("undo", "--list", "--json").stdout)
    assert log[0]["command"] == "git xp baseline set lr-0"


def test_experiment_says_whose_baseline_a_run_becomes_and_not_which_run(xp, sweep):
    best = ("--where", "params.lr < 0.05", "-e", "other/deep")
    assert xp("baseline", "set", *best).returncode == 0
    (chosen,) = json.loads(xp("baseline", "show", "--json").stdout)
    assert (chosen["experiment"], chosen["run"]) == ("other/deep", str(sweep[0].id))
    log = json.loads(xp("undo", "--list", "--json").stdout)
    assert log[0]["command"] == (f"git xp baseline set {sweep[0].id.short} --experiment other/deep")
    done = xp("baseline", "set", "-e", "plain")
    assert done.returncode == 2
    assert done.stderr.startswith("error: expected a RUN, or which one by --where")


def test_one_run_of_a_damaged_repository_is_read_with_a_warning(xp, sweep, repo_dir, git):
    broken = f"refs/experiments/plain/{sweep[0].id}"
    git("update-ref", broken, "HEAD", cwd=repo_dir)
    for words in (["diff"], ["artifact", "list"], ["artifact", "get"], ["show"]):
        done = xp(*words, "--limit", "1")
        assert (done.returncode, broken in done.stderr) == (128, True), words
    assert xp("diff", "lr-1").stderr == ""


def test_story_is_told_of_those_that_fit(xp, sweep):
    lines = xp("log", "plain", "--oneline", "--where", "metrics.loss < 1").stdout.splitlines()
    assert [sweep[1].id.short in line for line in lines] == [True]
    done = xp("log", "--where", "params.lr > 7")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no run fits\n")


def test_points_of_those_that_fit_are_shown(xp, sweep):
    points = json.loads(xp("metrics", "-e", "plain", "--sort", "params.lr", "--json").stdout)
    assert [point["run"] for point in points] == [str(run.id) for run in sweep[:3]]


def test_what_cannot_be_read_is_verified_whatever_is_asked(xp, sweep, repo_dir, git):
    checked = json.loads(xp("verify", "--json", "--where", "params.lr > 0.15").stdout)
    assert (checked["ok"], checked["checked"]["runs"]) == (True, 2)
    broken = f"refs/experiments/plain/{sweep[0].id}"
    git("update-ref", broken, "HEAD", cwd=repo_dir)
    done = xp("verify", "--json", "--where", "params.lr > 0.15")
    assert done.returncode == 1
    assert {flaw["ref"] for flaw in json.loads(done.stdout)["failures"]} == {broken}
    assert xp("verify", "-e", "plain").returncode == 1
    assert xp("verify", "-e", "other").returncode == 0
    assert xp("verify", "lr-1", "-n", "1").returncode == 2


def test_runs_of_a_damaged_repository_are_chosen_with_a_warning(xp, sweep, repo_dir, git):
    broken = f"refs/experiments/plain/{sweep[0].id}"
    git("update-ref", broken, "HEAD", cwd=repo_dir)
    done = xp("tag", "seen", "--where", "has(params.lr)")
    assert (done.returncode, done.stderr.count(f"warning: {broken}: ")) == (128, 1)
    with pytest.warns(gitxp.GitxpWarning, match=broken):
        assert tagged("seen") == ["lr-1", "lr-2", "lr-3"]


@pytest.mark.parametrize(
    "words",
    [["note", "-m", "x"], ["verdict", "confirmed"], ["keep"], ["rename", "x"], ["baseline", "set"],
     ["remove", "--dry-run"], ["remove", "--yes"], ["remove", "--purge", "--yes"]],
    ids=" ".join,
)  # fmt: skip
def test_what_changes_runs_does_not_end_well_where_one_may_be_missing(
    xp, sweep, repo_dir, git, words
):
    broken = f"refs/experiments/plain/{sweep[0].id}"
    git("update-ref", broken, "HEAD", cwd=repo_dir)
    done = xp(*words, "--where", "name == 'lr-3'")
    assert (done.returncode, done.stderr.count(f"warning: {broken}: ")) == (128, 1)
    assert sweep[3].id.short in done.stdout
    none = xp(*words, "--where", "name == 'lr-0'")  # which is the one
    assert (none.returncode, none.stdout) == (128, "")
    assert none.stderr.startswith(f"warning: {broken}: ")
    assert none.stderr.endswith("no run fits\n")


def test_what_is_said_of_runs_by_their_names_ends_well_whatever_else_is_damaged(
    xp, sweep, repo_dir, git
):
    git("update-ref", f"refs/experiments/plain/{sweep[0].id}", "HEAD", cwd=repo_dir)
    for words in (["tag", "seen", "lr-1"], ["keep", "-e", "other"], ["remove", "lr-2", "--yes"]):
        done = xp(*words)
        assert (done.returncode, done.stderr) == (0, ""), words


def test_removal_of_nothing_in_particular_is_wrong_usage(xp, sweep):
    done = xp("remove", "--yes")
    assert done.returncode == 2
    assert done.stderr.startswith("error: expected a RUN, or which runs by --where")
