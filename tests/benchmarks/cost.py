"""What runs cost the user's own Git: its everyday commands beside 0, 1,000 and 10,000 runs, and the
space that they take.

Run it with `python tests/benchmarks/cost.py`; `--full` measures 10,000 runs, too. It prints a
Markdown table of medians in milliseconds, whole processes timed from outside.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from figures import git, make_repository, spent_ms

import gitxp
from gitxp.storage.repository import open_repository
from gitxp.upkeep.tidy import tidy

FILES, COMMITS = 1000, 50
COMMANDS = {
    "git status": ["git", "status", "--porcelain"],
    "git log -100": ["git", "log", "-100", "--oneline"],
    "git log --all": ["git", "log", "--all", "--oneline", "-100"],
    "git fetch": ["git", "fetch", "--quiet"],
    "git commit": ["git", "commit", "--quiet", "--allow-empty", "--message=more"],
    "git gc --auto": ["git", "gc", "--auto", "--quiet"],
    "git gc": ["git", "gc", "--quiet"],
    "git clone": ["git", "clone", "--quiet", "file://{top}", "{top}-clone"],
}
SLOW = ("git gc", "git clone")


def make_project(top: Path) -> None:
    make_repository(top, FILES, folders=20)
    git("config", "user.name", "B", folder=top)
    git("config", "user.email", "b@b", folder=top)
    for number in range(COMMITS):
        git("commit", "--quiet", "--allow-empty", f"--message={number}", folder=top)
    origin = top.with_name("origin.git")
    git("clone", "--quiet", "--bare", str(top), str(origin), folder=top)
    git("remote", "add", "origin", str(origin), folder=top)


def record_runs(count: int) -> None:
    for number in range(count):
        with gitxp.start_run("cost", params={"lr": number}) as run:
            for step in range(10):
                run.log({"loss": 1 / (step + 1), "accuracy": step / 10}, step=step)
        if number % 500 == 499:
            tidy(open_repository())
    tidy(open_repository())


def measure(words: list[str], top: Path, times: int) -> float:
    spent = []
    for _ in range(times):
        shutil.rmtree(f"{top}-clone", ignore_errors=True)
        command = [word.format(top=top) for word in words]
        run = partial(subprocess.run, command, cwd=top, check=True, capture_output=True)
        spent.append(spent_ms(run))
    return statistics.median(spent)


def disk(top: Path) -> tuple[str, str]:
    """Return the megabytes and the number of files of the object store, before any `git gc`.

    The packs that gitxp keeps for five minutes more are not counted.
    """
    files = [path for path in (top / ".git/objects").rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return f"{size / 1e6:.1f} MB", f"{len(files):,}"


def main() -> None:
    """Print the table."""
    counts = (0, 1000, 10_000) if "--full" in sys.argv else (0, 1000)
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "project"
        make_project(top)
        os.chdir(top)
        figures: dict[str, list[str]] = {f"`{name}`": [] for name in COMMANDS}
        figures |= {"size of the object store": [], "files in it": []}
        made = 0
        for count in counts:
            record_runs(count - made)
            made = count
            size, files = disk(top)
            figures["size of the object store"].append(size)
            figures["files in it"].append(files)
            for name, words in COMMANDS.items():
                spent = measure(words, top, 3 if name in SLOW else 9)
                figures[f"`{name}`"].append(f"{spent:.0f} ms")
        os.chdir("/")
    print(f"| command | {' | '.join(f'{count:,} runs' for count in counts)} |")
    print("|---" * (len(counts) + 1) + "|")
    for name, row in figures.items():
        print(f"| {name} | {' | '.join(row)} |")


if __name__ == "__main__":
    main()
