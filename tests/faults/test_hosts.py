"""A file system that several hosts share: nobody calls another host's run dead."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from gitxp.model.run import Status
from gitxp.query.runs import find_runs
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.repository import open_repository
from gitxp.tracking.recording.recover import Recovery, recover_runs
from gitxp.tracking.workspace import Workspace

SCRIPT = """
import os, signal, time
import gitxp

run = gitxp.start_run("shared")
run.log({"x": 1.0}, step=0)
print("logged", flush=True)
time.sleep(600)
"""
BOOT = "/proc/sys/kernel/random/boot_id"
# The name and the boot of another machine, as its processes see them.
OTHER_HOST = f'hostname other-host && mount --bind "$1" {BOOT} && shift && exec "$@"'


def recover(top: Path, *, force: bool = False) -> list[Recovery]:
    limits = Workspace.open(top, {}).limits
    return [one.outcome for one in recover_runs(open_repository(top), limits, force=force)]


def status(top: Path) -> Status:
    (run,) = find_runs(open_repository(top)).runs
    return run.status


@pytest.fixture
def elsewhere(repo_dir):
    """A run that runs on another host, as far as anybody can tell."""
    boot = repo_dir.parent / "boot"
    boot.write_text(f"{uuid.uuid4()}\n")
    command = ["unshare", "--uts", "--mount", "--", "sh", "-c", OTHER_HOST, "sh", str(boot)]
    process = subprocess.Popen(
        [*command, sys.executable, "-c", SCRIPT],
        cwd=repo_dir,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if process.stdout.readline() != "logged\n":
        process.kill()
        pytest.skip(f"no host can be made up here: {process.communicate()[1]}")
    yield process
    process.kill()
    process.communicate()


def test_run_of_another_host_is_not_called_dead(repo_dir, elsewhere):
    ((_, folder),) = list_journals(open_repository(repo_dir).private_dir)
    (lines,) = folder.glob("*.jsonl")
    mark = json.loads(lines.read_text().splitlines()[0])["process"]
    assert (mark["host"], mark["boot"] == Path(BOOT).read_text().strip()) == ("other-host", False)
    assert recover(repo_dir) == [Recovery.ALIVE]  # the lock is seen, on one kernel
    assert status(repo_dir) is Status.RUNNING
    elsewhere.send_signal(signal.SIGKILL)
    elsewhere.wait()
    assert recover(repo_dir) == [Recovery.UNKNOWN]
    assert status(repo_dir) is Status.UNKNOWN
    assert recover(repo_dir, force=True) == [Recovery.RECORDED]
    (run,) = find_runs(open_repository(repo_dir)).runs
    assert (run.status, run.metrics["x"].count) == (Status.CRASHED, 1)


def test_run_of_another_host_without_locks_is_unknown_while_it_lives(repo_dir, elsewhere):
    """A file system without locks shows none; a copy of the folder stands for it."""
    ((_, folder),) = list_journals(open_repository(repo_dir).private_dir)
    for path in folder.glob("*.*"):
        content = path.read_bytes().replace(b'"is_locked": true', b'"is_locked": false')
        path.unlink()  # the lock goes with the file that the writer has open
        path.write_bytes(content)
    assert recover(repo_dir) == [Recovery.UNKNOWN]
    assert status(repo_dir) is Status.UNKNOWN


def test_run_from_before_the_machine_was_started_again_is_dead(repo_dir):
    command = [sys.executable, "-c", SCRIPT]
    process = subprocess.Popen(command, cwd=repo_dir, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    ((_, folder),) = list_journals(open_repository(repo_dir).private_dir)
    process.kill()
    process.communicate()
    # A process of now has its number: this one, as a journal from before could say.
    boot = Path(BOOT).read_text().strip()
    (lines,) = folder.glob("*.jsonl")
    told = lines.read_text().replace(boot, str(uuid.uuid4()))
    lines.write_text(told.replace(f'"pid": {process.pid}', f'"pid": {os.getpid()}'))
    assert recover(repo_dir) == [Recovery.RECORDED]
    assert status(repo_dir) is Status.CRASHED
