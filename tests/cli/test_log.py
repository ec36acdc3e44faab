"""`git xp log` tells what each run was to show and what came of it, the newest first."""

from __future__ import annotations

import json
import re
import shutil

import pytest

import gitxp
from gitxp.storage.refs import run_ref


@pytest.fixture
def story(xp, repo_dir, monkeypatch):
    """Runs of two experiments: one a baseline, one inside another, one that carries on."""
    monkeypatch.chdir(repo_dir)
    (repo_dir / ".gitxp.toml").write_text('[metrics."val/acc"]\ngoal = "max"\n')
    made = {}
    with gitxp.start_run("lr", "base", params={"lr": 0.1}, hypothesis="a first try") as run:
        run.log({"val/acc": 0.8, "loss": 0.5})
    made["base"] = run
    with gitxp.start_run("lr", "cosine", params={"lr": 0.3}, baseline=run.id) as run:
        run.set_tag("hypothesis", "cosine beats step")
        run.log({"val/acc": 0.9, "loss": 0.4})
        with gitxp.start_run("lr", "child", params={"lr": 0.3}, parent=run.id) as child:
            child.log({"loss": 0.3})
    made |= {"cosine": run, "child": child}
    with gitxp.start_run("wd", "other") as run:
        pass
    made["other"] = run
    assert xp("verdict", "confirmed", "cosine", "-m", "by far", "-q").returncode == 0
    assert xp("note", "cosine", "-m", "first line\n\nthird line", "-q").returncode == 0
    assert xp("experiment", "describe", "lr", "-m", "Which schedule?", "-q").returncode == 0
    return made


def settled(text):
    """A text without times and ids, which differ from run to run."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \([^)]*\), took [\d.]+m?s", "<date>", text)
    text = re.sub(r"\b(now|\d+s ago)", "<ago>", text)
    return re.sub(r"\b[0-9a-f]{32}\b", "<id>", re.sub(r"\b[0-9a-f]{7}\b", "<short>", text))


def test_story_is_told_newest_first(xp, story):
    done = xp("log", "lr")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        settled(done.stdout)
        == """\
experiment lr
by:       Ada Lovelace, <ago>

    Which schedule?

run <id> (lr/child, finished)
author:   Ada Lovelace <ada@example.org>
date:     <date>
parent:   <short>
params:   lr=0.3

outcome:  loss ↓? 0.3

run <id> (lr/cosine, finished)
author:   Ada Lovelace <ada@example.org>
date:     <date>
params:   lr=0.3

    cosine beats step

outcome:  val/acc ↑ 0.9 (+0.1 on baseline, better)
          loss ↓? 0.4 (-0.1 on baseline, better)
baseline: <short> base
verdict:  confirmed, by Ada Lovelace, <ago>
          by far
note:     by Ada Lovelace, <ago>
          first line

          third line

run <id> (lr/base, finished)
author:   Ada Lovelace <ada@example.org>
date:     <date>
params:   lr=0.1

    a first try

outcome:  val/acc ↑ 0.8
          loss ↓? 0.5

whether more than noise cannot be said without several seeds on both sides
"""
    )


def test_one_line_a_run_names_the_experiment_where_there_are_several(xp, story):
    assert settled(xp("log", "--oneline").stdout).splitlines() == [
        "<short> (wd/other)",
        "<short> (lr/child) · lr=0.3 · loss ↓? 0.3",
        "<short> (lr/cosine) · cosine beats step · val/acc ↑ 0.9 "
        "(+0.1 on baseline, better by one run) · confirmed",
        "<short> (lr/base) · a first try · val/acc ↑ 0.8",
    ]
    assert settled(xp("log", "wd", "--oneline").stdout) == "<short> (other)\n"


def test_graph_leads_from_a_run_to_the_one_around_it(xp, story):
    lines = settled(xp("log", "lr", "--graph", "--oneline").stdout).splitlines()
    assert [line[:2] for line in lines] == ["* ", "o ", "o "]
    page = settled(xp("log", "lr", "--graph").stdout)
    assert "* run <id> (lr/child, finished)\n│ author:" in page
    assert "o run <id> (lr/cosine, finished)\n  author:" in page


def test_limit_tells_the_newest_and_still_what_varies(xp, story):
    lines = settled(xp("log", "lr", "-n", "1", "--oneline").stdout).splitlines()
    assert lines == ["<short> (child) · lr=0.3 · loss ↓? 0.3"]


def test_json_holds_the_same(xp, story):
    told = json.loads(xp("log", "lr", "--json").stdout)
    assert [one["name"] for one in told] == ["child", "cosine", "base"]
    assert told[0]["parent"] == story["cosine"].id
    cosine = told[1]
    assert cosine["hypothesis"] == "cosine beats step"
    assert cosine["outcomes"][0]["better"] is True
    assert cosine["judgement"]["text"] == "by far"
    assert cosine["notes"][0]["text"] == "first line\n\nthird line"
    assert cosine["baseline"] == story["base"].id


def test_run_that_carries_on_another_is_drawn_above_it(
    xp, story, repo_dir, git, tmp_path, monkeypatch
):
    other = tmp_path / "other"
    git("clone", "--quiet", str(repo_dir), str(other), cwd=tmp_path)
    git("fetch", "--quiet", str(repo_dir), "refs/experiments/*:refs/experiments/*", cwd=other)
    with gitxp.start_run("lr", resume=story["base"].id, repo=other) as again:
        pass
    ref = run_ref(again.experiment, again.id)
    git("fetch", "--quiet", str(other), f"{ref}:{ref}", cwd=repo_dir)
    lines = settled(xp("log", "lr", "--graph", "--oneline").stdout).splitlines()
    assert [line[:4] for line in lines] == ["* <s", "│ * ", "│ o ", "o <s"]


def test_running_run_says_so(xp, story):
    with gitxp.start_run("wd", "live") as run:
        run.log({"loss": 1.0})
        assert "(live) · running · loss ↓? 1" in xp("log", "wd", "--oneline").stdout


def test_baseline_that_is_not_here_is_named(xp, story):
    xp("remove", "base", "--yes")
    page = settled(xp("log", "lr").stdout)
    assert "baseline: <short>, which is not here" in page
    assert "val/acc ↑ 0.9\n" in page


def test_empty_repository_says_how_to_begin(xp, repo_dir):
    done = xp("log")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no runs yet" in done.stderr


def test_unknown_experiment_names_the_nearest(xp, story):
    done = xp("log", "lrr")
    assert done.returncode == 128
    assert "hint: did you mean 'lr'?" in done.stderr


def test_it_is_paged_and_coloured_on_a_terminal(terminal, story):
    assert "paged:run " in terminal("log", GIT_PAGER="sed s/^/paged:/").text
    coloured = terminal("log", "--oneline", NO_COLOR="", GIT_PAGER="cat").text
    assert "\x1b[32mconfirmed\x1b[0m" in coloured
    assert "(+0.1 on baseline, better by one run)" in coloured  # seeds say nothing of it


def test_terminal_without_unicode_gets_ascii(xp, story, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = xp("log", "lr", "--graph", "--oneline")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert " - cosine beats step - " in done.stdout


def test_damaged_record_is_named_and_the_others_are_told(xp, story, repo_dir, git):
    empty = git("mktree", cwd=repo_dir).strip()
    commit = git("commit-tree", empty, "-m", "x", cwd=repo_dir).strip()
    git("update-ref", f"refs/experiments/lr/{'f' * 32}", commit, cwd=repo_dir)
    done = xp("log", "lr", "--oneline")
    assert done.returncode == 128
    assert len(done.stdout.splitlines()) == 3
    assert f"warning: refs/experiments/lr/{'f' * 32}" in done.stderr


def test_record_that_vanished_behind_its_row_is_mended_or_named(xp, story, repo_dir, git):
    assert xp("list").returncode == 0
    # Else these show every command that objects are missing, and are mended before runs are read.
    for ref in git("for-each-ref", "--format=%(refname)", "refs/gitxp/live", cwd=repo_dir).split():
        git("update-ref", "-d", ref, cwd=repo_dir)
    for path in (repo_dir / ".git/objects/pack").iterdir():
        path.unlink()
    done = xp("log", "lr", "--oneline")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)
    assert "brought back the missing objects of refs/experiments/lr/" in done.stderr
    for path in (repo_dir / ".git/objects/pack").iterdir():
        path.unlink()
    shutil.rmtree(repo_dir / ".git/gitxp/recorded")
    (repo_dir / ".git/objects/info/alternates").write_text("/not/mounted\n")
    done = xp("log", "lr", "--oneline")
    assert (done.returncode, done.stdout) == (128, "")
    assert f"warning: {run_ref('lr', story['base'].id)}: " in done.stderr
