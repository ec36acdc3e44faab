"""Completion as bash does it, of `git-xp` itself and through Git's own completion."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gitxp.cli.table import ENTRIES

TOP = Path(__file__).parents[2]
SCRIPT = TOP / "docs" / "completion" / "git-xp.bash"
OF_GIT = Path("/usr/share/bash-completion/completions/git")
NAMES = {entry.name for entry in ENTRIES}


def bash(*lines: str) -> list[str]:
    done = subprocess.run(
        ["bash", "--norc", "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def completed(*words: str) -> list[str]:
    """Return what bash offers for the last of `words`, typed after `git-xp`."""
    typed = " ".join(f"'{word}'" for word in ("git-xp", *words))
    return bash(
        f"source {SCRIPT}",
        f"COMP_WORDS=({typed}) COMP_CWORD={len(words)}",
        "$(complete -p git-xp | sed 's/.*-F \\([^ ]*\\) .*/\\1/') git-xp",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    )


def completed_by_git(line: str) -> list[str]:
    """Return what Git's own completion offers at the end of a line."""
    return bash(
        f"source {OF_GIT}",
        f"source {SCRIPT}",
        f"COMP_LINE='{line}' COMP_POINT={len(line)}",
        "COMP_WORDS=($COMP_LINE)",
        '[[ $COMP_LINE == *" " ]] && COMP_WORDS+=("")',
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))",
        "__git_wrap__git_main",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    )


def test_commands_are_completed():
    assert set(completed("")) == NAMES
    assert completed("li") == ["list"]
    assert set(completed("re")) == {"recover", "remove", "rename"}
    assert completed("--no-pager", "sh") == ["show"]


def test_commands_of_a_group_and_their_options_are_completed():
    assert set(completed("experiment", "")) == {"list", "describe"}
    assert completed("artifact", "g") == ["get"]
    assert completed("experiment", "describe", "--mes") == ["--message"]
    assert set(completed("artifact", "get", "--")) == {"--output", "--force", "--quiet", "--help"}
    assert completed("artifact", "get", "some-run", "") == []


def test_options_are_completed():
    assert completed("list", "--s") == ["--sort"]
    assert completed("metrics", "some-run", "--ch") == ["--chart"]
    assert completed("--no") == ["--no-pager"]
    assert {"--experiment", "--limit", "-n"} <= set(completed("list", "-"))


def test_words_of_the_command_that_is_run_are_left_alone():
    assert completed("run", "--", "python", "--s") == []
    assert completed("show", "some") == []


@pytest.mark.skipif(not OF_GIT.exists(), reason="Git's own completion is not installed")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("git xp li", {"list"}),
        ("git xp ", NAMES),
        ("git xp list --s", {"--sort"}),
        ("git -C . xp metrics some-run --ch", {"--chart"}),
        ("git xp experiment d", {"describe"}),
    ],
)
def test_git_completes_its_xp(line, offered):
    assert set(completed_by_git(line)) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_can_read_their_scripts(shell):
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    path = SCRIPT.with_name({"zsh": "_git-xp", "fish": "git-xp.fish"}[shell])
    done = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
