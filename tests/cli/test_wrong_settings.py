"""A wrong setting stops what starts runs, and nothing else."""

from __future__ import annotations

import json
import os
import re

import pytest

import gitxp
from gitxp.errors import InvalidSettings

WRONG = {
    "unknown key": '[snapshot]\nfile-byte = 3\n[output]\nlimit = "5 MiB"\n',
    "wrong value": '[snapshot]\nfile-bytes = "many"\n[output]\nlimit = "5 MiB"\n',
    "no toml": "[snapshot\n",
    "wrong goal": '[metrics.loss]\ngoal = "down"\n',
    "goals that are no tables": "metrics = 3\n",
}


@pytest.fixture(params=WRONG.values(), ids=WRONG)
def wrong(request, repo_dir, runs):
    (repo_dir / ".gitxp.toml").write_text(request.param)


@pytest.mark.parametrize(
    "words",
    [("list",), ("show",), ("metrics",), ("diff", "--stat"), ("recover",), ("remove", "@", "-n")],
    ids=lambda words: words[0],
)
def test_reading_warns_once_and_goes_on(xp, wrong, words):
    done = xp(*words)
    assert done.returncode == 0
    assert done.stdout
    assert done.stderr.count("warning: .gitxp.toml") == 1
    assert done.stderr.count("\n") == 1


def test_removing_and_taking_back_go_on(xp, wrong):
    assert xp("remove", "fast", "--yes").returncode == 0
    assert xp("undo").returncode == 0
    assert len(json.loads(xp("list", "--json").stdout)) == 2


def test_starting_refuses(xp, wrong, repo_dir):
    done = xp("run", "--", "touch", "started")
    assert done.returncode == 128
    assert "error: .gitxp.toml" in done.stderr
    assert not (repo_dir / "started").exists()
    with pytest.raises(InvalidSettings):
        gitxp.start_run("lr", repo=str(repo_dir / ".git" / ".."))
    assert len(json.loads(xp("list", "--json").stdout)) == 2


@pytest.mark.parametrize("kind", ["/dev/zero", "pipe", "folder", "large"])
def test_settings_that_are_no_small_plain_file_are_refused(xp, runs, repo_dir, kind):
    path = repo_dir / ".gitxp.toml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        path.write_bytes(b"#" * (1 << 20) + b"\n")
    else:
        path.symlink_to(kind)
    done = xp("run", "--", "touch", "started")
    assert done.returncode == 128
    assert re.search(r"error: .gitxp.toml is (no plain file|larger than 1 MiB)\n", done.stderr)
    assert not (repo_dir / "started").exists()
    assert xp("list").returncode == 0


def test_error_names_the_nearest_key(xp, repo_dir):
    (repo_dir / ".gitxp.toml").write_text("[snapshot]\nfile-byte = 3\n")
    for words in (("list",), ("run", "--", "true")):
        said = xp(*words).stderr
        assert "did you mean 'snapshot.file-bytes'" in said
        assert "edit .gitxp.toml" in said


def test_each_wrong_key_is_named_wherever_it_stands(xp, repo_dir, git, monkeypatch, runs):
    git("config", "xp.snapshot.modes", "off", cwd=repo_dir)
    git("config", "xp.diff.limit", "much", cwd=repo_dir)
    monkeypatch.setenv("GITXP_NOTHING", "1")
    done = xp("list")
    assert (done.returncode, done.stderr.count("warning: ")) == (0, 3)
    assert "git config: unknown setting 'xp.snapshot.modes'" in done.stderr
    assert "xp.diff.limit is 'much'" in done.stderr
    assert "the environment: unknown setting 'GITXP_NOTHING'" in done.stderr


def test_right_settings_beside_a_wrong_one_are_in_force(xp, repo_dir, runs):
    (repo_dir / ".gitxp.toml").write_text(
        '[metrics.odd]\ngoal = "min"\n[metrics.loss]\ngoal = "down"\n[snapshot]\nnothing = 1\n'
    )
    done = xp("list")
    assert done.stderr.count("warning: ") == 2
    # Which way `loss` is better is guessed, as if nobody had said anything of it.
    assert re.search(r" odd [↓v]  +loss [↓v]\?$", done.stdout.splitlines()[0])
