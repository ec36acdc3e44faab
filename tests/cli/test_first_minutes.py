"""A script that knows nothing of gitxp, in a repository as new to it, reaches its curves."""

from __future__ import annotations

import subprocess

import pytest

SCRIPT = """\
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
lr = parser.parse_args().lr
for epoch in range(1, 21):
    print(f"epoch {epoch:2} loss={1 / (epoch * lr):.4f}", flush=True)
"""
COMMANDS = (
    ("run", "--metrics", "loss=loss=([0-9.e+-]+)", "--", "python", "train.py", "--lr", "0.5"),
    ("list",),
    ("metrics", "--chart"),
)


@pytest.fixture
def fresh(repo_dir, git):
    """A repository with one commit and one script, which is not committed."""
    (repo_dir / "train.py").write_text(SCRIPT)
    git("config", "--list", "--local", cwd=repo_dir)
    return repo_dir


def test_print_only_script_reaches_curves_in_three_commands(fresh, xp, terminal, git):
    before = [git(*words, cwd=fresh) for words in (("status", "-s"), ("config", "--list"))]
    assert not (fresh / ".git/gitxp").exists()
    trained, listed, drawn = (terminal(*words, GIT_PAGER="cat") for words in COMMANDS)
    assert (trained.status, listed.status, drawn.status) == (0, 0, 0)
    assert trained.text.count("epoch ") == 20
    titles, row, *_ = listed.text.splitlines()
    assert [word for word in titles.split() if word in "name loss ↓?"] == ["name", "loss", "↓?"]
    assert " lr=0.5 " in row
    assert row.split()[-1] == "0.1"
    assert drawn.text.splitlines()[0].strip() == "loss ↓"
    assert sum(0x2800 < ord(letter) <= 0x28FF for letter in drawn.text) > 20  # dots of a curve
    after = [git(*words, cwd=fresh) for words in (("status", "-s"), ("config", "--list"))]
    assert after == before
    assert (fresh / "train.py").read_text() == SCRIPT


def test_code_that_ran_is_there_though_nobody_committed_it(fresh, xp, git):
    assert xp(*COMMANDS[0]).returncode == 0
    (ref,) = git("for-each-ref", "--format=%(refname)", "refs/experiments", cwd=fresh).split()
    shown = subprocess.run(
        ["git", "show", f"{ref}^2:train.py"], cwd=fresh, capture_output=True, text=True, check=True
    )
    assert shown.stdout == SCRIPT
