"""Many that push to one remote at the same moment all succeed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# `GITXP_TEST_WRITERS=50` for more.
WRITERS = int(os.environ.get("GITXP_TEST_WRITERS", "12"))
# Loads what it needs, says so, and waits for the others.
PUSH = """
import sys
from gitxp.cli import main
import gitxp.cli.commands.push
print("ready", flush=True)
sys.stdin.readline()
sys.argv = ["git-xp", "push"]
main()
"""
SERVERS = ("path", "http_server", "git_daemon", "ssh_server")


@pytest.fixture(params=SERVERS)
def address(request, bare) -> str:
    if request.param == "path":
        return str(bare)
    return request.getfixturevalue(request.param).url("bare")


def start_push(clone) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PUSH],
        cwd=clone.top,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def push_at_once(clones) -> list[tuple[int, str, str]]:
    processes = [start_push(clone) for clone in clones]
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate() for process in processes]
    return [(one.returncode, *words) for one, words in zip(processes, said, strict=True)]


@pytest.mark.slow
def test_all_that_push_at_once_succeed(address, bare, make_clone, git):
    clones = [make_clone(address, f"writer{number}") for number in range(WRITERS)]
    runs = [clone.start(lr=number) for number, clone in enumerate(clones)]
    for status, output, complaint in push_at_once(clones):
        assert (status, output) == (0, "pushed to origin: 1 run\n"), complaint
    there = git("for-each-ref", "--format=%(refname)", "refs/experiments", cwd=bare).split()
    assert sorted(there) == sorted(f"refs/experiments/lr/{run}" for run in runs)
    git("fsck", "--strict", cwd=bare)
    assert clones[0].xp("pull").stdout == f"pulled from origin: {WRITERS - 1} new\n"


@pytest.mark.slow
def test_all_that_say_something_of_an_experiment_at_once_come_together(bare, make_clone, git):
    """One ref that all of them would move: who is late pulls, and pushes again."""
    clones = [make_clone(bare, f"writer{number}") for number in range(3)]
    for number, clone in enumerate(clones):
        clone.start(lr=number)
        done = clone.xp("experiment", "describe", "lr", "-m", f"said by {number}")
        assert done.returncode == 0, done.stderr
    push_at_once(clones)
    for _ in range(2):
        for clone in clones:
            assert clone.xp("pull").returncode == 0
            done = clone.xp("push")
            assert done.returncode == 0, done.stderr
    for clone in clones:
        assert clone.xp("pull").returncode == 0
    first, *others = (clone.refs() for clone in clones)
    assert len(first) == 4
    assert all(refs == first for refs in others)
    git("fsck", "--strict", cwd=bare)
