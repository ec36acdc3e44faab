"""`git xp config` shows what is in force, and where it comes from."""

from __future__ import annotations

import json

import pytest

from gitxp.policy.settings import KNOWN


@pytest.fixture
def configured(repo_dir, git, monkeypatch):
    """A setting in each of the places, and one that is in all of them."""
    (repo_dir / ".gitxp.toml").write_text(
        'experiment = "team"\n[artifacts]\nlimit = "5 MiB"\n'
        '[metrics."val/acc"]\ngoal = "max"\n[metrics.loss]\ngoal = "min"\nunit = "%"\n'
        '[routes]\n"secret/*" = ["private"]\nscratch = []\n'
    )
    git("config", "xp.experiment", "mine", cwd=repo_dir)
    git("config", "--global", "xp.snapshot.mode", "each", cwd=repo_dir)
    git("config", "xp.output.quiet", "yes", cwd=repo_dir)
    monkeypatch.setenv("GITXP_EXPERIMENT", "this one")


def found(xp):
    return {one["key"]: one for one in json.loads(xp("config", "list", "--json").stdout)}


def test_every_setting_is_listed_with_its_value_and_where_it_comes_from(xp, configured):
    told = found(xp)
    assert set(told) == {known.key for known in KNOWN} | {
        'metrics."val/acc".goal',
        'metrics."loss".goal',
        'metrics."loss".unit',
        'routes."secret/*"',
        'routes."scratch"',
    }
    values = {key: (one["value"], one["origin"]) for key, one in told.items()}
    assert values["experiment"] == ('"this one"', "GITXP_EXPERIMENT")
    assert values["artifacts.limit"] == ('"5 MiB"', ".gitxp.toml")
    assert values["output.quiet"][0] == "true"
    assert values["output.quiet"][1].endswith("/.git/config")
    assert values["snapshot.mode"][0] == '"each"'
    assert values["snapshot.mode"][1].endswith("/.gitconfig")
    assert values["diff.limit"] == ('"5 MiB"', "default")
    assert values['metrics."val/acc".goal'] == ('"max"', ".gitxp.toml")
    assert values['metrics."loss".unit'] == ('"%"', ".gitxp.toml")
    assert values['routes."secret/*"'] == ('["private"]', ".gitxp.toml")
    assert values['routes."scratch"'][0] == "[]"


def test_table_shows_the_same(xp, configured):
    lines = xp("config", "list").stdout.splitlines()
    assert lines[0].split() == ["key", "value", "from"]
    assert ["artifacts.limit", '"5', 'MiB"', ".gitxp.toml"] in [line.split() for line in lines]


def test_one_setting_is_its_value_alone(xp, configured):
    assert xp("config", "get", "output.quiet").stdout == "true\n"
    assert xp("config", "get", 'metrics."loss".goal').stdout == '"min"\n'
    assert json.loads(xp("config", "get", "diff.limit", "--json").stdout)["origin"] == "default"


@pytest.mark.parametrize("key", ["job", "rank"])
def test_setting_without_a_default_has_no_value(xp, configured, monkeypatch, key):
    done = xp("config", "get", key)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert (found(xp)[key]["value"], found(xp)[key]["origin"]) == ("", "default")
    monkeypatch.setenv(f"GITXP_{key.upper()}", "0")
    assert xp("config", "get", key).stdout.strip('"\n') == "0"


@pytest.mark.parametrize("word", ["goal", "unit"])
def test_what_nobody_said_of_a_metric_has_no_value(xp, configured, word):
    done = xp("config", "get", f'metrics."other".{word}')
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_unknown_setting_names_the_nearest(xp, repo_dir):
    done = xp("config", "get", "snapshot.mod")
    assert done.returncode == 128
    assert "error: there is no setting 'snapshot.mod'" in done.stderr
    assert "hint: did you mean 'snapshot.mode'?" in done.stderr


def test_wrong_setting_is_warned_of_once_and_counts_as_not_set(xp, repo_dir, git):
    git("config", "xp.snapshot.mode", "sometimes", cwd=repo_dir)
    done = xp("config", "get", "snapshot.mode")
    assert done.stdout == '"auto"\n'
    assert done.stderr.count("warning: ") == 1
    (repo_dir / ".gitxp.toml").write_text("not = = TOML")
    assert xp("config", "list").returncode == 0
