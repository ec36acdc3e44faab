"""Values that lie further apart than a float can tell are compared, and that without a warning."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

import gitxp

FURTHER, LOWER = "> +1.798e+308", "< -1.798e+308"


@pytest.fixture
def xp(repo_dir, monkeypatch):
    """Run `git xp`; any warning of Python is an error."""
    monkeypatch.chdir(repo_dir)

    def run(*words):
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "gitxp", *words],
            cwd=repo_dir, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def made(repo_dir, monkeypatch):
    """Three seeds of a baseline, and of what is better by more than a float can tell; one alone."""
    monkeypatch.chdir(repo_dir)
    values = {"low": (-1e308, -1.1e308, -1.2e308), "high": (1e308, 1.1e308, 1.2e308)}
    baseline = False
    for net, measured in (*values.items(), ("once", (1e308,))):
        for seed, value in enumerate(measured):
            params = {"net": net}
            with gitxp.start_run(
                "far", f"{net}-{seed}", params=params, seeds=seed, baseline=baseline
            ) as run:
                run.log({"val/acc": value})
            baseline = baseline or run


def test_no_command_prints_an_infinity_of_finite_values_or_warns(xp, made):
    seeds = f"{FURTHER}; over seeds {FURTHER}, better"
    told = f"{FURTHER} on baseline; over seeds {FURTHER}, better"
    for words, expected in {
        ("compare", "low-0", "high-0"): f"1e+308 ({seeds})",
        ("compare", "low-0", "once-0"): f"1e+308 ({FURTHER} better)",
        ("compare", "low-0", "high-0", "--html"): "1e+308 <small>(&gt; +1.798e+308; over seeds",
        ("log", "--oneline"): f"1e+308 ({told})",
        ("show", "high-0"): told,
        ("list",): FURTHER,
        ("groups", "--baseline", "low-0"): FURTHER,
        ("gate", "high-0", "--metric", "val/acc"): f"| {FURTHER} ({FURTHER} to {FURTHER}), better",
    }.items():
        done = xp(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert expected in done.stdout
        assert not re.search(r"\binf\b", done.stdout)
    record = json.loads(xp("show", "high-0", "--json").stdout)
    assert record["outcomes"][0]["difference"] is None
    assert record["nonfinite"]["outcomes[0].difference"] == "inf"


def test_spread_of_groups_beyond_the_largest_float_is_told_as_differences_are(xp, repo_dir):
    for seed, value in enumerate((-1.7e308, 1.7e308)):
        with gitxp.start_run("wide", seeds=seed) as run:
            run.log({"val/acc": value})
    done = xp("groups")
    assert (done.returncode, done.stderr) == (0, "")
    assert f" > 1.798e+308  {LOWER} to > 1.798e+308 " in done.stdout


def test_what_is_worse_by_more_than_a_float_can_tell_does_not_pass(xp, made):
    done = xp("gate", "low-0", "--against", "high-0", "--metric", "val/acc")
    assert (done.returncode, done.stderr) == (1, "")
    row = f"{LOWER} ({LOWER} to {LOWER}), worse (p = 1.1e-05) | not shown to be worse | **no** |"
    assert row in done.stdout


def test_aggregates_of_a_suite_are_finite(made):
    suite = gitxp.suite("params.net != 'once'", "val/acc", task="experiment", baseline="low-0")
    suite = suite.set_index("params.net")
    assert suite["iqm"].tolist() == pytest.approx([1.1e308, -1.1e308])
    assert suite["iqm_low"]["high"] == pytest.approx(1e308)
    assert suite["improvement"]["high"] == 1
