"""Completion as the shells do it, of `git-xp` itself and through Git's own completion."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gitxp
from gitxp.cli.table import ENTRIES

TOP = Path(__file__).parents[2]
SCRIPT = TOP / "docs" / "completion" / "git-xp.bash"
OF_GIT = Path("/usr/share/bash-completion/completions/git")
FISH = SCRIPT.with_name("git-xp.fish")
FISH_OF_GIT = SCRIPT.with_name("git.conf.fish")
NAMES = {entry.name for entry in ENTRIES}


def environment() -> dict[str, str]:
    """Return variables under which the shells find this `git-xp`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path}


def bash(*lines: str) -> list[str]:
    done = subprocess.run(
        ["bash", "--norc", "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert (done.returncode, done.stderr) == (0, "")
    return list(filter(None, done.stdout.split("\n")))


def completed(*words: str) -> list[str]:
    """Return what bash offers for the last of `words`, typed after `git-xp`."""
    typed = shlex.join(("git-xp", *words))
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
    which = {"--where", "--experiment", "--sort", "--limit"}
    own = {"--output", "--force", "--quiet", "--help"}
    assert set(completed("artifact", "get", "--")) == which | own
    assert completed("artifact", "get", "some-run", "") == []


def test_options_are_completed():
    assert completed("list", "--s") == ["--sort"]
    assert completed("metrics", "some-run", "--ch") == ["--chart"]
    assert completed("--no") == ["--no-pager"]
    assert {"--experiment", "--limit", "-n"} <= set(completed("list", "-"))


def test_words_of_the_command_that_is_run_are_left_alone():
    assert completed("run", "--", "python", "--s") == []


@pytest.fixture
def ids(repo_dir, monkeypatch):
    """The ids of three runs of two experiments."""
    monkeypatch.chdir(repo_dir)
    found = []
    for name, experiment in [("base line", "vision/lr"), ("cosine", "vision/lr"), ("", "text")]:
        with gitxp.start_run(experiment, name or None) as run:
            run.log({"loss": 1}, step=0)
        found.append(run.id)
    return found


def test_runs_are_completed_where_a_command_takes_them(ids):
    assert completed("show", "cos") == ["cosine"]
    assert completed("diff", "cosine", "cos") == ["cosine"]
    assert completed("tag", "cos") == []
    assert completed("tag", "best", "cos") == ["cosine"]
    assert completed("note", "-m", "words", "cos") == ["cosine"]
    assert completed("metrics", "-m", "cos") == []
    assert completed("artifact", "get", "-o", "there", "cos") == ["cosine"]
    assert completed("artifact", "get", "cosine", "cos") == []
    assert completed("show", "cosine", "cos") == []


def test_id_is_completed_as_far_as_lists_show_it(ids):
    assert completed("show", ids[0][:5]) == [ids[0][:7]]


def test_names_that_the_shell_must_not_take_apart_are_quoted(ids):
    assert completed("show", "bas") == [r"base\ line"]  # no id begins so
    assert completed("show", r"base\ l") == [r"base\ line"]
    assert completed("show", "'base l") == ["base line"]


def test_experiments_are_completed(ids):
    assert completed("list", "--experiment", "") == ["text", "vision/lr"]
    assert completed("run", "-e", "vi") == ["vision/lr"]
    assert completed("log", "t") == ["text"]
    assert completed("experiment", "describe", "t") == ["text"]
    assert completed("list", "--sort", "") == []


def test_nothing_is_said_outside_of_a_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert completed("show", "") == []
    assert completed("list", "-e", "") == []


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


@pytest.mark.skipif(not OF_GIT.exists(), reason="Git's own completion is not installed")
def test_git_completes_runs_of_the_repository_that_is_named(ids, repo_dir, tmp_path, monkeypatch):
    assert completed_by_git("git xp show cos") == ["cosine"]
    monkeypatch.chdir(tmp_path)
    assert completed_by_git(f"git -C {repo_dir} xp show cos") == ["cosine"]
    assert completed_by_git("git xp show cos") == []


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
def test_fish_completes_runs_and_experiments(ids):
    def offered(line: str) -> list[str]:
        script = f"source {FISH}; source {FISH_OF_GIT}; complete --do-complete {shlex.quote(line)}"
        return [
            line.partition("\t")[0] for line in bash(f"fish --no-config -c {shlex.quote(script)}")
        ]

    assert offered("git-xp show cos") == ["cosine"]
    assert offered("git-xp show base") == ["base line"]
    assert offered("git-xp tag best cos") == ["cosine"]
    assert offered("git-xp log vis") == ["vision/lr"]
    assert offered("git-xp list -e vis") == ["vision/lr"]
    assert offered("git xp sho") == ["show"]
    assert offered("git xp show cos") == ["cosine"]
    assert offered("git -c color.ui=never xp show base") == ["base line"]
    assert offered("git xp experiment des") == ["describe"]
    assert "rename" in offered("git xp ")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("git-xp show cos", "git-xp show cosine"),
        ("git-xp tag best cos", "git-xp tag best cosine"),
        ("git-xp show base", "git-xp show base line"),
        ("git-xp list -e vis", "git-xp list -e vision/lr"),
        ("git-xp artifact list cos", "git-xp artifact list cosine"),
    ],
)
def test_zsh_completes_runs_and_experiments(ids, typed, becomes):
    assert becomes in zsh_line(typed)


def zsh_line(typed: str) -> str:
    """Return the words of a line that zsh has completed: on a terminal, for it does so on no pipe.

    Instead of the line, `print` of its words is run.
    """
    ours, its = os.openpty()
    zsh = subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=its, stdout=its, stderr=its, env=environment()
    )
    os.close(its)
    try:
        setup = f"fpath=({SCRIPT.parent} $fpath); autoload -U compinit; compinit -u -D"
        # A prompt that does not look as it is typed: from then on keys are keys.
        os.write(ours, f"{setup}; PS1='the%%prompt'\n".encode())
        read_until(ours, b"the%prompt")
        os.write(ours, f"{typed}\t\x01print -r -- \x05 end\n".encode())
        printed, _, _ = read_until(ours, b" end\r\n").partition(b" end\r\n")
        return printed.decode().splitlines()[-1]
    finally:
        zsh.kill()
        zsh.wait()
        os.close(ours)


def read_until(terminal: int, end: bytes) -> bytes:
    seen = b""
    while end not in seen:
        seen += os.read(terminal, 4096)
    return seen


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_can_read_their_scripts(shell):
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    path = SCRIPT.with_name({"zsh": "_git-xp", "fish": "git-xp.fish"}[shell])
    done = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
