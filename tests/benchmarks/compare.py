"""What comparing runs costs: each figure beside its floor, measured on the same machine.

Run it with `python tests/benchmarks/compare.py`; it prints a Markdown table.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from figures import Row, git, make_repository, print_table, whole_process

import gitxp

XP = str(Path(sys.executable).with_name("git-xp"))
_FILES = 1000
_RUNS = 20
_SETTINGS, _SEEDS = 20, 5


def bench_command(top: Path) -> Iterator[Row]:
    """The whole process of `git xp compare`, each run of another code tree."""
    names = [f"run-{number}" for number in range(_RUNS)]
    floor = whole_process([XP, "show", names[0]], top)
    interpreter = whole_process([sys.executable, "-c", "import click"], top)
    for count, target in ((2, "≤ 400 ms"), (_RUNS, "≤ 1 s")):
        yield Row(
            f"`git xp compare` of {count} runs, whole process",
            f"{whole_process([XP, 'compare', *names[:count]], top):.0f} ms",
            target,
            f"`git xp show` of one {floor:.0f} ms; interpreter and click {interpreter:.0f} ms",
        )


def bench_over_seeds(top: Path) -> Iterator[Row]:
    """The same where every run has a baseline, and four others that differ in seeds alone."""
    numpy = whole_process([sys.executable, "-c", "import numpy"], top)
    scipy = whole_process([sys.executable, "-c", "import scipy.special"], top)
    for count, target in ((2, "≤ 400 ms"), (_SETTINGS, "≤ 1 s")):
        names = [f"net-{setting}-0" for setting in range(1, count + 1)]
        yield Row(
            f"`git xp compare` of {count} runs with {_SEEDS} seeds and a baseline, whole process",
            f"{whole_process([XP, 'compare', *names], top):.0f} ms",
            target,
            f"to load `scipy.special` {scipy - numpy:.0f} ms",
        )


def make_runs_of_many_seeds(top: Path) -> None:
    """Make runs of several settings, each with several seeds; the first is the baseline."""
    make_repository(top, _FILES)
    os.chdir(top)
    baseline: gitxp.ActiveRun | bool = False
    for setting in range(_SETTINGS + 1):
        for seed in range(_SEEDS):
            with gitxp.start_run(
                "seeds", f"net-{setting}-{seed}", params={"net": setting}, seeds=seed,
                baseline=baseline,
            ) as run:  # fmt: skip
                for step in range(100):
                    chance = (seed * 7 + setting * 3) % 11 / 100
                    run.log({f"metric-{at}/loss": setting + chance for at in range(10)}, step=step)
            baseline = baseline or run
    git("pack-refs", "--all", folder=top)


def make_runs_of_many_trees(top: Path) -> None:
    """Make runs that differ in params, metrics and code."""
    make_repository(top, _FILES)
    os.chdir(top)
    os.environ["GITXP_SNAPSHOT_MODE"] = "each"
    edited = top / "folder0" / "file0.py"
    for number in range(_RUNS):
        edited.write_text(f"x = {number}\n" * (number + 1))
        params = {f"param-{at}": number * at for at in range(50)}
        with gitxp.start_run("sweep", f"run-{number}", params=params, seeds=number) as run:
            for step in range(100):
                run.log({f"metric-{at}/loss": number / (step + 1) for at in range(10)}, step=step)
    git("pack-refs", "--all", folder=top)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch) / "repository"
        make_runs_of_many_trees(top)
        seeds = Path(scratch) / "seeds"
        make_runs_of_many_seeds(seeds)
        print_table(chain(bench_command(top), bench_over_seeds(seeds)))


if __name__ == "__main__":
    main()
