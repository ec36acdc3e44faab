"""`git xp compare` tells gains from noise over seeds, whichever run is named first."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

import gitxp

BASE = (0.80, 0.82, 0.84, 0.81, 0.83)
NO_SEEDS = "whether more than noise cannot be said without several seeds on both sides"
UNFINISHED = "whether more than noise cannot be said of a run that is not finished"


def trained(net, values, *, baseline=None, metric="acc"):
    runs = []
    for seed, value in enumerate(values):
        with gitxp.start_run(
            "lr", f"{net}-{seed}", params={"net": net}, seeds=seed, baseline=baseline
        ) as run:
            run.log({metric: value})
        runs.append(run)
    return runs


@pytest.fixture
def made(repo_dir, monkeypatch):
    """Five seeds of a baseline, of one that is better, and of one whose gain is noise."""
    monkeypatch.chdir(repo_dir)
    (repo_dir / ".gitxp.toml").write_text('[metrics."acc"]\ngoal = "max"\n')
    base = trained("base", BASE, baseline=False)[0].id
    trained("wide", [one + 0.1 for one in BASE], baseline=base)
    trained("deep", [one + 0.002 for one in BASE], baseline=base)
    trained("once", [0.9], baseline=base)
    return base


def shown(xp, *words, field="acc"):
    """Return the line of a metric."""
    done = xp("compare", *words)
    assert done.returncode == 0, done.stderr
    return next(line for line in done.stdout.splitlines() if line.startswith(f"  {field} "))


def cells(xp, *words, field="acc"):
    told = json.loads(xp("compare", *words, "--json").stdout)
    (rows,) = (one["rows"] for one in told["sections"] if one["section"] == "metrics")
    (found,) = (one["cells"] for one in rows if one["field"] == field)
    return found


@pytest.mark.parametrize("more", [(), ("--baseline", "base-0")])
def test_difference_to_the_first_run_is_what_the_seeds_say_of_it(xp, made, more):
    assert "0.802 (+0.002; over seeds +0.002, within the noise)" in shown(
        xp, "base-0", "deep-0", *more
    )
    assert "0.9 (+0.1; over seeds +0.1, better)" in shown(xp, "base-0", "wide-0", *more)
    first, noise, gain = cells(xp, "base-0", "deep-0", "wide-0", *more)
    assert first["over_seeds"] is None
    assert (noise["better"], noise["over_seeds"]["conclusion"]) == (True, "within the noise")
    assert (gain["over_seeds"]["conclusion"], gain["over_seeds"]["n"]) == ("better", 5)
    page = gitxp.compare("base-0", "deep-0")._repr_html_()
    assert "0.802 <small>(+0.002; over seeds +0.002, within the noise)</small>" in page


@pytest.fixture
def lucky(made):
    """A run that is better than `base-0`, of a group that is worse."""
    lower = trained("luck", [0.815, 0.75, 0.76, 0.74, 0.77], baseline=made)
    return lower[0].id


def test_a_verdict_stands_beside_the_means_that_it_is_on(xp, terminal, lucky, made):
    told = "over seeds -0.053, worse"
    assert f"0.815 (+0.015; {told})" in shown(xp, "base-0", "luck-0")
    row = shown(xp, "base-1", "luck-0", field="acc on baseline")
    assert row.endswith(f"+0.015 ({told})")
    where = ("--where", 'name == "luck-0"')
    assert f"0.815 (+0.015 on baseline; {told})" in xp("log", "--oneline", *where).stdout
    for page in (xp("show", "luck-0").stdout, xp("log", *where).stdout):
        assert f"+0.015 on baseline; {told} (p = 0.011, g = -2, 5 and 5 runs)" in page
    assert f"(+0.015; {told})" in gitxp.compare("base-0", "luck-0")._repr_html_()
    assert f"(+0.015; {told})" in xp("compare", "base-0", "luck-0", "--html").stdout
    seen = terminal("compare", "base-0", "luck-0", columns=80, GIT_PAGER="cat", NO_COLOR="1")
    assert f"0.815 ({told})" in seen.text
    listed = json.loads(xp("list", *where, "--json", "--baseline", made).stdout)[0]
    record = json.loads(xp("show", "luck-0", "--json").stdout)
    compared = cells(xp, "base-0", "luck-0")[1]
    for one in (listed["outcomes"][0], record["outcomes"][0], compared):
        assert one["difference"] == pytest.approx(0.015)
        stand = one["over_seeds"]
        assert stand["mean"] == pytest.approx(0.767)
        assert stand["mean_against"] == pytest.approx(0.82)
        assert stand["difference"] == pytest.approx(-0.053)


def test_a_run_that_repeats_the_first_is_no_gain(xp, made):
    assert "0.82 (+0.02 repeats it)" in shown(xp, "base-0", "base-1")
    assert cells(xp, "base-0", "base-1")[1]["over_seeds"]["repeats_baseline"] is True


def test_both_orders_say_the_same_of_two_runs(xp, made):
    for names in (("base-0", "wide-0"), ("wide-0", "base-0")):
        assert "over seeds is corrected" not in xp("compare", *names).stdout
    there, back = (cells(xp, *names)[1] for names in (("base-0", "wide-0"), ("wide-0", "base-0")))
    one, other = there["over_seeds"], back["over_seeds"]
    assert (one["conclusion"], other["conclusion"]) == ("better", "worse")
    assert one["p_corrected"] == other["p_corrected"] == one["p_welch"]
    assert one["effect"] == -other["effect"]
    assert (one["difference_low"], one["difference_high"]) == (
        -other["difference_high"], -other["difference_low"],
    )  # fmt: skip


def test_log_and_compare_say_the_same_of_a_run_and_its_baseline(xp, made):
    told = json.loads(xp("show", "deep-1", "--json").stdout)["outcomes"][0]["over_seeds"]
    assert cells(xp, "base-0", "deep-1")[1]["over_seeds"] == told
    assert cells(xp, "once-0", "deep-1", "base-3", field="acc on baseline")[1]["over_seeds"] == {
        **told, "p_corrected": pytest.approx(told["p_corrected"]),
    }  # fmt: skip


def test_one_seed_says_only_to_which_side_a_value_lies_and_that_with_a_note(xp, made):
    done = xp("compare", "base-0", "once-0")
    assert "0.9 (+0.1 better)" in done.stdout
    assert done.stdout.splitlines().count(NO_SEEDS) == 1
    told = cells(xp, "base-0", "once-0")[1]["over_seeds"]
    assert (told["conclusion"], told["n"], told["n_against"]) == ("cannot be said", 1, 5)
    assert NO_SEEDS in gitxp.compare("base-0", "once-0")._repr_html_()
    assert NO_SEEDS not in xp("compare", "base-0", "deep-0").stdout
    assert NO_SEEDS not in xp("compare", "base-0", "base-1").stdout


def test_a_run_that_did_not_finish_is_not_judged_by_those_that_did(xp, unfinished):
    for names, words, reason in (
        (("base-0", "broken"), "-0.6 worse; not finished", "it is not finished"),
        (
            ("broken", "base-0"),
            "+0.6 better; first not finished",
            "what it is measured against is not finished",
        ),
    ):
        done = xp("compare", *names)
        assert f"({words})" in done.stdout
        assert "over seeds" not in done.stdout
        assert done.stdout.splitlines().count(UNFINISHED) == 1
        assert NO_SEEDS not in done.stdout
        stand = cells(xp, *names)[1]["over_seeds"]
        assert (stand["conclusion"], stand["reason"]) == (None, reason)
        page = gitxp.compare(*names)._repr_html_()
        assert f"({words})" in page
        assert UNFINISHED in page


def test_a_run_that_goes_on_is_not_finished_either(xp, made):
    with gitxp.start_run("lr", "going", params={"net": "wide"}, seeds=9) as run:
        run.log({"acc": 0.2})
        assert "(-0.6 worse; not finished)" in shown(xp, "base-0", "going")


def test_seeds_that_changed_nothing_are_no_evidence(xp, made):
    trained("flat", [0.7] * 3)
    trained("flatter", [0.6] * 3)
    assert "0.6 (-0.1 worse; the seeds changed nothing)" in shown(xp, "flat-0", "flatter-0")


def test_without_a_goal_a_difference_is_more_than_noise_but_not_better(xp, made):
    trained("base", BASE, metric="quux")
    trained("wide", [one + 0.1 for one in BASE], metric="quux")
    line = shown(xp, "base-0", "wide-0", field="quux")
    assert "0.9 (+0.1; over seeds +0.1, more than noise)" in line


def test_of_best_values_it_is_told_how_far_apart_they_are(xp, made):
    for net, values in (("a", (0.9, 0.5)), ("b", (0.8, 0.7))):
        with gitxp.start_run("best", net, params={"net": net}) as run:
            for value in values:
                run.log({"acc": value})
    assert "0.8 (-0.1)" in shown(xp, "a", "b", field="acc (best)")
    assert cells(xp, "a", "b", field="acc (best)")[1]["better"] is None


def test_all_that_is_told_is_corrected_together(xp, made):
    note = "what is said over seeds is corrected for 2 comparisons"
    assert note in xp("compare", "base-0", "wide-0", "deep-0").stdout
    (_, wide, _) = cells(xp, "base-0", "wide-0", "deep-0")
    alone = cells(xp, "base-0", "wide-0")[1]
    assert wide["over_seeds"]["p_welch"] == alone["over_seeds"]["p_welch"]
    assert wide["over_seeds"]["p_corrected"] == pytest.approx(2 * alone["over_seeds"]["p_welch"])


@pytest.fixture
def five(made):
    """One seed each of five settings, each trained with several; the first is the measure."""
    trained("poor", [one - 0.09867 for one in BASE])
    trained("best", [one + 0.19333 for one in BASE])
    trained("flat", [0.7] * 3)
    trained("flatter", [0.61234] * 3)
    return "base-0", "wide-0", "deep-0", "poor-0", "best-0"


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("columns", [60, 80, 100, 120, 140])
def test_what_the_seeds_say_is_there_on_any_terminal(terminal, five, columns, count):
    seen = terminal("compare", *five[:count], columns=columns, GIT_PAGER="cat", NO_COLOR="1")
    told = ["better", "within the noise", "worse", "better"]
    found = re.findall(r"over seeds [-+][\d.]+, (better|worse|within the noise)\)", seen.text)
    assert found == told[: count - 1]
    assert not re.findall(r"\([-+][\d.]+\)", seen.text)  # a number that nothing is said of
    hidden = count - 1 - len(re.findall(r"\([-+][\d.]+; ", seen.text))
    assert ("no room for what is said of" in seen.text) == (hidden > 0)
    assert all(len(line) <= columns for line in seen.text.splitlines() if "git xp" not in line)
    assert all(name in seen.text for name in five[:count])


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_seeds_that_changed_nothing_are_told_on_any_terminal(terminal, five, columns):
    seen = terminal(
        "compare", "flat-0", "flatter-0", "flat-1", columns=columns, GIT_PAGER="cat", NO_COLOR="1"
    )
    assert "worse; the seeds changed nothing)" in seen.text
    assert "repeats it)" in seen.text


def test_only_what_the_seeds_say_takes_a_line_a_run(terminal, five):
    seen = terminal("compare", *five[:3], columns=80, GIT_PAGER="cat", NO_COLOR="1").text
    lines = seen.splitlines()
    assert [
        line for line in lines if line.startswith("wide-0 ") and "over seeds +0.1, better)" in line
    ]
    (params,) = [line.split() for line in lines if line.startswith("  net ")]
    assert params == ["net", "base", "wide", "deep"]


def test_a_number_never_stands_alone_where_the_words_have_no_room(terminal, five):
    seen = terminal("compare", *five[:2], columns=30, GIT_PAGER="cat", NO_COLOR="1")
    assert "no room for what is said of 1" in seen.text
    assert "(+0." not in seen.text


def test_only_what_the_seeds_say_has_a_colour(terminal, made):
    seen = terminal(
        "compare", "base-0", "wide-0", "once-0", columns=200, NO_COLOR="", GIT_PAGER="cat"
    )
    assert "\x1b[32m0.9 (+0.1; over seeds +0.1, better)\x1b[0m" in seen.text
    assert "(+0.1 better)" in seen.text
    assert "+0.1 better)\x1b" not in seen.text


def test_a_baseline_is_a_row_of_its_own_where_it_is_not_told_already(xp, made):
    assert "on baseline" not in xp("compare", made, "wide-0").stdout
    assert "on baseline" not in xp("compare", "wide-0", made).stdout
    assert "on baseline" not in xp("compare", made, "wide-0", "--baseline", made).stdout
    assert "on baseline" not in xp("compare", "base-1", "base-2").stdout
    told = shown(xp, "wide-0", made, "--baseline", made, field="acc on baseline")
    assert "+0.1 (over seeds +0.1, better)" in told
    told = shown(xp, "base-1", "base-2", "--baseline", "wide-4", field="acc on baseline")
    assert "-0.11 (over seeds -0.1, worse)" in told
    assert "-0.09 (over seeds -0.1, worse)" in told
    told = shown(xp, "wide-0", "deep-0", "base-1", field="acc on baseline")
    assert "+0.1 (over seeds +0.1, better)" in told
    assert "+0.002 (over seeds +0.002, within the noise)" in told
    wide, deep, base = cells(xp, "wide-0", "deep-0", "base-1", field="acc on baseline")
    assert (wide["better"], deep["value"], base) == (True, pytest.approx(0.002), None)


def test_a_metric_that_is_the_baselines_is_no_difference_from_it(xp, made):
    baseline = False
    for name, acc in (("measure", 0.8), ("one", 0.85), ("other", 0.9)):
        params = {"net": name}
        with gitxp.start_run("lr", name, params=params, baseline=baseline) as run:
            run.log({"acc": acc, "flat": 0.5})
        baseline = "measure"
    words = ("compare", "base-0", "one", "other")
    page = xp(*words).stdout
    assert "  flat " in page  # which the first lacks
    assert "flat on baseline" not in page
    words = ("compare", "one", "other", "--baseline", "measure")
    page = xp(*words).stdout
    assert "flat" not in page
    assert "acc on baseline" in page
    assert "flat on baseline" in xp(*words, "--all").stdout


def test_scipy_is_loaded_only_for_several_seeds_on_both_sides(repo_dir, made):
    script = """
import sys
from gitxp.cli import main
sys.argv = ["git-xp", "compare", "base-0", sys.argv[1]]
try:
    main()
except SystemExit:
    pass
print("scipy" in sys.modules, "scipy.stats" in sys.modules, file=sys.stderr)
"""
    for run, loaded in (("once-0", "False False"), ("wide-0", "True False")):
        done = subprocess.run(
            [sys.executable, "-c", script, run],
            cwd=repo_dir, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr.splitlines()[-1] == loaded
