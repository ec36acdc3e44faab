"""How benchmarks measure, on what, and the table in which they show it."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_HEAD = "| what | measured | to reach | floor |\n|---|---|---|---|"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    measured: str
    target: str = ""
    floor: str = ""


def print_table(rows: Iterable[Row]) -> None:
    """Print rows as Markdown, each as soon as it is there."""
    print(_HEAD)
    for row in rows:
        print(f"| {row.what} | {row.measured} | {row.target} | {row.floor} |", flush=True)


def spent_ms(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1e3


def median_ms(act: Callable[[], object], times: int = 7) -> float:
    """Return the median of several calls in milliseconds."""
    return statistics.median(spent_ms(act) for _ in range(times))


def whole_process(words: list[str], folder: Path | None = None) -> float:
    """Return the median of several processes in milliseconds, after one that is not counted."""
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run() -> None:
        subprocess.run(words, cwd=folder, env=variables, check=True, capture_output=True)

    run()
    return median_ms(run)


def git(*words: str, folder: Path, **environment: str) -> None:
    # Git would gather the many objects behind our back, beside what is measured.
    settings = ("user.name=B", "user.email=b@b", "protocol.file.allow=always", "gc.auto=0")
    subprocess.run(
        ["git", *(word for one in settings for word in ("-c", one)), *words],
        cwd=folder,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def make_repository(top: Path, files: int, *, folders: int = 100) -> None:
    """Make a repository of one commit, with so many files in so many folders."""
    top.mkdir(exist_ok=True)
    git("init", "--quiet", "--initial-branch=main", folder=top)
    for number in range(files):
        path = top / f"folder{number % folders}" / f"file{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"x = {number}\n" * 20)
    git("add", "--all", folder=top)
    git("commit", "--quiet", "--allow-empty", "--message=first", folder=top)
