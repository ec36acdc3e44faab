"""What curves and convergence cost: each figure beside its floor, measured in the same process.

Run it with `python tests/benchmarks/curves.py [RUNS [POINTS]]`, by default for 100 runs of 10,000
points, which are generated first; it prints a Markdown table. `--keep FOLDER` keeps the repository
there, or takes it from there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from figures import Row, median_ms, print_table, whole_process
from many_runs import make_runs

import gitxp
from gitxp.query.found import find_rows
from gitxp.query.points import PointReader
from gitxp.storage.repository import open_repository

XP = str(Path(sys.executable).with_name("git-xp"))
_METRIC = "metric/0"
_KINDS: dict[str, dict[str, Any]] = {
    "`curves()`": {},
    "the same, smoothed": {"smooth": 0.9},
    "the best so far": {"best": True, "goal": "min"},
    "along time": {"x": "time"},
    "with the band of one group": {"by": "author"},
    "with bands of eight groups": {"by": "params.param2"},
    "with bootstrap bands of eight groups": {"by": "params.param2", "band": "bootstrap"},
}


def bench_curves(top: Path, runs: int, points: int) -> Iterator[Row]:
    """Curves of every kind, beside the reading of the points that they are made of."""
    project = gitxp.open(top)
    floor = _spent(partial(_read_all, top))
    target = "≤ 1 s" if (runs, points) == (100, 10_000) else ""
    for name, given in _KINDS.items():
        is_measured = "band" in name or not given
        yield Row(
            name if given else f"{name}, {runs:,} runs x {points:,} points",
            _spent(partial(project.curves, None, _METRIC, **given)),
            target if is_measured else "",
            "" if given else f"reading the points {floor}",
        )
    yield Row("`convergence()`", _spent(partial(project.convergence, None, _METRIC, 0, goal="min")))


def _spent(act: Callable[[], object]) -> str:
    """Return the time of a call, and that of the processor, which does not depend on others."""
    act()  # what it loads is loaded
    begun = time.process_time()
    wall = median_ms(act, 5)
    return f"{wall:.0f} ms ({(time.process_time() - begun) / 5 * 1e3:.0f} ms of CPU)"


def _read_all(top: Path) -> None:
    repository = open_repository(top)
    reader = PointReader(repository)
    for key in find_rows(repository).rows.keys:
        reader.read(key)


def bench_command(top: Path) -> Row:
    """The whole process of `git xp convergence`."""
    floor = whole_process([XP, "list", "--limit", "20"], top)
    words = ["convergence", "-m", _METRIC, "--to", "90%", "--goal", "min"]
    return Row(
        "`git xp convergence`, whole process",
        f"{whole_process([XP, *words], top):.0f} ms",
        "",
        f"`git xp list --limit 20` {floor:.0f} ms",
    )


def bench_all(folder: Path, runs: int, points: int) -> Iterator[Row]:
    top = folder / f"{runs}-{points}"
    if not top.exists():
        top.mkdir(parents=True)
        make_runs(top, runs, points=points)
    gitxp.open(top).runs()  # decoded once, as by whoever asked before
    yield from bench_curves(top, runs, points)
    yield bench_command(top)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="?", type=int, default=100)
    parser.add_argument("points", nargs="?", type=int, default=10_000)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        print_table(bench_all(asked.keep or Path(scratch), asked.runs, asked.points))


if __name__ == "__main__":
    main()
