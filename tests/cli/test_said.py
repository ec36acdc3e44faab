"""Commands that change something say so in one line, say how to undo it, and can be silent."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import sys

import pytest

import gitxp
from gitxp.storage.operations import RefChange
from gitxp.storage.refstore import change_refs
from gitxp.storage.repository import open_repository
from gitxp.upkeep.mend import COMMAND


def names(xp):
    return [row["name"] for row in json.loads(xp("list", "--json").stdout)]


def undo(xp, line):
    """Type what a line says after `undo: git xp`."""
    words = shlex.split(line.rpartition("undo: git xp ")[2])
    if words[0] == "remove":
        words.append("--yes")
    done = xp(*words)
    assert done.returncode == 0, done.stderr


def test_recorded_command_is_undone_as_it_says(xp):
    (line,) = xp("run", "--", "true").stderr.splitlines()
    assert line.startswith("recorded default ")
    assert len(names(xp)) == 1
    undo(xp, line)
    assert names(xp) == []


def test_removed_runs_come_back_as_it_says(xp, runs):
    (line,) = xp("remove", "fast", "slow", "--yes").stdout.splitlines()
    assert line.startswith("moved 2 runs (")
    undo(xp, line)
    assert names(xp) == ["fast", "slow"]


def test_undone_removal_is_done_again_as_it_says(xp, runs):
    xp("remove", "@", "--yes")
    gitxp.start_run("lr", "newer").finish()
    (line,) = xp("undo").stdout.splitlines()
    assert line.endswith(f": git xp remove @; undo: git xp remove {runs[1].id.short}")
    assert names(xp) == ["newer", "fast", "slow"]
    undo(xp, line)
    assert names(xp) == ["newer", "slow"]


def test_what_no_command_does_again_has_no_hint(xp, runs, repo_dir, git):
    tip = git("rev-parse", f"refs/experiments/lr/{runs[0].id}", cwd=repo_dir).strip()
    change = RefChange(f"refs/experiments/lr/{runs[0].id}", tip, None)
    change_refs(open_repository(repo_dir), [change], command=COMMAND)
    (line,) = xp("undo").stdout.splitlines()
    assert line.endswith(f": {COMMAND}")
    assert names(xp) == ["fast", "slow"]


def test_undo_as_json_lists_and_takes_back(xp, runs):
    xp("remove", "fast", "--yes")
    (listed,) = json.loads(xp("undo", "--list", "--json").stdout)
    assert listed["command"] == "git xp remove fast"
    assert listed["time"].endswith("Z")
    gone = [change["ref"] for change in listed["changes"] if change["after"] is None]
    assert gone == [f"refs/experiments/lr/{runs[1].id}"]
    assert json.loads(xp("undo", "-n", "--json").stdout) == listed
    assert names(xp) == ["slow"]
    assert json.loads(xp("undo", "--json").stdout) == listed
    assert names(xp) == ["fast", "slow"]


def test_dry_run_of_remove_as_json_is_the_rows_of_the_runs(xp, runs):
    rows = json.loads(xp("remove", "fast", "-n", "--json").stdout)
    assert rows == json.loads(xp("list", "--json", "--limit", "1").stdout)
    assert xp("remove", "fast", "--yes", "--json").returncode == 2
    assert names(xp) == ["fast", "slow"]


def test_settings_file_is_taken_back_as_it_says(xp, repo_dir):
    (line,) = xp("init").stdout.splitlines()
    assert line == "wrote .gitxp.toml; commit it to share it; undo: rm .gitxp.toml"


@pytest.mark.parametrize(
    "words",
    [
        ("run", "-q", "--", "true"),
        ("recover", "--quiet"),
        ("remove", "fast", "--yes", "-q"),
        ("init", "-q"),
    ],
    ids=lambda words: words[0],
)
def test_quiet_command_says_nothing(xp, runs, words):
    done = xp(*words)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_quiet_undo_says_nothing_and_does_it(xp, runs):
    xp("remove", "fast", "--yes")
    done = xp("undo", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert names(xp) == ["fast", "slow"]


def test_quiet_command_still_says_what_went_wrong(xp, runs):
    assert "error: " in xp("remove", "nothing", "--yes", "-q").stderr


def test_dry_run_of_undo_only_says_what_would_come_back(xp, runs):
    xp("remove", "fast", "--yes")
    lines = xp("undo", "--dry-run").stdout.splitlines()
    assert lines[0].startswith("would take back ")
    assert lines[0].endswith(": git xp remove fast")
    assert f"  bring back refs/experiments/lr/{runs[1].id}" in lines
    assert names(xp) == ["slow"]
    assert xp("undo", "-n", "0123").returncode == 128


@pytest.mark.parametrize(
    ("typed", "status", "left"), [("y\n", 0, ["slow"]), ("n\n", 1, ["fast", "slow"])]
)
def test_remove_asks_on_a_terminal(terminal, xp, runs, typed, status, left):
    shown = terminal("remove", "fast", typed=typed)
    assert f"Move run {runs[1].id.short} lr fast to the trash? [y/N]" in shown.text
    assert shown.status == status
    assert names(xp) == left


def test_remove_without_a_terminal_wants_yes(xp, runs):
    done = xp("remove", "fast")
    assert done.returncode == 128
    assert "hint: git xp remove fast --yes" in done.stderr
    assert names(xp) == ["fast", "slow"]


@pytest.fixture
def elsewhere(repo_dir):
    """A run of which it cannot be known here whether its process still lives."""
    script = "import gitxp, os\ngitxp.start_run('lr', 'elsewhere').log({'loss': 1})\nos._exit(1)\n"
    subprocess.run([sys.executable, "-c", script], cwd=repo_dir, check=False)
    (journal,) = repo_dir.glob(".git/gitxp/live/*/*.jsonl")
    text = journal.read_text()
    assert socket.gethostname() in text
    journal.write_text(text.replace(socket.gethostname(), "elsewhere"))
    return journal.parent.name[:7]


def test_run_of_another_host_is_left_alone(xp, elsewhere):
    assert f"left {elsewhere} alone: it may be running on another host" in xp("recover").stdout
    foretold = xp("recover", "--dry-run").stdout
    assert foretold == f"would leave {elsewhere} alone: it is perhaps running on elsewhere\n"


def test_forced_recovery_asks_first(xp, terminal, elsewhere):
    assert xp("recover", "--force", "-n").stdout == f"would record {elsewhere} with 1 points\n"
    refused = xp("recover", "--force")
    assert refused.returncode == 128
    assert "hint: git xp recover --force --yes" in refused.stderr
    asked = terminal("recover", "--force", typed="n\n")
    assert f"Record as dead, unseen from here: {elsewhere} on elsewhere? [y/N]" in asked.text
    assert asked.status == 1
    (line,) = xp("recover", "--force", "--yes").stdout.splitlines()
    assert line.startswith(f"recorded {elsewhere} as crashed with 1 points; undo: git xp remove ")
    undo(xp, line)
    assert names(xp) == []


def test_recovery_as_json_says_what_became_of_each_run(xp, elsewhere):
    (left,) = json.loads(xp("recover", "--json").stdout)
    assert (left["outcome"], left["status"]) == ("unknown", None)
    (foretold,) = json.loads(xp("recover", "-n", "--force", "--json").stdout)
    assert (foretold["outcome"], foretold["points"]) == ("recorded", 1)
    (done,) = json.loads(xp("recover", "--force", "--yes", "--json").stdout)
    assert done["run"].startswith(elsewhere)
    assert (done["outcome"], done["status"], done["points"]) == ("recorded", "crashed", 1)
    assert json.loads(xp("recover", "--json").stdout) == []


def test_nothing_to_recover_is_said(xp):
    assert xp("recover").stdout == "nothing to recover\n"


def test_run_that_was_recovered_on_the_way_is_not_what_undo_takes_back(xp, repo_dir):
    script = (
        "import gitxp, os, signal; gitxp.start_run('dead'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=repo_dir, check=False)
    assert ", crashed, whose process died" in xp("list").stderr
    assert xp("undo").returncode == 128
    assert len(json.loads(xp("list", "--json").stdout)) == 1


def test_empty_text_names_no_run(xp, repo_dir):
    xp("run", "--", "true")
    assert "no run ''" in xp("show", "").stderr
