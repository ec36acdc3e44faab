"""The commands that say something of runs: what they do, say, print and refuse."""

from __future__ import annotations

import json
import shlex
import subprocess

import pandas as pd
import pytest

import gitxp
from gitxp.storage.operations import read_operations
from gitxp.storage.repository import open_repository


def shown(xp, run="@"):
    return json.loads(xp("show", run, "--json").stdout)


def done(xp, *words):
    """Run a command that must succeed, and return what it printed."""
    finished = xp(*words)
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def test_each_says_what_it_did_and_how_to_undo_it(xp, runs):
    newest = f"run {runs[1].id.short} lr fast"
    for words, told in (
        (("tag", "kind=cosine"), f"tagged {newest}: kind=cosine"),
        (("tag", "good", "fast"), f"tagged {newest}: good"),
        (("tag", "-d", "good"), f"took the tag good off {newest}"),
        (("note", "-m", "odd"), f"noted of {newest}"),
        (("verdict", "refuted", "@", "-m", "no"), f"judged {newest}: refuted"),
        (("keep",), f"kept {newest}"),
        (("keep", "--off"), f"no longer kept: {newest}"),
        (("rename", "faster"), f"renamed {newest} to faster"),
    ):
        before = shown(xp, runs[1].id)
        (line,) = done(xp, *words).splitlines()
        told_here, _, hint = line.partition("; undo: git xp ")
        assert told_here == told
        assert {**shown(xp, runs[1].id), "tip": None} != {**before, "tip": None}
        done(xp, *shlex.split(hint))
        assert {**shown(xp, runs[1].id), "tip": None} == {**before, "tip": None}
        done(xp, *words)
    found = shown(xp, "faster")
    assert (found["tags"], found["kept"]) == ({"kind": "cosine"}, False)
    assert [note["text"] for note in found["notes"]] == ["odd"]
    assert (found["verdict"], found["judgement"]["text"]) == ("refuted", "no")
    assert found["judgement"]["author"] == "Ada Lovelace <ada@example.org>"
    assert found["judgement"]["time"].endswith("Z")


def test_several_runs_are_told_at_once_however_they_are_named(xp, runs):
    (line,) = done(xp, "tag", "n=3", "@", "@~1", runs[0].id[:8], "fast").splitlines()
    assert line.startswith(f"tagged 2 runs ({runs[1].id.short}, {runs[0].id.short}): n=3; undo: ")
    assert [row["tags.n"] for row in json.loads(done(xp, "list", "--json"))] == [3, 3]
    assert list(gitxp.runs()["tags.n"]) == [3, 3]


def test_log_of_operations_names_a_few_of_many_runs(xp, repo_dir, monkeypatch):
    monkeypatch.chdir(repo_dir)
    for number in range(8):
        gitxp.start_run("lr", f"r{number}").finish()
    done(xp, "keep", *(f"r{number}" for number in range(8)), "-q")
    (line,) = done(xp, "undo").splitlines()
    assert line.endswith(": git xp keep r0 r1 r2 r3 r4 and 3 more")


@pytest.mark.parametrize(
    ("typed", "value"),
    [("x", True), ("x=", ""), ("x=false", False), ("x=0.5", 0.5), ("x=a=b", "a=b"), ("x=07", "07")],
)
def test_value_of_a_tag_is_what_it_reads_as(xp, runs, typed, value):
    done(xp, "tag", typed, "-q")
    assert shown(xp)["tags"]["x"] == value


def test_verdict_and_name_are_in_lists_and_frames(xp, runs):
    done(xp, "verdict", "confirmed", "slow", "-q")
    done(xp, "rename", "slow", "base", "-q")
    listed = done(xp, "list").splitlines()
    assert listed[0].split()[:4] == ["run", "name", "status", "verdict"]
    assert [line.split()[1] for line in listed[1:]] == ["fast", "base"]
    frame = gitxp.runs().set_index("name")
    assert frame.loc["base", "verdict"] == "confirmed"
    assert pd.isna(frame.loc["fast", "verdict"])
    assert "verdict:" in done(xp, "show", "base")


def test_run_that_goes_on_is_spoken_of_like_any_other(xp, runs):
    with gitxp.start_run("lr", "live") as live:
        done(xp, "note", "live", "-m", "still going")
        done(xp, "tag", "kind=live")
        assert shown(xp, "live")["notes"][0]["text"] == "still going"
        done(xp, "undo")
        assert shown(xp, "live")["tags"] == {}
    found = shown(xp, live.id)
    assert (found["status"], found["tags"], len(found["notes"])) == ("finished", {}, 1)


def test_json_is_the_operation(xp, runs):
    told = json.loads(done(xp, "keep", "fast", "slow", "--json"))
    assert told["command"] == "git xp keep fast slow"
    assert [change["ref"][-32:] for change in told["changes"]] == [runs[1].id, runs[0].id]
    assert [one["ref"][-32:] for one in told["said"]] == [runs[1].id, runs[0].id]
    assert json.loads(done(xp, "undo", "--list", "--json"))[0] == told


def test_quiet_command_says_nothing_and_does_it(xp, runs):
    for words in (("tag", "a"), ("note", "-m", "x"), ("verdict", "refuted"), ("keep",)):
        assert done(xp, *words, "-q") == ""
    assert done(xp, "rename", "-q", "new") == ""
    found = shown(xp, "new")
    assert (found["tags"], found["verdict"], found["kept"]) == ({"a": True}, "refuted", True)


def test_dry_run_of_undo_names_what_it_would_take_back(xp, runs):
    done(xp, "note", "-m", "x", "-q")
    first, second = done(xp, "undo", "-n").splitlines()
    assert first.endswith(": git xp note")
    assert second == f"  take back what it said of refs/experiments/lr/{runs[1].id}"
    assert len(shown(xp)["notes"]) == 1


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("tag",), 2, "error: missing argument 'KEY[=VALUE]'"),
        (("tag", "@", "best"), 2, "error: '@' is a run: expected KEY[=VALUE] before it"),
        (("tag", "-d", "a=1"), 2, "error: -d 'a=1': expected the key alone"),
        (("tag", "=1"), 128, "error: tag name '' is empty"),
        (("tag", "a", "nobody"), 128, "error: no run 'nobody' here"),
        (("verdict", "perhaps"), 2, "'perhaps' is not one of"),
        (("verdict",), 2, "error: missing argument"),
        (("rename",), 2, "error: missing argument '[RUN] NAME'"),
        (("rename", "a", "b", "c"), 2, "error: expected one run at most, and its new name"),
        (("rename", " "), 128, "error: run name ' ' is empty"),
        (("rename", "x" * 251), 128, "has 251 characters"),
        (("note", "-m", "x" * 100_001), 128, "error: a note has 100001 characters"),
        (("note", "-m", " "), 1, "nothing was said: the note is empty"),
    ],
    ids=lambda value: " ".join(value)[:20] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_said_is_refused_and_nothing_is_said(xp, runs, words, status, said):
    before = read_operations(open_repository().private_dir)
    finished = xp(*words)
    assert (finished.returncode, finished.stdout) == (status, "")
    assert said in finished.stderr
    assert read_operations(open_repository().private_dir) == before


def test_kept_run_is_not_removed(xp, runs):
    done(xp, "keep", "fast", "-q")
    refused = xp("remove", "fast", "--yes")
    assert refused.returncode == 128
    assert f"hint: git xp keep --off {runs[1].id.short}" in refused.stderr
    done(xp, "keep", "--off", runs[1].id.short, "-q")
    done(xp, "remove", "fast", "--yes")


def test_secret_is_left_out_of_what_is_said_and_of_the_log_of_operations(xp, runs, repo_dir, git):
    token = "ghp_" + "Ab1" * 12
    for words in (
        ("tag", "api_key=hunter2"),
        ("tag", f"link=https://ada:{token}@example.org"),
        ("note", "-m", f"log in with {token}"),
        ("verdict", "refuted", "-m", "password=hunter2"),
        ("rename", f"run {token}"),
        ("experiment", "describe", "lr", "-m", f"token {token}"),
    ):
        finished = xp(*words)
        assert finished.returncode == 0
        assert "warning: what looks secret was left out" in finished.stderr
        assert token not in finished.stdout + finished.stderr
        assert "hunter2" not in finished.stdout + finished.stderr
    objects = git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", cwd=repo_dir)
    words = ["git", "cat-file", "--batch"]
    contents = subprocess.run(
        words, cwd=repo_dir, input=objects.encode(), capture_output=True, check=True
    )
    own = [path.read_bytes() for path in (repo_dir / ".git/gitxp").rglob("*") if path.is_file()]
    for written in (contents.stdout, *own):
        assert token.encode() not in written
        assert b"hunter2" not in written
    assert "<redacted>" in xp("show").stdout


def test_letters_that_move_a_terminal_are_shown_escaped(xp, runs):
    evil = "a\x1b[31mb\u202ec"
    finished = xp("note", "-m", f"{evil}\nsecond")
    assert finished.returncode == 0
    for words in (("show",), ("log",), ("show", "--json"), ("log", "--json")):
        text = xp(*words).stdout
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert shown(xp)["notes"][0]["text"] == f"{evil}\nsecond"


def test_bytes_that_are_no_text_are_kept_as_they_were(xp, runs):
    done(xp, "note", "-m", "file \udcff.csv", "-q")
    assert gitxp.get_run("fast").notes[0].text == "file \udcff.csv"
