"""Processes that die by `kill -9` in a step of their work, one child after another.

A step is whatever the process does to files or starts as a program, told by its audit events. A
child forked for each step dies before it, every second time with all the programs that it had
started.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_LOOP = """
import os, signal, sys

STEPS = frozenset({
    "fcntl.flock", "os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
    "os.truncate", "os.utime", "shutil.copyfile", "shutil.rmtree", "subprocess.Popen",
    "tempfile.mkdtemp", "tempfile.mkstemp",
})

def is_step(event, arguments):
    if event == "open":
        return bool((arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in STEPS

def die_at(number):
    left = [number]

    def watch(event, arguments):
        if is_step(event, arguments):
            left[0] -= 1
            if left[0] < 0:
                os.kill(0 if number % 2 else os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)

print("ready", flush=True)
for line in sys.stdin:
    number = int(line)
    before()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        work(lambda: die_at(number))
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(ended, after(number), flush=True)
"""


class Dying:
    """A process whose children die in the step that they are told."""

    def __init__(self, top: Path, script: str) -> None:
        """Start it.

        Args:
            script: Defines `before()`; `work(begin)`, which a child does, and which calls `begin`
                where its steps are to be counted from; and `after(number)`, which is told the step
                and returns one word.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script + _LOOP],
            cwd=top,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def dies_at(self, step: int) -> tuple[bool, str]:
        """Return whether a child died in this step, or came to the end; and the word after it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{step}\n")
        self._process.stdin.flush()
        ended, word = self._answer().split()
        assert ended in ("0", "-9")
        return ended != "0", word

    def end(self) -> None:
        """Let it come to its end."""
        self._process.communicate()
