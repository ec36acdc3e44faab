"""What is said of a run that came out as NaN or infinite: that it did, and nothing else."""

from __future__ import annotations

import json
import math

import pytest

import gitxp

BASE = (0.80, 0.82, 0.84, 0.81)
WORDS = ("better", "worse", "noise", "over seeds", "+nan", "+inf")


def trained(net, values, baseline=None):
    for seed, value in enumerate(values):
        with gitxp.start_run(
            "lr", f"{net}-{seed}", params={"net": net}, seeds=seed, baseline=baseline
        ) as run:
            run.log({"acc": value})
    return run.id


@pytest.fixture(params=[math.nan, math.inf, -math.inf], ids=str)
def lost(request, repo_dir, monkeypatch):
    """Four seeds of a baseline; and of what is better, but for a run that diverged."""
    monkeypatch.chdir(repo_dir)
    (repo_dir / ".gitxp.toml").write_text('[metrics."acc"]\ngoal = "max"\n')
    trained("wide", [*(one + 0.1 for one in BASE), request.param], trained("base", BASE))
    return request.param


def stand(xp, *words):
    done = xp(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def judged(text):
    return [word for word in WORDS if word in text]


def test_show_says_that_the_value_is_not_finite(xp, lost):
    page = xp("show", "wide-4").stdout
    (line,) = (one for one in page.splitlines() if one.strip().startswith("acc"))
    assert line.endswith("  not finite")
    assert str(lost) in line
    assert judged(page) == []
    (found,) = stand(xp, "show", "wide-4")["outcomes"]
    assert (found["difference"], found["better"]) == (None, None)
    assert found["over_seeds"]["conclusion"] is None
    assert found["over_seeds"]["reason"] == "its value is not finite"
    assert "over seeds +0.1, better" in xp("show", "wide-0").stdout


def test_show_says_that_the_baseline_is_not_finite(xp, lost):
    page = xp("show", "base-0", "--baseline", "wide-4").stdout
    (line,) = (one for one in page.splitlines() if one.strip().startswith("acc"))
    assert line.endswith("  baseline not finite")
    assert judged(page) == []
    (found,) = stand(xp, "show", "base-0", "--baseline", "wide-4")["outcomes"]
    assert (found["difference"], found["better"]) == (None, None)
    assert found["over_seeds"]["conclusion"] is None
    assert found["over_seeds"]["reason"] == "the value that it is measured against is not finite"


@pytest.mark.parametrize("options", [(), ("--oneline",)])
def test_log_says_the_same(xp, lost, options):
    page = xp("log", "--where", 'name == "wide-4"', *options).stdout
    assert f"{lost} (not finite)" in page
    assert judged(page) == []
    page = xp("log", "--where", 'name == "base-0"', "--baseline", "wide-4", *options).stdout
    assert "0.8 (baseline not finite)" in page
    assert judged(page) == []
    (found,) = stand(xp, "log", "--where", 'name == "wide-4"')
    assert found["outcomes"][0]["over_seeds"]["conclusion"] is None


@pytest.mark.parametrize(
    ("names", "cell"),
    [(("base-0", "wide-4"), "(not finite)"), (("wide-4", "base-0"), "0.8 (first not finite)")],
)
def test_compare_says_the_same_in_either_order(terminal, xp, lost, names, cell):
    page = xp("compare", *names).stdout
    line = next(one for one in page.splitlines() if one.startswith("  acc"))
    assert line.endswith(cell)
    assert str(lost) in line
    assert judged(page) == []
    html = gitxp.compare(*names)._repr_html_()
    assert f"<small>{cell[cell.index('(') :]}</small>" in html
    assert judged(html) == []
    seen = terminal("compare", *names, columns=200, NO_COLOR="", GIT_PAGER="cat")
    assert "\x1b[32m" not in seen.text
    assert "\x1b[31m" not in seen.text
    (rows,) = (
        one["rows"] for one in stand(xp, "compare", *names)["sections"]
        if one["section"] == "metrics"
    )  # fmt: skip
    (found,) = (one["cells"][1] for one in rows if one["field"] == "acc")
    assert (found["difference"], found["better"]) == (None, None)
    assert found["over_seeds"]["conclusion"] is None


def test_compare_tells_no_difference_from_a_baseline(xp, lost):
    page = xp("compare", "wide-0", "wide-4", "base-1").stdout
    (line,) = (one for one in page.splitlines() if one.startswith("  acc on baseline"))
    assert line.rstrip().endswith("not finite")
    assert line.count("(over seeds +0.1, better)") == 1


def test_what_is_left_out_of_the_groups_is_told(xp, lost):
    note = "over seeds, values that are not finite are left out"
    assert xp("show", "wide-0").stdout.endswith(f"\n{note}\n")
    assert xp("log", "lr").stdout.count(note) == 1
    assert xp("compare", "base-0", "wide-0").stdout.splitlines().count(note) == 1
    assert note in gitxp.compare("wide-0", "base-0")._repr_html_()
    assert note not in xp("compare", "base-0", "base-1").stdout
    (found,) = stand(xp, "show", "wide-0")["outcomes"]
    counts = {name: count for name, count in found["over_seeds"].items() if "n" in name[:1]}
    assert counts == {"n": 4, "n_against": 4, "nonfinite": 1, "nonfinite_against": 0}
    (found,) = stand(xp, "show", "base-0", "--baseline", "wide-0")["outcomes"]
    assert found["over_seeds"]["nonfinite_against"] == 1


def test_list_tells_no_difference(xp, lost):
    rows = {
        line.split()[1]: line for line in xp("list", "--baseline", "base-0").stdout.splitlines()
    }
    assert rows["wide-4"].endswith("  not finite")
    assert rows["wide-0"].endswith("  +0.1")
    (found,) = (one for one in stand(xp, "list", "--baseline", "base-0") if one["name"] == "wide-4")
    (outcome,) = found["outcomes"]
    assert (outcome["difference"], outcome["better"]) == (None, None)
    assert outcome["over_seeds"]["conclusion"] is None
