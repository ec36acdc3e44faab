"""Whoever stops reading has seen enough: every command ends with 0, and without a word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import gitxp

GIT_XP = str(Path(sys.executable).with_name("git-xp"))
POINTS = 200_000


@pytest.fixture(scope="module")
def long_run(tmp_path_factory):
    """A repository whose only run has many more points than a pipe holds."""
    top = tmp_path_factory.mktemp("long")
    subprocess.run(["git", "init", "--quiet"], cwd=top, check=True)
    script = (
        "import gitxp\n"
        "with gitxp.start_run('long', snapshot='off') as run:\n"
        f"    for step in range({POINTS}): run.log({{'loss': step}}, step=step)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=top, check=True)
    return top


def head(line, folder):
    typed = f'"{GIT_XP}" {line}; echo ${{PIPESTATUS[0]}} >&2'
    return subprocess.run(
        ["bash", "-c", typed], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("form", ["", "--csv", "--json"])
def test_long_output_may_be_read_in_part(long_run, form):
    done = head(f"metrics @ {form} | head -1", long_run)
    assert done.stderr == "0\n"
    assert len(done.stdout.splitlines()) == 1


WORDS = [
    *("list", "show", "metrics @ --chart", "list --json", "--version", "log", "log --graph --json"),
    *("experiment list", "status", "config list", "tag x", "note -m x", "keep", "rename y"),
    *(
        "log --oneline",
        "verdict refuted -m x",
        "experiment describe long -m x",
        "config get experiment",
    ),
    *("list --json --limit 1", "undo --list", "show --json"),
]


@pytest.mark.parametrize("words", WORDS)
def test_output_need_not_be_read_at_all(long_run, words):
    assert head(f"{words} | true", long_run).stderr == "0\n"


def test_error_stays_one_where_nobody_reads_it(long_run):
    assert head("show nothing 2>&1 | true", long_run).stderr == "128\n"
    assert head("show --nothing 2>&1 | true", long_run).stderr == "2\n"


def test_closed_output_is_not_mistaken_for_a_file(long_run):
    assert head("list >&-", long_run).stderr.endswith("0\n")
    assert len(gitxp.open(long_run).runs()) == 1
