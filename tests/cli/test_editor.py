"""What is not said with -m is written in the editor that Git would open for a commit."""

from __future__ import annotations

import json
import os

import pytest

import gitxp

WRITE = "f() { printf 'first line  \\n\\n\\n# no\\nsecond' > \"$1\"; }; f"


def notes(run="fast"):
    return [note.text for note in gitxp.get_run(run).notes]


@pytest.mark.parametrize("variable", ["GIT_EDITOR", "VISUAL", "EDITOR", "core.editor"])
def test_editor_is_the_one_that_git_would_take(xp, runs, monkeypatch, git, repo_dir, variable):
    monkeypatch.setenv("TERM", "xterm")
    if variable == "core.editor":
        git("config", variable, WRITE, cwd=repo_dir)
    else:
        monkeypatch.setenv(variable, WRITE)
    finished = xp("note")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert notes() == ["first line\n\nsecond"]


def test_user_is_told_of_what_and_sees_it_on_the_terminal(terminal, runs):
    shown = terminal("note", GIT_EDITOR='f() { cat "$1"; echo noted > "$1"; }; f')
    assert shown.status == 0
    assert f"# A note of run {runs[1].id.short} lr fast." in shown.text
    assert "# Lines like these are left out." in shown.text
    assert notes() == ["noted"]


def test_other_sign_of_comments_is_heeded(xp, runs, monkeypatch, git, repo_dir):
    git("config", "core.commentChar", ";", cwd=repo_dir)
    monkeypatch.setenv("GIT_EDITOR", "f() { printf '# kept\\n; not\\n' > \"$1\"; }; f")
    assert xp("note", "-q").returncode == 0
    assert notes() == ["# kept"]


@pytest.mark.parametrize("editor", ["true", ":", 'f() { : > "$1"; }; f', "sed -i d"])
def test_empty_note_says_nothing(xp, runs, monkeypatch, editor):
    monkeypatch.setenv("GIT_EDITOR", editor)
    finished = xp("note")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == "nothing was said: the note is empty\n"
    assert notes() == []


@pytest.mark.parametrize(
    ("editor", "said"),
    [
        ("false", "the editor 'false' failed with status 1"),
        ('f() { echo x > "$1"; exit 3; }; f', "failed with status 3"),
        ("no-such-editor", "the editor 'no-such-editor' cannot be started: No such file"),
        ("no-such-editor --wait", "failed with status 127"),
        ("sh -c 'kill -9 $$'", "failed with status"),
        ("rm", "has taken the file away"),
    ],
)
def test_editor_that_fails_says_nothing_and_says_so(
    xp, runs, monkeypatch, repo_dir, git, editor, said
):
    monkeypatch.setenv("GIT_EDITOR", editor)
    before = git("for-each-ref", cwd=repo_dir)
    finished = xp("note")
    assert (finished.returncode, finished.stdout) == (128, "")
    assert said in finished.stderr
    assert "hint: " in finished.stderr
    assert git("for-each-ref", cwd=repo_dir) == before
    assert json.loads(xp("undo", "--list", "--json").stdout) == []
    assert not list((repo_dir / ".git/gitxp").rglob("NOTE_EDITMSG"))


def test_without_a_terminal_and_an_editor_it_says_to_use_m(xp, runs, monkeypatch):
    for variable in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    finished = xp("note")
    assert finished.returncode == 128
    assert "there is no editor: " in finished.stderr
    assert "hint: say it with -m" in finished.stderr


def test_ctrl_c_is_the_editors_while_it_is_open(terminal, runs):
    wait = "f() { trap 'echo caught >> \"$1\"; exit 0' INT; echo ready; sleep 30 & wait; }; f"
    shown = terminal("note", typed="\x03", GIT_EDITOR=f"{wait} ")
    assert shown.status == 0, shown.text
    assert notes() == ["caught"]


def test_paragraphs_are_given_as_git_takes_them(xp, runs):
    assert xp("note", "-m", "one", "-m", "two", "-q").returncode == 0
    assert notes() == ["one\n\ntwo"]


def test_description_is_edited_from_what_it_was(xp, runs, monkeypatch):
    monkeypatch.setenv("GIT_EDITOR", "f() { sed -i 's/one/two/' \"$1\"; }; f")
    xp("experiment", "describe", "lr", "-m", "one", "-q")
    assert xp("experiment", "describe", "lr").returncode == 0
    (found,) = json.loads(xp("experiment", "list", "--json").stdout)
    assert found["description"]["text"] == "two"
    again = xp("experiment", "describe", "lr")
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == "nothing was said: the description is that already\n"


def test_git_variables_do_not_reach_the_editor(xp, runs, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_EDITOR", 'f() { echo "index=$GIT_INDEX_FILE" > "$1"; }; f')
    assert xp("note", "-q").returncode == 0
    assert notes() == ["index="]
    assert "GIT_INDEX_FILE" in os.environ
