"""`git xp compare`: what sets runs apart, for people and for programs."""

from __future__ import annotations

import json

import pytest

import gitxp

REFSPEC = "refs/experiments/*:refs/gitxp/incoming/origin/*"


def parsed(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout, parse_constant=pytest.fail)


def rows_of(told, title):
    (found,) = [one["rows"] for one in told["sections"] if one["section"] == title]
    return found


def titles(told):
    return [section["section"] for section in told["sections"]]


def test_two_runs_are_told_in_one_view(runs, xp):
    done = xp("compare", "slow", "fast")
    assert done.returncode == 0, done.stderr
    for line in ("  loss ↓?", "  lr", "metrics", "params"):
        assert f"\n{line}" in done.stdout
    (lr,) = [line.split() for line in done.stdout.splitlines() if line.startswith("  lr ")]
    assert lr == ["lr", "0.1", "0.3"]
    (loss,) = [line for line in done.stdout.splitlines() if line.startswith("  loss ↓? ")]
    assert "0.15 (+0.1 worse)" in loss
    assert "  epochs" not in done.stdout
    assert "  epochs" in xp("compare", "slow", "fast", "--all").stdout
    assert "code, packages, environment" in done.stdout.splitlines()[-1]


def test_json_holds_each_section_and_html_is_a_page(runs, xp):
    told = parsed(xp("compare", "fast", "slow", "--json"))
    assert [run["name"] for run in told["runs"]] == ["fast", "slow"]
    assert [one for one in titles(told) if one != "outcome"][:2] == ["metrics", "params"]
    rows = {row["field"]: row for row in rows_of(told, "metrics")}
    told = rows["loss"]["cells"][1]
    over_seeds = told.pop("over_seeds")
    assert told == {"value": 0.05, "difference": 0.05 - 0.15, "better": True}
    assert (over_seeds["conclusion"], over_seeds["n"]) == ("cannot be said", 1)
    page = xp("compare", "fast", "slow", "--html").stdout
    assert page.startswith("<!DOCTYPE html>")
    assert "<td style='text-align:left'>lr</td><td>0.3</td><td>0.1</td>" in page


def test_runs_are_chosen_as_everywhere(runs, xp):
    told = parsed(xp("compare", "--where", "params.epochs == 2", "--sort", "params.lr", "--json"))
    assert [run["name"] for run in told["runs"]] == ["slow", "fast"]
    assert xp("compare", "--where", "params.lr > 9").returncode == 1
    one = xp("compare", "-n", "1")
    assert (one.returncode, "this is one run" in one.stderr) == (0, True)


def test_run_that_is_named_twice_counts_once(runs, xp):
    done = xp("compare", "slow", "slow")
    assert "differs from none" in done.stderr
    told = parsed(xp("compare", "slow", runs[0].id, "@", "--json"))
    assert [run["name"] for run in told["runs"]] == ["slow", "fast"]


def test_what_is_typed_wrong_is_refused_with_a_hint(runs, xp):
    for words in (["slow"], [], ["slow", "fast", "--json", "--html"]):
        done = xp("compare", *words)
        assert (done.returncode, "hint: git xp compare -h" in done.stderr) == (2, True)
    unknown = xp("compare", "slow", "fasd")
    assert unknown.returncode == 128
    assert "hint: did you mean 'fast'?" in unknown.stderr


def test_running_run_is_compared_as_it_stands(runs, xp):
    with gitxp.start_run("lr", "going", params={"lr": 0.5, "epochs": 2}) as run:
        run.log({"loss": 3.0}, step=7)
        told = parsed(xp("compare", "slow", "going", "--json"))
    rows = {row["field"]: row["cells"] for row in rows_of(told, "outcome")}
    assert [one["value"] for one in rows["status"]] == ["finished", "running"]
    assert [one["value"] for one in rows["last step"]] == [1, 7]


def test_fetched_runs_are_compared_as_they_were_there(runs, xp, repo_dir, tmp_path, git):
    there = tmp_path / "there"
    git("clone", "--quiet", str(repo_dir), str(there), cwd=tmp_path)
    git("fetch", "--quiet", "origin", REFSPEC, cwd=there)
    assert xp("note", "slow", "-m", "later").returncode == 0
    assert xp("tag", "kind=later", "slow").returncode == 0
    found = gitxp.open(there, remote="origin").compare("slow", "fast")
    assert list(found.frame.loc["metrics"].index) == ["loss"]
    done = gitxp.open(there, remote="origin").compare("fast", "slow")
    assert done.labels == ("fast", "slow")
    assert "tag kind" not in found.frame.index.get_level_values("field")


def test_remote_is_an_option_too(runs, xp, repo_dir, git):
    git("update-ref", f"refs/gitxp/incoming/origin/lr/{runs[0].id}", tip(runs[0]), cwd=repo_dir)
    git("update-ref", f"refs/gitxp/incoming/origin/lr/{runs[1].id}", tip(runs[1]), cwd=repo_dir)
    assert xp("tag", "kind=later", "slow").returncode == 0
    assert "tag kind" in xp("compare", "slow", "fast").stdout
    fetched = xp("compare", "slow", "fast", "--remote", "origin")
    assert (fetched.returncode, "tag kind" in fetched.stdout) == (0, False)
    assert "  lr" in fetched.stdout
    assert xp("compare", "slow", "fast", "--remote", "nobody").returncode == 128


def tip(run):
    return gitxp.get_run(run.id).record.tip


def test_damaged_record_is_named_and_others_are_compared(runs, xp, repo_dir, git):
    with gitxp.start_run("lr", "third"):
        pass
    empty = git("hash-object", "-w", "-t", "tree", "/dev/null", cwd=repo_dir).strip()
    broken = git("commit-tree", "-m", "broken", empty, cwd=repo_dir).strip()
    git("update-ref", f"refs/experiments/lr/{runs[0].id}", broken, cwd=repo_dir)
    done = xp("compare", "-n", "9", "--json")
    assert done.returncode == 128
    assert runs[0].id in done.stderr
    assert [run["name"] for run in json.loads(done.stdout)["runs"]] == ["third", "fast"]
    assert xp("compare", "slow", "fast").returncode == 128


def test_damaged_baseline_is_named(runs, xp, repo_dir, git):
    for lr in (0.4, 0.5):
        with gitxp.start_run("lr", f"lr-{lr}", params={"lr": lr}, baseline="slow") as run:
            run.log({"loss": lr})
    empty = git("hash-object", "-w", "-t", "tree", "/dev/null", cwd=repo_dir).strip()
    broken = git("commit-tree", "-m", "broken", empty, cwd=repo_dir).strip()
    git("update-ref", f"refs/experiments/lr/{runs[0].id}", broken, cwd=repo_dir)
    for words in (("lr-0.4", "lr-0.5"), ("-n", "2")):
        done = xp("compare", *words)
        assert (done.returncode, done.stderr.count(runs[0].id)) == (128, 1)
        assert "loss on baseline" not in done.stdout


def test_difference_from_a_baseline_is_what_the_seeds_say_of_it(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    noise = (0.0, 0.01, -0.01, 0.005)
    baseline = False
    for kind, mean in (("base", 0.8), ("noise", 0.802), ("good", 0.9)):
        for seed, offset in enumerate(noise):
            with gitxp.start_run(
                "acc", f"{kind}-{seed}", params={"kind": kind}, seeds=seed, baseline=baseline
            ) as run:
                run.log({"val/acc": mean + offset}, step=0)
            baseline = baseline or run
    with gitxp.start_run("acc", "alone", params={"kind": "alone"}, baseline=baseline) as run:
        run.log({"val/acc": 0.95}, step=0)
    names = ("noise-0", "good-0", "alone")
    (row,) = [one for one in xp("compare", *names).stdout.splitlines() if "on baseline" in one]
    for told in (
        "+0.002 (over seeds +0.002, within the noise)",
        "+0.1 (over seeds +0.1, better)",
        "+0.15 (better)",
    ):
        assert told in row
    told = parsed(xp("compare", *names, "--json"))
    cells = {one["field"]: one["cells"] for one in rows_of(told, "metrics")}["val/acc on baseline"]
    said = [one["over_seeds"]["conclusion"] for one in cells]
    assert said == ["within the noise", "better", "cannot be said"]
    assert (
        "+0.002 <small>(over seeds +0.002, within the noise)" in gitxp.compare(*names)._repr_html_()
    )


def test_many_runs_over_seeds_are_said_to_be_groups(runs, xp):
    for seed in range(3):
        with gitxp.start_run("lr", f"seed-{seed}", params={"lr": 0.7}, seeds=seed) as run:
            run.log({"loss": seed})
    done = xp("compare", "slow", "seed-0", "seed-1", "seed-2")
    told = "note: 3 of these runs repeat others with other seeds; how far they spread"
    assert (done.returncode, done.stderr.count(told), "git xp groups" in done.stderr) == (
        0,
        1,
        True,
    )
    for words in (("slow", "fast", "seed-0"), ("seed-0", "seed-1")):
        assert xp("compare", *words).stderr == ""


def test_terminal_of_any_width_shows_both_runs(runs, terminal):
    for columns in (40, 80, 160):
        shown = terminal("compare", "slow", "fast", columns=columns, GIT_PAGER="cat").text
        assert "slow" in shown.splitlines()[0]
        assert all(len(line) <= columns for line in shown.splitlines() if "git xp" not in line)


def test_more_runs_than_anybody_looks_at_are_refused_before_any_is_read(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    monkeypatch.setenv("GITXP_SNAPSHOT_MODE", "off")
    monkeypatch.setenv("GITXP_SYSTEM_INTERVAL", "0")
    for _ in range(101):
        gitxp.start_run("many").finish()
    done = xp("compare", "-n", "1000")
    assert (done.returncode, done.stdout) == (128, "")
    assert "101 runs to compare: expected at most 100" in done.stderr
    assert "hint: choose fewer" in done.stderr
