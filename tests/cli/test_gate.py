"""`git xp gate` says yes or no only where that can be said, and otherwise why neither."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import pytest

import gitxp


@pytest.fixture(autouse=True)
def inside(repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)


def record(name, accuracy, *, experiment="lr", seed=None, lr=0.1, data=None, **more):
    with gitxp.start_run(experiment, name, params={"lr": lr}, seeds=seed, **more) as run:
        if data is not None:
            run.log_dataset("digits", version=data)
        run.log({"val/acc": accuracy, "zeta": accuracy})
    return run.id


def group(name, accuracies, **more):
    """Runs that differ by seeds alone."""
    return [record(name, one, seed=seed, **more) for seed, one in enumerate(accuracies)]


def base(xp, *accuracies):
    runs = group("base", accuracies or [0.8], lr=0.1)
    assert xp("baseline", "set", runs[-1], "-q").returncode == 0
    return runs


def gate(xp, *words, metric="val/acc"):
    done = xp("gate", *words, "--metric", metric, "--json")
    assert done.stderr == ""
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["passes"] else 1)
    return answer


def refused(xp, *words, metric="val/acc"):
    done = xp("gate", *words, "--metric", metric)
    assert (done.returncode, done.stdout) == (128, "")
    return done.stderr


NOISY = [0.80, 0.81, 0.79, 0.805, 0.795]


def test_status_and_answer_say_the_same(xp):
    base(xp)
    record("next", 0.81, lr=0.2)
    assert gate(xp)["passes"] is True
    assert gate(xp, "--min-gain", "2%")["passes"] is False
    (metric,) = gate(xp, "--goal", "min")["metrics"]
    assert (metric["passes"], metric["goal"], metric["p"]) == (False, "min", None)


def test_over_seeds_a_difference_within_the_noise_is_none(xp):
    base(xp, *NOISY)
    group("other", NOISY, experiment="other", lr=0.2)
    group("next", [one + 0.001 for one in NOISY], lr=0.2)
    assert gate(xp, "--seeds", "5")["passes"] is True
    (metric,) = gate(xp, "--seeds", "5", "--min-gain", "0.0005")["metrics"]
    assert (metric["n"], metric["n_against"], metric["by_seeds"]) == (5, 5, True)
    assert metric["passes"] is False


def test_summary_is_markdown_that_says_what_it_rests_on(xp):
    (first,) = base(xp)
    run = record("next", 0.9, lr=0.2)
    text = xp("gate", "--metric", "val/acc", "--metric", "zeta", "--goal", "max").stdout
    lines = text.splitlines()
    assert lines[0] == "### Gate: passed"
    assert lines[2] == f"Run {run[:7]} lr next against its baseline {first[:7]} lr base."
    assert lines[4:6] == [
        "| metric | run | against | gain | asked for | |",
        "|---|---|---|---|---|---|",
    ]
    assert lines[6] == "| val/acc ↑ | 0.9 | 0.8 | +0.1 | no worse | yes |"
    assert lines[-1].startswith(
        "- One run on either side: whether the difference is more than noise"
    )
    group("many", NOISY, lr=0.3)
    base(xp, *NOISY)
    text = xp("gate", "many", "--metric", "val/acc", "--against", "@", "--min-gain", "1%").stdout
    assert "### Gate: not passed" in text
    assert "+0 (-0.01153 to +0.01153), within the noise (p = 1)" in text
    assert "by Welch's test, two-sided, at the level 0.05; the interval is of 95%." in text
    text = xp("gate", "many", "--metric", "val/acc", "--against", "@", "--alpha", "1e-6").stdout
    assert "at the level 1e-06; the interval is of 99.9999%." in text


def test_metrics_must_all_pass(xp):
    base(xp)
    with gitxp.start_run("lr", "mixed", params={"lr": 0.2}) as run:
        run.log({"val/acc": 0.9, "zeta": 0.1})
    done = xp("gate", "--metric", "val/acc", "--metric", "zeta", "--goal", "max", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert [one["passes"] for one in answer["metrics"]] == [True, False]


def test_asking_for_more_metrics_makes_no_metric_easier_to_pass(xp):
    base(xp, *NOISY)
    group("next", [one - 0.012 for one in NOISY], lr=0.2)
    alone = gate(xp)["metrics"]
    done = xp(
        "gate", "--metric", "val/acc", "--metric", "zeta", "--metric", "val/acc", "--goal", "max",
        "--json",
    )  # fmt: skip
    assert json.loads(done.stdout)["metrics"][0] == alone[0] | {"guessed": False, "goal": "max"}
    assert len(json.loads(done.stdout)["metrics"]) == 2


def test_seeds_that_failed_or_lack_the_metric_are_told(xp):
    base(xp, *NOISY)
    group("next", NOISY[:3], lr=0.2)
    with gitxp.start_run("lr", "next-lacking", params={"lr": 0.2}, seeds=11) as run:
        run.log({"other": 1})
    with pytest.raises(RuntimeError), gitxp.start_run("lr", params={"lr": 0.2}, seeds=12):
        raise RuntimeError("out of memory")
    done = xp("gate", "next", "--metric", "val/acc")
    assert "**2 that repeat one of the two did not finish, or lack val/acc" in done.stdout
    assert (
        json.loads(xp("gate", "next", "--metric", "val/acc", "--json").stdout)["metrics"][0][
            "left_out"
        ]
        == 2
    )


def test_commit_means_the_run_of_its_code_and_else_the_one_that_set_out_from_it(xp, repo_dir, git):
    git("tag", "dirty", cwd=repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    edited = record("first", 0.7, snapshot="each")
    git("commit", "--quiet", "--all", "--message", "edit", cwd=repo_dir)
    git("branch", "clean", cwd=repo_dir)
    record("second", 0.8, snapshot="each")
    (repo_dir / "train.py").write_text("edited again\n")
    record("next", 0.74, lr=0.2, snapshot="each")
    answer = gate(xp, "--against", "clean")
    assert (answer["passes"], answer["why"]) == (False, "the newest run of clean")
    answer = gate(xp, "--against", "dirty")
    assert answer["against"] == edited
    (metric,) = answer["metrics"]  # of two runs of the same code without seeds, both count
    assert (metric["against"], metric["n_against"]) == (pytest.approx(0.75), 2)
    assert answer["why"] == "the newest run that set out from dirty"
    git("commit", "--quiet", "--allow-empty", "--message", "more", cwd=repo_dir)
    assert gate(xp, "--against", "main")["why"] == "the newest run of main"
    git("commit", "--quiet", "--all", "--message", "unseen", cwd=repo_dir)
    (repo_dir / "train.py").write_text("once more\n")
    git("commit", "--quiet", "--all", "--message", "unseen", cwd=repo_dir)
    assert "no other finished run of lr is of 'main'" in refused(xp, "--against", "main")


def commit_edit(repo_dir, git, text):
    (repo_dir / "train.py").write_text(text)
    git("commit", "--quiet", "--all", "--message", "edit", cwd=repo_dir)


def test_of_the_runs_of_a_commit_one_with_the_same_params_and_data_is_meant(xp, repo_dir, git):
    (alike, *_) = group("alike", [0.80, 0.81], lr=0.1, snapshot="each")
    record("unlike", 0.5, lr=0.2, snapshot="each")
    with gitxp.start_run("lr", "other-data", params={"lr": 0.1}, snapshot="each") as run:
        run.log_dataset("digits", version="2")
        run.log({"val/acc": 0.5})
    commit_edit(repo_dir, git, "edited\n")
    record("next", 0.7, lr=0.1, seed=5, snapshot="each")
    answer = gate(xp, "--against", "main~1")
    assert (answer["passes"], answer["differing"]) == (False, [])
    (metric,) = answer["metrics"]
    assert (metric["against"], metric["n_against"]) == (pytest.approx(0.805), 2)
    assert "differ:" not in xp("gate", "--metric", "val/acc", "--against", "main~1").stdout
    named = gate(xp, "--against", alike)
    assert (named["why"], named["differing"]) == ("another run", [])


def test_where_the_one_setting_of_a_commit_is_another_it_is_said_what_differs(xp, repo_dir, git):
    for seed in range(2):
        with gitxp.start_run(
            "lr", params={"lr": 0.2, "a|b": 1}, seeds=seed, snapshot="each"
        ) as run:
            run.log_dataset("digits", version="2")
            run.log({"val/acc": 0.5})
    commit_edit(repo_dir, git, "edited\n")
    record("next", 0.7, lr=0.3, snapshot="each")
    answer = gate(xp, "--against", "main~1")
    assert answer["against"] == run.id
    assert answer["differing"] == ["params.lr", "params.a|b", "data.digits"]
    lines = xp("gate", "--metric", "val/acc", "--against", "main~1").stdout.splitlines()
    assert r"- Params differ: lr, a\|b." in lines
    assert "- Data sets differ: digits." in lines


def test_several_settings_of_a_commit_none_of_which_is_the_same_are_no_counterpart(
    xp, repo_dir, git
):
    older = record("older", 0.6, lr=0.1, snapshot="each")
    with gitxp.start_run("lr", "newer", params={"lr": 0.2, "width": 8}, snapshot="each") as newer:
        newer.log_dataset("digits", version="2")
        newer.log({"val/acc": 0.5})
    commit_edit(repo_dir, git, "edited\n")
    run = record("next", 0.7, lr=0.3, snapshot="each")
    told = refused(xp, "--against", "main~1")
    assert (
        f"error: the runs of 'main~1' have 2 settings, and none that of run {run[:7]}: they differ "
        "in lr, width, data.digits\n"
    ) in told
    assert f"hint: name the run that is meant, such as the newest: --against {newer.id[:7]}" in told
    for named in (older, newer.id[:7]):
        assert gate(xp, "--against", named)["passes"] is True
    (repo_dir / "train.py").write_text("edited, but not committed\n")
    record("alike", 0.8, lr=0.2, snapshot="each")
    record("unlike", 0.8, lr=0.1, snapshot="each")
    commit_edit(repo_dir, git, "edited once more\n")
    record("last", 0.7, lr=0.5, snapshot="each")
    told = refused(xp, "--against", "main~2")
    assert "the runs of 'main~2' have 2 settings" in told
    xp("remove", "next", "--yes", "-q")
    told = refused(xp, "--against", "main~1")
    assert "the runs that set out from 'main~1' have 2 settings" in told


def test_of_many_settings_not_every_param_is_named(xp, repo_dir, git):
    for value in range(3):
        with gitxp.start_run(
            "lr", params={f"p{number:02}": value for number in range(30)}, snapshot="each"
        ) as run:
            run.log({"val/acc": 0.5})
    commit_edit(repo_dir, git, "edited\n")
    record("next", 0.7, snapshot="each")
    told = refused(xp, "--against", "main~1")
    assert "have 3 settings" in told
    assert " and 21 more\n" in told


def test_of_a_setting_a_run_with_finite_values_is_meant(xp, repo_dir, git):
    alike = record("alike", 0.75, snapshot="each")
    with gitxp.start_run("lr", "silent", params={"lr": 0.1}, snapshot="each") as run:
        run.log({"other": 1})
    commit_edit(repo_dir, git, "edited\n")
    record("next", 0.8, snapshot="each")
    answer = gate(xp, "--against", "main~1")
    assert (answer["against"], answer["passes"]) == (alike, True)
    assert answer["metrics"][0]["left_out"] == 1
    assert answer["why"] == "the newest run of main~1 with finite values"
    record("other", 0.7, lr=0.2, snapshot="each")
    commit_edit(repo_dir, git, "edited again\n")
    (repo_dir / "train.py").write_text("edited, but not committed\n")
    uncommitted = record("uncommitted", 0.81, snapshot="each")
    (repo_dir / "train.py").write_text("edited otherwise\n")
    record("diverged", math.nan, snapshot="each")
    commit_edit(repo_dir, git, "edited at last\n")
    record("last", 0.9, snapshot="each")
    assert gate(xp, "--against", "main~1")["against"] == uncommitted


def test_a_repetition_that_diverged_is_no_reason_to_leave_it_out(xp, repo_dir, git):
    *_, diverged = group("alike", [0.75, 0.76, math.nan], snapshot="each")
    commit_edit(repo_dir, git, "edited\n")
    record("next", 0.8, snapshot="each")
    told = refused(xp, "--against", "main~1")
    assert f"1 came out with 'val/acc' NaN or infinite ({diverged[:7]}): expected a finite" in told
    assert told.endswith("or compare another metric that is finite in all of them: --metric NAME\n")
    assert "remove" not in told


def test_many_params_that_differ_are_counted(xp, repo_dir, git):
    many = {f"p{number:02}": 1 for number in range(30)}
    with gitxp.start_run("lr", params=many, snapshot="each") as run:
        run.log({"val/acc": 0.5})
    commit_edit(repo_dir, git, "edited\n")
    record("next", 0.7, snapshot="each")
    told = xp("gate", "--metric", "val/acc", "--against", "main~1").stdout
    (line,) = [one for one in told.splitlines() if one.startswith("- Params differ: ")]
    assert line.count(",") <= 10
    assert line.endswith(" and 21 more.")
    assert len(gate(xp, "--against", "main~1")["differing"]) == 31


def test_no_run_is_held_against_a_commit_by_its_own_repetitions(xp, repo_dir):
    other = record("other", 0.9, lr=0.2, snapshot="each")
    group("next", [0.80, 0.81, 0.79], lr=0.1, snapshot="each")
    answer = gate(xp, "--against", "HEAD")
    assert (answer["against"], answer["differing"]) == (other, ["params.lr"])
    assert answer["passes"] is False
    xp("remove", "other", "--yes", "-q")
    told = refused(xp, "--against", "HEAD")
    assert "every other finished run of lr that is of 'HEAD' repeats run" in told
    assert "git xp gate --against RUN" in told


def test_a_run_that_repeats_its_baseline_passes_whatever_its_value(xp):
    first, *_ = group("next", [0.80, 0.81, 0.79], data="1")
    xp("baseline", "set", first, "-q")
    done = xp("gate", "--metric", "val/acc")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "### Gate: passed")
    assert "| val/acc ↑? | 0.79 | 0.8 | -0.01, what seeds do | not shown to be" in done.stdout
    told = (
        "- The run repeats the baseline in force: as far as is recorded the two differ in nothing "
        "but seeds, and there is nothing to hold against it."
    )
    assert told in done.stdout.splitlines()
    assert "One run on either side" not in done.stdout
    done = xp("gate", "--metric", "val/acc", "--min-gain", "-0.5%")
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "### Gate: not passed")
    assert (
        "- The run repeats the baseline in force: as far as is recorded the two differ in nothing "
        "but seeds. The two values decide: whether the difference is more than noise cannot be "
        "said.\n"
    ) in done.stdout
    assert "| val/acc ↑? | 0.79 | 0.8 | -0.01 | at least -0.5% | **no** |" in done.stdout
    assert gate(xp, "--min-gain", "-2%", "--seeds", "3")["passes"] is True
    assert "was trained with 3 seeds: expected at least 4" in refused(xp, "--seeds", "4")
    (metric,) = gate(xp, "--against", first, "--goal", "min")["metrics"]
    assert (metric["repeats"], metric["n"], metric["n_against"]) == (True, 1, 1)
    record("unlike", 0.9, lr=0.2)
    assert gate(xp, "--against", first)["metrics"][0]["repeats"] is False


def test_a_repetition_with_the_same_seed_or_another_package_is_held_to_its_value(
    xp, tmp_path, monkeypatch
):
    first = record("base", 0.8, seed=0, data="1")
    xp("baseline", "set", first, "-q")
    record("again", 0.7, seed=0, data="1")
    done = xp("gate", "--metric", "val/acc", "--seeds", "1")
    assert done.returncode == 1
    assert (
        "- The run repeats its baseline: params, data and code are the same as far as is "
        "recorded, and the seeds are the same. The two values decide: whether the difference is "
        "more than noise cannot be said."
    ) in done.stdout.splitlines()
    info = tmp_path / "nonesuch-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nonesuch\nVersion: 1.0\n")
    paths = filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    program = (
        "import gitxp\n"
        "with gitxp.start_run('lr', 'packaged', params={'lr': 0.1}, seeds=1) as run:\n"
        "    run.log_dataset('digits', version='1')\n"
        "    run.log({'val/acc': 0.7, 'zeta': 0.7})\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    done = xp("gate", "--metric", "val/acc")
    assert done.returncode == 1
    assert "- Packages differ: nonesuch." in done.stdout.splitlines()
    assert "is recorded, and not the seeds alone differ. The two values decide" in done.stdout
    answer = gate(xp)
    assert (answer["differing"], answer["seeds"]) == (
        ["command.arguments", "packages.nonesuch"],
        "different",
    )
    (metric,) = answer["metrics"]
    assert (metric["repeats"], metric["by_seeds_alone"]) == (True, False)


def test_of_runs_with_one_seed_the_one_asked_about_counts_and_others_are_told(xp):
    base(xp)
    first = record("first", 0.5, lr=0.2, seed=0)
    record("late", 0.99, lr=0.2, seed=0)
    (metric,) = gate(xp, first)["metrics"]
    assert (metric["value"], metric["passes"], metric["reruns"]) == (0.5, False, 1)
    note = "- Of runs with the same seed the newest counts, or the one compared: 1 is left out."
    assert note in xp("gate", first, "--metric", "val/acc").stdout.splitlines()


def test_run_without_a_baseline_is_held_against_the_one_in_force(xp):
    first, second = record("first", 0.8), record("second", 0.9, lr=0.2)
    xp("baseline", "set", "first", "-q")
    answer = gate(xp, "second")
    assert (answer["run"], answer["against"]) == (second, first)
    assert answer["why"] == "the baseline in force"


def test_what_cannot_be_compared_is_no_answer(xp, repo_dir):
    record("alone", 0.8)
    assert "has no baseline, and neither has lr" in refused(xp)
    base(xp)
    record("next", 0.9, lr=0.2)
    assert "no run has the metric 'nope'" in refused(xp, metric="nope")
    assert "nothing says whether higher or lower values of 'zeta' are better" in refused(
        xp, metric="zeta"
    )
    assert "was trained with 1 seed: expected at least 2" in refused(xp, "--seeds", "2")
    told = refused(xp, "--against", "nowhere")
    assert "error: 'nowhere' is neither a run nor a commit\n" in told
    assert "hint: git xp list\n" in told
    record("nan", math.nan, lr=0.3)
    assert "has 'val/acc' nan: expected a finite number" in refused(xp, "nan")
    with gitxp.start_run("lr", "silent", params={"lr": 0.4}):
        pass
    assert "has no 'val/acc'" in refused(xp, "silent")
    with gitxp.start_run("lr", "running", params={"lr": 0.4}) as run:
        run.log({"val/acc": 0.9})
        assert "is running: expected one that finished" in refused(xp, "running")
    xp("remove", "base", "--yes", "-q")
    assert "is in the trash" in refused(xp, "next")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--metric", "val/acc", "--min-gain", "much"],
        ["--metric", "val/acc", "--min-gain", "nan"],
        ["--metric", "val/acc", "--seeds", "0"],
        ["--metric", "val/acc", "--alpha", "0"],
        ["--metric", "val/acc", "--alpha", "1e-30"],
        ["--metric", "val/acc", "--alpha", "9e-7"],
        ["--metric", "val/acc", "--goal", "up"],
        ["--metric", "val/acc", "--against", "@"],
    ],
    ids=" ".join,
)
def test_what_is_typed_wrongly_is_usage(xp, words):
    record("alone", 0.8)
    done = xp("gate", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")


def test_reducer_of_a_metric_is_compared(xp):
    with gitxp.start_run("lr", "base", params={"lr": 0.1}) as run:
        run.log({"val/acc": 0.9}, step=0)
        run.log({"val/acc": 0.8}, step=1)
    xp("baseline", "set", "base", "-q")
    record("next", 0.85, lr=0.2)
    assert gate(xp)["passes"] is True
    assert gate(xp, metric="val/acc:max")["passes"] is False


def test_hostile_names_are_no_markup(xp):
    name = "a|b <img src=x> `c` [d](e) *f*\u202e"
    with gitxp.start_run("lr", name, params={"lr": 0.1}) as run:
        run.log({name: 0.9})
    xp("baseline", "set", run.id, "-q")
    with gitxp.start_run("lr", name, params={"lr": 0.2}) as run:
        run.log({name: 0.95})
    done = xp("gate", "--metric", name, "--goal", "max")
    assert done.returncode == 0
    row = next(line for line in done.stdout.splitlines() if line.startswith("| a"))
    assert row.replace("\\|", "").count("|") == 7
    assert "\u202e" not in done.stdout
    assert "<img" not in done.stdout.replace("\\<", "")
