"""Every command that shows or says something: on a narrow terminal, plain, in any locale."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

import gitxp

GIT_XP = str(Path(sys.executable).with_name("git-xp"))
COLOUR = re.compile(r"\x1b\[[\d;]*m")
LONG = "notes/" + "x" * 50 + "é.txt"
LOOK = [
    "list --by params -c name -c params.*",
    "list", "show odd", "log", "log --graph", "log --oneline", "experiment list", "status",
    "baseline show", "artifact list odd", "config list", "config get experiment", "metrics odd",
    "metrics odd --chart", "metrics odd --csv", "diff odd", "undo --list", "verify", "doctor",
    "convergence odd -m val/accuracy --to 50%",
    "compare odd @", "compare --all -n 9",
]  # fmt: skip
SAY = [
    "tag kind=x odd", "tag -d kind odd", "note -m said odd", "verdict refuted -m no odd",
    "keep odd", "keep --off odd", "rename odd other", "rename other odd",
    "experiment describe vision -m about", "baseline set odd", "artifact get odd small.txt --force",
]  # fmt: skip
# Whoever reads these needs each line whole; the others are text, which the terminal wraps.
TABLES = [
    "list --by params -c name -c params.*",
    "list", "experiment list", "status", "artifact list odd", "config list", "metrics odd",
    "metrics odd --chart", "convergence odd -m val/accuracy --to 50%", "compare odd @",
    "compare --all -n 9", "plot", "plot --bars", "plot --parallel",
]  # fmt: skip
AS_JSON = [
    "list", "baseline show", "show odd", "log", "experiment list", "artifact list odd",
    "metrics odd", "compare odd @", "convergence odd -m val/accuracy --to 50%", "plot odd",
]  # fmt: skip
LOCALES = {
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "POSIX, as Python mends it": {"LC_ALL": "POSIX"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii, strictly": {"PYTHONIOENCODING": "ascii:strict"},
}


@pytest.fixture
def odd(repo_dir, monkeypatch):
    """A repository with a finished and a running run, whose names and values are of all kinds."""
    monkeypatch.chdir(repo_dir)
    monkeypatch.setenv("GITXP_SYSTEM_INTERVAL", "0")  # or the running run has more each time
    (repo_dir / "train.py").write_text("edited = 'größer'\n")
    params = {"schedule": "cosiné 漢字 " * 4, "model": {"widths": list(range(30))}, "lr": 0.1}
    told = {"params": params, "hypothesis": "größer 漢字 " * 9, "tags": {"ké": "wért"}}
    with gitxp.start_run("vision", "odd", **told) as run:
        for step in range(9):
            run.log({"val/accuracy": step / 9, "train/loss": 1 / (step + 1), "é": 1}, step=step)
        run.log_text("héllo", LONG)
        run.log_text("hello", "small.txt")
    subprocess.run([GIT_XP, "note", "odd", "-q", "-m", "nötiert 漢"], check=True)
    subprocess.run([GIT_XP, "baseline", "set", "odd", "-q", "-e", "vision/deeper"], check=True)
    with gitxp.start_run("vision/deeper", params={"lr": 0.2}) as running:
        running.log({"loss": 1.0})
        yield repo_dir


def test_every_command_keeps_to_the_terminal(odd, terminal):
    """40 columns: tables fit, nothing fails, and NO_COLOR is heeded by all."""
    for words in [*LOOK, *SAY]:
        shown = terminal(*words.split(), columns=40, GIT_PAGER="cat")
        assert shown.status == 0, (words, shown.text)
        assert shown.text.strip(), words
        assert COLOUR.search(shown.text) is None, words
        assert "Traceback" not in shown.text, words
        if words in TABLES:
            widths = {line: cell_len(line) for line in shown.text.splitlines()}
            assert max(widths.values()) <= 40, (words, widths)


@pytest.mark.parametrize(
    "words", ["list", "show odd", "log", "log --oneline", "status", "diff odd"]
)
def test_colours_are_there_where_nobody_refuses_them(odd, terminal, words):
    assert COLOUR.search(terminal(*words.split(), GIT_PAGER="cat", NO_COLOR="").text)


@pytest.mark.parametrize("variables", LOCALES.values(), ids=LOCALES)
def test_every_command_works_in_any_locale(odd, variables):
    around = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}

    def answer(words, **more):
        return subprocess.run(
            [GIT_XP, *words.split()],
            cwd=odd,
            capture_output=True,
            check=False,
            env={**around, "LANG": "C.UTF-8", **more},
        )

    for words in [*LOOK, *SAY]:
        done = answer(words, **variables)
        assert done.returncode == 0, (words, done.stderr)
        assert b"Traceback" not in done.stderr, words
    for words in AS_JSON:
        here, there = (answer(f"{words} --json", **more) for more in (variables, {}))
        assert json.loads(here.stdout) == json.loads(there.stdout), words


@pytest.mark.parametrize("editor", ["false", "no-such-editor", "rm"])
def test_editor_that_fails_describes_nothing(odd, editor):
    done = subprocess.run(
        [GIT_XP, "experiment", "describe", "vision"],
        cwd=odd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_EDITOR": editor},
    )
    assert (done.returncode, done.stdout) == (128, "")
    assert "hint: " in done.stderr
    listed = subprocess.run(
        [GIT_XP, "experiment", "list", "--json"], cwd=odd, capture_output=True, check=True
    )
    assert all(one["description"] is None for one in json.loads(listed.stdout))
