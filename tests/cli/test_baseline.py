"""`git xp baseline` chooses against which run others are measured, and all commands tell of it."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys

import pytest

import gitxp
from gitxp.errors import GitxpWarning
from gitxp.model.identity import ExperimentName
from gitxp.storage.events.about import read_about
from gitxp.storage.merge import Merged, Tip, merge_records
from gitxp.storage.odb.objects import write_loose
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import about_ref
from gitxp.storage.repository import open_repository

LR = ExperimentName("lr")
SINGLE = "on baseline: of two single runs; whether more than noise: git xp log"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def record(name, accuracy, experiment="lr", **more):
    with gitxp.start_run(experiment, name, params={"net": name}, **more) as run:
        run.log({"val/acc": accuracy, "train/loss": 1 - accuracy})
    return run.id


@pytest.fixture
def measured(xp):
    """A baseline, a run that is better, and one that is worse."""
    base = record("base", 0.8)
    assert xp("baseline", "set", "base", "-q").returncode == 0
    return base, record("good", 0.9), record("bad", 0.7)


def shown(xp, *words):
    done = xp("baseline", "show", *words, "--json")
    assert done.returncode == 0
    return json.loads(done.stdout)


def listed(xp, *words):
    return {one["name"]: one for one in json.loads(xp("list", "--json", *words).stdout)}


def test_a_baseline_of_which_hardly_anything_can_be_said_is_taken_with_a_note(xp):
    record("sound", 0.8)
    assert xp("baseline", "set", "sound").stderr == ""
    record("nan", math.nan)
    with pytest.raises(ZeroDivisionError), gitxp.start_run("lr", "broken") as run:
        run.log({"val/acc": math.inf})
        _ = 1 / 0
    for name, told in (("nan", "has val/acc nan"), ("broken", "is failed and has val/acc inf")):
        done = xp("baseline", "set", name)
        assert done.returncode == 0
        (base,) = shown(xp)
        assert base["name"] == name
        note = f"note: run {base['run'][:7]} {told}: git xp gate takes no such run\n"
        assert done.stderr == note
        record(f"next to {name}", 0.9)
        refused = xp("gate", "--metric", "val/acc")
        assert (refused.returncode, refused.stdout) == (128, "")


def test_the_word_baseline_means_the_one_in_force_wherever_a_run_is_taken(xp, measured):
    _, good, _ = measured
    record("alone", 0.85, baseline=False)
    assert xp("baseline", "set", "good", "-q").returncode == 0
    for words in (
        ("list", "--json"),
        ("log", "--json"),
        ("show", "bad", "--json"),
        ("compare", "alone", "bad", "--json"),
        ("groups", "--json"),
    ):
        by_word, by_id = (xp(*words, "--baseline", one) for one in ("baseline", good))
        assert (by_word.returncode, by_word.stderr) == (0, "")
        assert json.loads(by_word.stdout) == json.loads(by_id.stdout)
        assert by_word.stdout != xp(*words).stdout
    other = record("baseline", 0.1)
    told = json.loads(xp("show", "bad", "--json", "--baseline", "baseline").stdout)
    assert told["outcomes"][0]["difference"] == pytest.approx(0.6)  # a run that is called so
    assert xp("remove", other, "--yes", "-q").returncode == 0


def test_the_word_baseline_that_means_no_run_or_several_is_refused_with_what_to_type(xp):
    first = record("first", 0.8, experiment="a")
    record("second", 0.9, experiment="b")
    for words in (["list"], ["log"], ["groups"], ["compare", "first", "second"]):
        done = xp(*words, "--baseline", "baseline")
        assert (done.returncode, done.stdout) == (128, "")
        assert done.stderr == (
            "error: none of 2 experiments has a baseline in force\n"
            "hint: git xp baseline set RUN, or name a run: --baseline RUN\n"
        )
    assert "error: b has no baseline in force\n" in xp("show", "--baseline", "baseline").stderr
    assert xp("baseline", "set", "first", "-q").returncode == 0
    done = xp("groups", "--baseline", "baseline")
    assert (done.returncode, done.stdout) == (128, "")
    assert done.stderr == (
        "error: the runs are of 2 experiments, which have no baseline in common\n"
        f"hint: name a run, such as: --baseline {first[:7]}\n"
    )
    assert xp("groups", "--baseline", "baseline", "-e", "a").returncode == 0


def test_choice_is_told_with_the_way_back(xp, measured):
    base, good, _ = measured
    done = xp("baseline", "set", "good")
    short = good[:7]
    told = f"runs of lr are measured against run {short} lr good; undo: git xp undo "
    assert done.stdout.startswith(told)
    assert [one["run"] for one in shown(xp)] == [good]
    xp("undo", "-q")
    assert [one["run"] for one in shown(xp)] == [base]


def test_show_tells_results_and_history(xp, measured):
    base, good, _ = measured
    xp("baseline", "set", "good", "-q")
    xp("baseline", "clear", "-q")
    xp("baseline", "set", "base", "-q")
    lines = xp("baseline", "show", "lr").stdout.splitlines()
    assert lines[:2] == ["experiment lr", f"baseline: {base[:7]} base"]
    assert lines[2].startswith("chosen:   by Ada Lovelace, ")
    assert lines[3:5] == ["metrics:  val/acc ↑? 0.8", "          train/loss ↓? 0.2"]
    assert [line.split(",")[0] for line in lines[5:8]] == [
        "before:   none",
        f"          {good[:7]} good",
        f"          {base[:7]} base",
    ]
    (told,) = shown(xp, "lr")
    assert [choice["run"] for choice in told["history"]] == [base, good, None, base]
    assert (told["name"], told["is_here"]) == ("base", True)
    assert told["metrics"][0] == {
        "metric": "val/acc", "value": 0.8, "goal": "max", "guessed": True
    }  # fmt: skip


def test_clear_means_the_only_one_and_asks_where_there_are_several(xp, measured):
    other = record("other", 0.5, "wd")
    xp("baseline", "set", "other", "-q")
    done = xp("baseline", "clear")
    assert (done.returncode, done.stdout) == (2, "")
    assert "several experiments have a baseline: expected one of lr, wd" in done.stderr
    assert xp("baseline", "clear", "lr").stdout.startswith("runs of lr are measured against none;")
    assert [one["run"] for one in shown(xp, "wd")] == [other]
    assert xp("baseline", "clear").stdout.startswith("runs of wd are measured against none;")
    done = xp("baseline", "clear")
    assert (done.returncode, done.stderr) == (
        0, "nothing was said: no experiment has a baseline\n"
    )  # fmt: skip


def test_what_is_so_already_is_not_said_again(xp, measured, repo_dir):
    before = read_about(open_repository(repo_dir), LR)
    done = xp("baseline", "set", "base")
    assert (done.returncode, done.stderr) == (
        0, "nothing was said: it is the baseline already\n"
    )  # fmt: skip
    assert read_about(open_repository(repo_dir), LR) == before


def test_run_of_another_experiment_may_be_the_baseline(xp, measured):
    done = xp("baseline", "set", "base", "-e", "New One")
    assert done.stderr == "note: the experiment new-one has no run yet\n"
    record("first", 0.9, "New One")
    assert listed(xp)["first"]["baseline"] == measured[0]
    assert "+0.1" in xp("list", "-e", "new-one").stdout


def test_unknown_run_and_experiment_are_errors_with_hints(xp, measured):
    done = xp("baseline", "set", "bsae")
    assert (done.returncode, done.stdout) == (128, "")
    assert "did you mean 'base'?" in done.stderr
    for verb in ("show", "clear"):
        done = xp("baseline", verb, "lrr")
        assert (done.returncode, done.stdout) == (128, "")
        assert "hint: did you mean 'lr'?" in done.stderr


def test_json_of_a_choice_is_the_operation(xp, measured):
    told = json.loads(xp("baseline", "set", "good", "--json").stdout)
    assert told["command"] == "git xp baseline set good"
    assert [one["ref"] for one in told["said"]] == ["refs/experiments/lr/about"]


def test_nothing_chosen_says_how(xp):
    record("base", 0.8)
    for words in ((), ("lr",)):
        done = xp("baseline", "show", *words)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.endswith("choose one with: git xp baseline set RUN\n")
    assert shown(xp) == []


def test_list_tells_the_difference_in_the_first_metric(xp, measured):
    lines = [line.split() for line in xp("list").stdout.splitlines()]
    column = [line[-2:] for line in lines]
    assert column[0] == ["on", "baseline"]
    assert [one[-1] for one in column[1:3]] == ["-0.1", "+0.1"]
    assert lines[3][1] == "base"
    assert not lines[3][-1].startswith(("+", "-"))
    assert lines[4:] == [SINGLE.split()]


def test_list_says_what_its_differences_do_not(terminal, xp, measured):
    assert SINGLE not in xp("list", "--where", 'name == "base"').stdout
    coloured = terminal("list", columns=200, NO_COLOR="", GIT_PAGER="cat").text
    assert "\x1b[32mfinished" in coloured
    assert "m+0.1" not in coloured  # green would say that it is better
    narrow = terminal("list", columns=60, NO_COLOR="1", GIT_PAGER="cat").text
    assert "on baseline: of two single runs; whether more than noise:\ngit xp log\n" in narrow
    narrower = terminal("list", columns=40, NO_COLOR="1", GIT_PAGER="cat").text
    assert "on baseline)" in narrower  # too narrow for it
    assert "of two single runs" not in narrower


def test_list_has_no_such_column_where_no_shown_run_has_a_baseline(xp, measured):
    assert "on baseline" not in xp("list", "--where", 'name == "base"').stdout


def test_list_compares_all_with_the_run_that_is_asked_for(xp, measured):
    base, _, bad = measured
    lines = [line.split() for line in xp("list", "--baseline", "bad").stdout.splitlines()]
    assert [line[-1] for line in lines[2:4]] == ["+0.2", "+0.1"]
    rows = listed(xp, "--baseline", "bad")
    assert rows["good"]["measured_against"] == bad
    assert rows["good"]["baseline"] == base
    outcome = rows["good"]["outcomes"][0]
    assert (outcome["metric"], outcome["baseline"], outcome["better"]) == ("val/acc", 0.7, True)
    assert outcome["difference"] == pytest.approx(0.2)
    assert rows["bad"]["measured_against"] is None
    assert outcome["over_seeds"]["conclusion"] == "cannot be said"
    assert rows["bad"]["outcomes"][0]["difference"] is None
    assert rows["bad"]["outcomes"][0]["over_seeds"] is None
    assert "outcomes" not in listed(xp)["good"]


def test_show_tells_the_difference_of_every_metric(xp, measured):
    text = xp("show", "good").stdout
    assert f"baseline:     {measured[0][:7]} base\n" in text
    assert "1 point  +0.1 on baseline, better\n" in text
    assert "1 point  -0.1 on baseline, better\n" in text
    told = json.loads(xp("show", "bad", "--json").stdout)
    assert told["measured_against"] == measured[0]
    assert [(one["metric"], one["better"]) for one in told["outcomes"]] == [
        ("val/acc", False),
        ("train/loss", False),
    ]
    text = xp("show", "good", "--baseline", "bad").stdout
    assert f"against:      {measured[2][:7]} bad\n" in text
    assert "+0.2 on baseline, better" in text


def test_log_compares_with_the_run_that_is_asked_for(xp, measured):
    lines = xp("log", "--oneline", "--baseline", "bad").stdout.splitlines()
    assert [line.rpartition(" · ")[2] for line in lines] == [
        "val/acc ↑? 0.7",
        "val/acc ↑? 0.9 (+0.2 on baseline, better by one run)",
        "val/acc ↑? 0.8 (+0.1 on baseline, better by one run)",
    ]
    told = json.loads(xp("log", "--json", "--baseline", "bad").stdout)
    assert [one["measured_against"] for one in told] == [None, measured[2], measured[2]]


def test_baseline_that_was_removed_is_named_and_fails_nothing(xp, measured, repo_dir):
    base = measured[0]
    xp("remove", "base", "--yes", "-q")
    record("later", 0.85)
    away = f"{base[:7]}, which is not here"
    for words in (["show", "good"], ["log"], ["status"], ["baseline", "show"]):
        done = xp(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert away in done.stdout, words
    assert "on baseline" not in xp("list").stdout
    assert {row["baseline"] for row in listed(xp).values()} == {base}
    (told,) = shown(xp)
    assert (told["run"], told["is_here"], told["name"], told["metrics"]) == (base, False, None, [])
    xp("undo", "-q")
    assert "on baseline" in xp("list").stdout


def test_running_baseline_is_compared_as_it_stands(xp):
    with gitxp.start_run("lr", "base") as base:
        base.log({"val/acc": 0.5})
        xp("baseline", "set", "base", "-q")
        with gitxp.start_run("lr", "next", parent=base) as run:
            run.log({"val/acc": 0.75})
        assert "+0.25" in xp("list").stdout
        assert "+0.25 on baseline" in xp("show", "next").stdout


def test_status_and_experiments_name_the_baseline_in_force(xp, measured):
    base = measured[0]
    assert xp("status").stdout.splitlines()[-2:] == ["baselines:", f"  lr: {base[:7]} base"]
    (told,) = json.loads(xp("status", "--json").stdout)["baselines"]
    assert (told["experiment"], told["run"]) == ("lr", base)
    (experiment,) = json.loads(xp("experiment", "list", "--json").stdout)
    assert experiment["baseline"] == base
    assert base[:7] in xp("experiment", "list").stdout
    xp("baseline", "clear", "-q")
    assert xp("status").stdout == "nothing is running, and every run is recorded\n"
    assert json.loads(xp("experiment", "list", "--json").stdout)[0]["baseline"] is None


def test_values_that_are_not_finite_compare_with_nothing_better(xp):
    base = record("base", 0.8)
    record("nan", float("nan"), baseline=base)
    record("infinite", float("inf"), baseline=base)
    for name in ("nan", "infinite"):
        shown = xp("show", name).stdout
        assert "not finite\n" in shown
        assert "on baseline" not in shown
        assert "better" not in shown
    told = json.loads(xp("show", "nan", "--json").stdout)
    assert told["outcomes"][0]["better"] is None


def fetch(git, here, there, *, into="refs/experiments/"):
    spec = f"refs/experiments/*:{into}*"
    git("fetch", "--quiet", "--no-tags", str(there), spec, cwd=here)


def tip(git, top, oid):
    seconds = int(git("log", "-1", "--format=%ct", oid, cwd=top))
    return Tip(oid, seconds, None, RecordReader(open_repository(top)).entries(oid))


def test_of_two_clones_choices_the_later_counts_and_both_are_kept(
    xp, measured, repo_dir, tmp_path, git, monkeypatch
):
    base, good, bad = measured
    other = tmp_path / "other"
    git("clone", "--quiet", str(repo_dir), str(other), cwd=tmp_path)
    fetch(git, other, repo_dir)
    xp("baseline", "set", "good", "-q")
    words = [sys.executable, "-m", "gitxp", "baseline", "set", "bad", "-q"]
    subprocess.run(words, cwd=other, check=True)
    fetch(git, repo_dir, other, into="refs/gitxp/incoming/other/")
    refs = (about_ref(LR), f"refs/gitxp/incoming/other/{LR}/about")
    ours, theirs = git("rev-parse", *refs, cwd=repo_dir).split()
    (common,) = git("merge-base", "--all", ours, theirs, cwd=repo_dir).split()
    tips = [tip(git, repo_dir, oid) for oid in (ours, theirs, common)]
    merged = merge_records(tips[0], tips[1], tips[2:])
    assert isinstance(merged, Merged)
    for made in merged.objects:
        write_loose(repo_dir / ".git/objects", made)
    git("update-ref", about_ref(LR), merged.commit.oid, ours, cwd=repo_dir)
    (told,) = shown(xp)
    assert [choice["run"] for choice in told["history"]] == [base, good, bad]
    assert gitxp.get_run(record("after", 0.9)).baseline == bad


def test_hostile_name_of_a_baseline_moves_no_terminal(xp, repo_dir):
    base = record("X\u202e\u2066\u200b", 0.8)
    xp("baseline", "set", base, "-q")
    run = record("next", 0.9)
    for words in (["baseline", "show"], ["status"], ["show", run], ["log"]):
        text = xp(*words).stdout
        assert "\u202e" not in text
        assert "\u200b" not in text
        assert "X\\u202e" in text, words


def test_narrow_terminal_is_enough(terminal, xp, measured):
    for words in (("baseline", "show"), ("baseline", "set", "good"), ("list",), ("status",)):
        done = terminal(*words, columns=40)
        assert done.status == 0
    for line in COLOURS.sub("", terminal("list", columns=40).text).splitlines():
        assert len(line) <= 40


def test_command_that_is_recorded_tells_once_on_a_terminal_that_there_is_none(terminal, xp):
    words = ("run", "-e", "lr", "--", "true")
    assert "baseline" not in terminal(*words).text
    assert "baseline" not in terminal(*words[:1], "-q", *words[1:]).text
    assert "baseline" not in xp(*words).stderr
    assert "git xp baseline set RUN" in terminal(*words).text
    assert "baseline" not in terminal(*words).text


EVENT = "0000000000000042-c0ffee00c0ffee00c0ffee00c0ffee00.toml"


def no_event(repo_dir, git):
    """Return a tree in which an event is a file of another kind."""
    made = git("hash-object", "-w", "train.py", cwd=repo_dir).strip()
    for kind, name in (("100644 blob", EVENT), ("040000 tree", "c0"), ("040000 tree", "events")):
        entry = f"{kind} {made}\t{name}\n"
        command = ["git", "mktree"]
        done = subprocess.run(command, cwd=repo_dir, input=entry, text=True, capture_output=True)
        made = done.stdout.strip()
    return made


@pytest.fixture(params=["no event", "nothing said", "gone"])
def damaged(request, xp, measured, repo_dir, git):
    """The record of the experiment `lr` is damaged, that of `other` is not."""
    record("other", 0.5, experiment="other")
    assert xp("baseline", "set", "other", "-q").returncode == 0
    if request.param == "no event":
        tree = no_event(repo_dir, git)
    else:
        tree = git("hash-object", "-w", "-t", "tree", "/dev/null", cwd=repo_dir).strip()
    broken = git("commit-tree", "-m", "broken", tree, cwd=repo_dir).strip()
    git("update-ref", about_ref(LR), broken, cwd=repo_dir)
    if request.param == "gone":
        (repo_dir / ".git/objects" / broken[:2] / broken[2:]).unlink()
    return about_ref(LR)


def test_damaged_record_of_an_experiment_is_named_and_others_are_shown(xp, damaged):
    for words in (("baseline", "show"), ("status",), ("experiment", "list")):
        done = xp(*words, "--json")
        assert (done.returncode, done.stderr.count(f"warning: {damaged}: ")) == (128, 1), words
        assert "other" in done.stdout
    own = xp("baseline", "show", "lr")
    assert (own.returncode, own.stdout) == (128, "")
    assert damaged in own.stderr
    assert "no baseline" not in own.stderr
    with pytest.warns(GitxpWarning, match="the baseline of lr cannot be read"):
        record("later", 0.9)


def test_doctor_names_the_damaged_record_of_an_experiment(xp, damaged):
    done = xp("doctor")
    assert done.returncode == 1
    assert f"error damaged-experiment: {damaged}: " in done.stdout
