"""Runs that go on in a process of their own for as long as a test wants it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from gitxp.storage.transport.carrier import carrier
from gitxp.sync.live.objection import Rules
from gitxp.sync.live.pusher import LivePusher
from gitxp.sync.outgoing.look import Bounds
from gitxp.tracking.workspace import Workspace

T = TypeVar("T")

EVERY = timedelta(seconds=30)

_PATIENCE = 60
_SCRIPT = """
import pathlib
import sys
import time

import gitxp

with gitxp.start_run("lr", params={"lr": 0.1}, snapshot="each") as run:
    run.log({"loss": 1.0}, step=0)
    print(run.id, flush=True)
    step = 0
    while not pathlib.Path(sys.argv[1]).exists():
        step += 1
        run.log({"loss": 1 / (step + 1)}, step=step)
        time.sleep(0.01)
"""


@dataclass(frozen=True)
class Training:
    """A process that logs until it is told to stop."""

    process: subprocess.Popen[str]
    run: str
    stop_file: Path

    def stop(self) -> None:
        self.stop_file.touch()
        assert self.process.wait(_PATIENCE) == 0


@contextmanager
def training(clone, variables: Mapping[str, str] | None = None) -> Iterator[Training]:
    """Start a run in a clone, which has logged something when the block begins."""
    stop_file = clone.top.parent / f"stop-{secrets.token_hex(4)}"
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(stop_file)],
        cwd=clone.top,
        env={**os.environ, **(variables or {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Training(process, process.stdout.readline().strip(), stop_file)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        stop_file.unlink(missing_ok=True)


@contextmanager
def push_live(clone, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Start `git xp push --live` in a clone."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gitxp", "push", "--live", "--every", "0.2", *words],
        cwd=clone.top,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def start_run_live(folder: Path, *words: str, **variables: str) -> subprocess.Popen[str]:
    """Start `git xp run` of what is to be pushed while it goes on."""
    return subprocess.Popen(
        [sys.executable, "-m", "gitxp", "run", "-e", "lr", *words],
        cwd=folder,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def send_checkpoint(clone, now: datetime | None = None) -> None:
    """Send one checkpoint of each run that goes on in a clone."""
    workspace = Workspace.open(clone.top, dict(os.environ))
    rules = Rules(workspace.settings, Bounds.of(workspace.settings))
    with carrier(clone.repository, {}) as way:
        pusher = LivePusher(
            clone.repository,
            workspace.limits,
            clone.remote,
            rules,
            way,
            None,
            EVERY,
            lambda _, objection: pytest.fail(objection.reason),
            lambda stays: pytest.fail(stays.reason),
        )
        try:
            pusher.follow()
            pusher.send_checkpoints(now)
        finally:
            pusher.close()


def listed(clone, **variables: str) -> dict[str, dict]:
    """Return what `git xp list` tells of each run, by its id."""
    done = clone.xp("list", "--json", **variables)
    assert done.returncode == 0, done.stderr
    return {one["run"]: one for one in json.loads(done.stdout)}


def wait_for(asked: Callable[[], T]) -> T:
    """Return what is asked for as soon as there is something."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = asked()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it does not come")
