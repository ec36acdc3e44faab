"""Processes that do what they are for at the same moment, when they are told to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def start(repo_dir: Path, script: str, *words: str) -> subprocess.Popen[str]:
    """Start a script and return once it is about to do what it is for."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *words],
        cwd=repo_dir,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def tell(process: subprocess.Popen[str]) -> None:
    """Let a process do it."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def go(*processes: subprocess.Popen[str]) -> list[int]:
    """Let all of them do it at once and return their exit statuses."""
    for process in processes:
        tell(process)
    for process in processes:
        process.communicate()
    return [process.returncode for process in processes]
