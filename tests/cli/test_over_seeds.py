"""What `log` and `show` say of a run against its baseline where there are several seeds of both."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import gitxp

BASE = (0.80, 0.82, 0.84, 0.81, 0.83)
FOOTNOTE = "whether more than noise cannot be said without several seeds on both sides"
UNFINISHED = "whether more than noise cannot be said of a run that is not finished"


@pytest.fixture
def xp(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    (repo_dir / ".gitxp.toml").write_text('[metrics."acc"]\ngoal = "max"\n')
    return xp


def trained(name, values, *, baseline=None, experiment="lr", metric="acc"):
    runs = []
    for seed, value in enumerate(values):
        params = {"net": name}
        with gitxp.start_run(
            experiment, f"{name}-{seed}", params=params, seeds=seed, baseline=baseline
        ) as run:
            run.log(value if isinstance(value, dict) else {metric: value})
        runs.append(run)
    return runs


@pytest.fixture
def made(xp):
    """Five seeds of a baseline, of one that is better, and of one whose gain is noise."""
    base = trained("base", BASE)
    ours = base[0].id
    trained("wide", [one + 0.1 for one in BASE], baseline=ours)
    trained("deep", [one + 0.002 for one in BASE], baseline=ours)
    trained("once", [0.9], baseline=ours)
    return ours


def over_seeds(xp, run, *options):
    (found,) = json.loads(xp("show", run, "--json", *options).stdout)["outcomes"]
    return found["over_seeds"]


def test_a_gain_is_told_from_noise(xp, made):
    page = xp("show", "wide-3").stdout
    assert "+0.11 on baseline; over seeds +0.1, better (p = 8.5e-06, g = 5.7, " in page
    assert "5 and 5 runs)" in page
    page = xp("show", "deep-3").stdout
    assert "+0.012 on baseline; over seeds +0.002, within the noise (p = 0.8" in page
    assert FOOTNOTE not in page
    shown = xp("log", "lr").stdout
    assert "0.93 (+0.13 on baseline; over seeds +0.1, better (p = " in shown
    assert "0.832 (+0.032 on baseline; over seeds +0.002, within the noise (p = " in shown


def test_what_log_shows_together_is_corrected_together_a_group_once(xp, made):
    shown = xp("log", "lr").stdout
    assert shown.count("over seeds") == 10
    assert shown.count("p is corrected for 2 comparisons") == 1
    alone = over_seeds(xp, "wide-0")["p_welch"]
    assert f"better (p = {alone:.2g}, corrected {2 * alone:.2g}, g = " in shown
    told = json.loads(xp("log", "lr", "--json").stdout)
    of_wide = [one for one in told if one["name"].startswith("wide")]
    for one in of_wide:
        stand = one["outcomes"][0]["over_seeds"]
        assert stand["p_corrected"] == pytest.approx(2 * alone)
        assert (stand["n"], stand["n_against"], stand["conclusion"]) == (5, 5, "better")


def test_one_seed_is_said_to_tell_nothing_and_that_once(xp, made):
    assert xp("show", "once-0").stdout.endswith(f"+0.1 on baseline, better\n{FOOTNOTE}\n")
    assert xp("log", "lr").stdout.count(FOOTNOTE) == 1
    assert FOOTNOTE not in xp("log", "lr", "--oneline").stdout
    stand = over_seeds(xp, "once-0")
    assert (stand["conclusion"], stand["n"], stand["p_corrected"]) == ("cannot be said", 1, None)


def test_a_line_a_run_has_no_figures_of_tests(xp, made):
    lines = {
        line.split("(")[1].split(")")[0]: line
        for line in xp("log", "lr", "--oneline").stdout.splitlines()
    }
    assert lines["deep-4"].endswith("(+0.032 on baseline; over seeds +0.002, within the noise)")
    assert lines["wide-4"].endswith("(+0.13 on baseline; over seeds +0.1, better)")
    assert lines["once-0"].endswith("(+0.1 on baseline, better by one run)")


def test_another_seed_of_the_baseline_repeats_it(xp, made):
    page = xp("show", "base-3", "--baseline", made).stdout
    assert "+0.01 on baseline, which it repeats\n" in page
    assert over_seeds(xp, "base-3", "--baseline", made)["repeats_baseline"] is True


def test_another_baseline_is_taken_by_its_group(xp, made):
    stand = over_seeds(xp, "deep-0", "--baseline", "wide-2")
    assert (stand["conclusion"], stand["n"], stand["n_against"]) == ("worse", 5, 5)
    assert stand["effect"] < -4


def test_gate_groups_log_and_show_compare_the_same_two_groups(xp, made):
    shown = over_seeds(xp, "deep-1")
    gate = json.loads(xp("gate", "deep-1", "--metric", "acc", "--json").stdout)["metrics"][0]
    groups = json.loads(
        xp("groups", "deep-1", "deep-0", "deep-2", "deep-3", "deep-4", "-m", "acc", "--json",
           "--baseline", made).stdout
    )["groups"][0]  # fmt: skip
    log = json.loads(xp("log", "--where", 'name == "deep-1"', "--json").stdout)
    told = log[0]["outcomes"][0]["over_seeds"]
    assert shown["p_corrected"] == told["p_corrected"] == groups["p_corrected"] == gate["p"]
    assert shown["difference"] == groups["difference"] == gate["difference"]
    assert (shown["n"], shown["n_against"]) == (gate["n"], gate["n_against"]) == (5, 5)


def test_list_has_in_json_what_the_seeds_say(xp, made):
    told = json.loads(xp("list", "--json", "--baseline", made).stdout)
    said = {one["name"]: one["outcomes"][0]["over_seeds"] for one in told}
    assert said["deep-1"] == over_seeds(xp, "deep-1") | {
        "p_corrected": said["deep-1"]["p_corrected"]
    }
    conclusions = [said[name]["conclusion"] for name in ("wide-1", "deep-1", "once-0")]
    assert conclusions == ["better", "within the noise", "cannot be said"]
    assert said["base-1"]["repeats_baseline"] is True
    assert said["base-0"] is None


def test_seeds_that_changed_nothing_are_told_on_one_line_too(xp):
    base = trained("flat", [0.7] * 3)[0].id
    trained("flatter", [0.6] * 3, baseline=base)
    assert "(-0.1 on baseline, worse; the seeds changed nothing)" in xp("log", "--oneline").stdout


def test_runs_of_another_experiment_repeat_nothing(xp, made):
    trained("wide", [0.1, 0.2, 0.3], experiment="other")
    told = json.loads(xp("log", "lr", "--json").stdout)
    (wide,) = (one for one in told if one["name"] == "wide-0")
    assert wide["outcomes"][0]["over_seeds"]["n"] == 5
    groups = json.loads(xp("groups", "-m", "acc", "--json").stdout)["groups"]
    assert {one["n"] for one in groups if "wide" in one.values()} == {5, 3}


def test_unequal_groups_nan_and_infinities_are_compared_by_what_is_finite(xp, made):
    values = [0.95, 0.9, 0.93, float("nan"), float("inf")]
    trained("rough", values, baseline=made)
    stand = over_seeds(xp, "rough-0")
    assert (stand["n"], stand["n_against"], stand["conclusion"]) == (3, 5, "better")
    assert xp("show", "rough-3").returncode == 0
    refused = xp("gate", "rough-0", "--metric", "acc")
    assert refused.returncode == 128
    assert "2 came out with 'acc' NaN or infinite" in refused.stderr


def test_all_nan_and_no_spread_are_no_evidence(xp, made):
    nan, same = [float("nan")] * 3, [0.7] * 3
    trained("nan", nan, baseline=made)
    assert over_seeds(xp, "nan-0")["conclusion"] is None
    base = trained("flat", same)[0].id
    trained("flatter", [0.6] * 3, baseline=base)
    assert "-0.1 on baseline, worse; the seeds changed nothing" in xp("show", "flatter-0").stdout


def test_without_a_goal_a_difference_is_more_than_noise_but_not_better(xp):
    base = trained("base", BASE, metric="quux")[0].id
    trained("wide", [one + 0.1 for one in BASE], baseline=base, metric="quux")
    assert "over seeds +0.1, more than noise (p = " in xp("show", "wide-0").stdout


def test_a_run_that_did_not_finish_is_not_judged_by_those_that_did(xp, unfinished):
    page = xp("show", "broken").stdout
    assert "over seeds" not in page
    assert page.endswith(f"-0.6 on baseline, worse; not finished\n{UNFINISHED}\n")
    stand = over_seeds(xp, "broken")
    assert (stand["conclusion"], stand["reason"]) == (None, "it is not finished")
    page = xp("show", "wide-1", "--baseline", "broken").stdout
    assert page.endswith(f"+0.72 on baseline, better; baseline not finished\n{UNFINISHED}\n")
    stand = over_seeds(xp, "wide-1", "--baseline", "broken")
    assert stand["conclusion"] is None
    assert stand["reason"] == "what it is measured against is not finished"
    where = ("--where", 'name == "broken"')
    assert xp("log", *where).stdout.endswith(f"\n{UNFINISHED}\n")
    assert "(-0.6 on baseline, worse; not finished)" in xp("log", *where).stdout
    assert "(-0.6 on baseline, worse; not finished)" in xp("log", *where, "--oneline").stdout
    left_out = "over seeds, runs that are not finished are left out"
    assert xp("show", "wide-1").stdout.endswith(f"\n{left_out}\n")
    assert left_out not in xp("show", "deep-1").stdout
    stand = over_seeds(xp, "wide-1")
    assert (stand["n"], stand["unfinished"], stand["unfinished_against"]) == (5, 1, 0)
    shown = xp("log", "lr").stdout
    assert (shown.count(UNFINISHED), shown.count(FOOTNOTE)) == (1, 1)  # that of `once`


def test_a_run_counts_itself_where_a_later_one_has_its_seed(xp, made):
    first = json.loads(xp("list", "--json", "--where", 'name == "wide-0"').stdout)[0]["run"]
    with gitxp.start_run("lr", "wide-late", params={"net": "wide"}, seeds=0, baseline=made) as run:
        run.log({"acc": 0.5})
    note = "over seeds, of runs with the same seed the newest counts, or the one compared: "
    for asked, mean in ((first, 0.92), ("wide-late", 0.84), ("wide-1", 0.84)):
        assert over_seeds(xp, asked)["mean"] == pytest.approx(mean)
        assert f"\n{note}1 is left out\n" in xp("show", asked).stdout
    assert over_seeds(xp, first)["reruns"] == 1
    assert f"{note}1 is left out\n" in xp("log", "lr").stdout
    assert f"{note}1 is left out\n" in xp("compare", first, "deep-0").stdout


def test_a_baseline_that_was_removed_leaves_the_values(xp, made):
    assert xp("remove", made, "--yes", "-q").returncode == 0
    page = xp("show", "wide-0").stdout
    assert "on baseline" not in page
    assert "over seeds" not in xp("log", "lr").stdout


def test_notes_fit_a_narrow_terminal_without_unicode(terminal, made):
    seen = terminal("show", "once-0", columns=40, GIT_PAGER="cat", LC_ALL="C", NO_COLOR="1").text
    assert "whether more than noise cannot be said\nwithout several seeds on both sides\n" in seen


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        (["show", "once-0"], {"scipy": False, "scipy.stats": False}),
        (["log", "--where", 'name == "once-0"'], {"scipy": False, "scipy.stats": False}),
        (["show", "wide-0"], {"scipy": True, "scipy.stats": False}),
    ],
)
def test_scipy_is_loaded_only_for_several_seeds_on_both_sides(repo_dir, made, words, loaded):
    script = f"""
import sys
from gitxp.cli import main
sys.argv = ["git-xp", *{words!r}]
try:
    main()
except SystemExit:
    pass
print({{name: name in sys.modules for name in {list(loaded)!r}}}, file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo_dir, capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == str(loaded)


def test_one_long_name_does_not_make_every_line_as_long(xp, made):
    nested = 1
    for _ in range(20):
        nested = {"x" * 240: nested}
    params = {"deep": nested} | {f"p{place}": place for place in range(50)}
    with gitxp.start_run("lr", "long", params=params):
        pass
    page = xp("show", "long").stdout
    lines = [line for line in page.splitlines() if not line.startswith("command:")]
    assert max(map(len, lines)) < 300
    assert "p49" in page
