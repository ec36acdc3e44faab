"""`git xp status` shows what goes on, and what is not recorded yet."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import gitxp

DIES = "import gitxp, os\ngitxp.start_run('lr', 'gone').log({'loss': 1})\nos._exit(1)\n"


def died(repo_dir):
    subprocess.run([sys.executable, "-c", DIES], cwd=repo_dir, check=False)
    (journal,) = repo_dir.glob(".git/gitxp/live/*/*.jsonl")
    return journal


def test_nothing_to_tell_is_told(xp, runs):
    done = xp("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "nothing is running, and every run is recorded\n"
    assert json.loads(xp("status", "--json").stdout) == {
        "running": [],
        "baselines": [],
        "remotes": [],
        "unrecorded": [],
    }


def test_running_runs_are_shown_with_their_latest_values(xp, runs):
    with gitxp.start_run("lr", "live") as run:
        run.log({"loss": 0.25})
        lines = xp("status").stdout.splitlines()
        assert lines[0] == "running:"
        assert lines[1].split() == ["run", "name", "status", "started", "took", "loss", "↓?"]
        assert lines[2].split()[:3] == [run.id.short, "live", "running"]
        assert lines[2].endswith("0.25")
        (row,) = json.loads(xp("status", "--json").stdout)["running"]
        assert (row["run"], row["metrics.loss"]) == (run.id, 0.25)


def test_dead_run_is_recorded_first(xp, repo_dir):
    died(repo_dir)
    done = xp("status")
    assert ", crashed, whose process died" in done.stderr
    assert done.stdout == "nothing is running, and every run is recorded\n"


def test_run_of_another_host_is_said_to_be_unknown_and_what_to_do(xp, repo_dir):
    journal = died(repo_dir)
    journal.write_text(journal.read_text().replace(socket.gethostname(), "elsewhere"))
    short = journal.parent.name[:7]
    assert xp("status").stdout == (
        "not recorded yet:\n"
        f"  {short} lr gone: it may be running on elsewhere; if it is not: "
        "git xp recover --force\n"
    )
    (row,) = json.loads(xp("status", "--json").stdout)["unrecorded"]
    assert row["reason"].startswith("it may be running on elsewhere")


def test_run_that_cannot_be_recorded_says_why(xp, repo_dir, git):
    journal = died(repo_dir)
    lock = repo_dir / f".git/refs/experiments/lr/{journal.parent.name}.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("")
    done = xp("status")
    assert "not recorded yet:" in done.stdout
    assert "is locked by another process" in done.stdout
