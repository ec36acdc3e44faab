"""`git xp` as people type it: in a pipe, and on a terminal of its own."""

from __future__ import annotations

import fcntl
import math
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import gitxp

GIT_XP = str(Path(sys.executable).with_name("git-xp"))


class Shown(NamedTuple):
    """What a terminal showed, and how the command ended."""

    status: int
    text: str


@pytest.fixture
def xp(repo_dir) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `git xp` and return what came of it."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [GIT_XP, *words],
            cwd=repo_dir,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    return run


@pytest.fixture
def terminal(repo_dir) -> Callable[..., Shown]:
    """Run `git xp` on a terminal; `typed` is what is typed there once it has shown something."""

    def run(*words: str, columns: int = 80, typed: str = "", **variables: str) -> Shown:
        # What it says goes before what the terminal says of its width.
        around = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        outer, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [GIT_XP, *words],
            cwd=repo_dir,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**around, "TERM": "xterm", **variables},
            start_new_session=True,
            preexec_fn=_make_it_ours,
        )
        os.close(inner)
        text = _read(outer)
        os.write(outer, typed.encode())
        text += b"".join(iter(lambda: _read(outer), b""))
        os.close(outer)
        return Shown(process.wait(), text.decode().replace("\r\n", "\n"))

    return run


def _make_it_ours() -> None:
    """Let Ctrl-C on the terminal reach the process that has it as its input."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # how Linux says that nobody has the other side open any more
        return b""


@pytest.fixture
def runs(repo_dir, monkeypatch):
    """Two runs, the older called `slow`, the newer `fast`, of code that was never committed."""
    monkeypatch.chdir(repo_dir)
    (repo_dir / "train.py").write_text("edited\n")
    made = []
    for name, lr in (("slow", 0.1), ("fast", 0.3)):
        with gitxp.start_run("lr", name, params={"lr": lr, "epochs": 2}) as run:
            run.log({"loss": lr, "odd": math.nan}, step=0)
            run.log({"loss": lr / 2}, step=1)
        made.append(run)
    return made


@pytest.fixture
def unfinished(made):
    """A run that failed, of another seed than those that are better than their baseline `made`."""
    with (
        pytest.raises(ZeroDivisionError),
        gitxp.start_run("lr", "broken", params={"net": "wide"}, seeds=9, baseline=made) as run,
    ):
        run.log({"acc": 0.2})
        _ = 1 / 0
    return run
