"""What questions cost: each figure beside its floor, measured in the same process.

Run it with `python tests/benchmarks/query.py [RUNS...]`, by default for 1,000, 10,000 and 100,000
runs, which are generated first; it prints a Markdown table. `--keep FOLDER` keeps the repositories
there, or takes them from there.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from beside_writers import bench_after_writers, bench_beside_writers
from figures import Row, median_ms, print_table, whole_process
from many_runs import make_runs

import gitxp
from gitxp.query.found import find_rows
from gitxp.query.where import rows_where
from gitxp.storage.layout import index_dir
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import open_repository

XP = str(Path(sys.executable).with_name("git-xp"))
_POINTS = 1000


def drop_index(top: Path) -> None:
    shutil.rmtree(index_dir(open_repository(top).private_dir), ignore_errors=True)


def bench_runs(top: Path, count: int) -> Iterator[Row]:
    """The frame of all runs: cold, warm, and after ten new ones."""
    warm_target = {10_000: "≤ 60 ms", 100_000: "≤ 400 ms"}.get(count, "")
    project = gitxp.open(top)
    drop_index(top)
    begun = time.perf_counter()
    frame = project.runs()
    cold = time.perf_counter() - begun
    assert len(frame) == count
    yield Row(
        f"cold, no index, {count:,} runs", f"{cold:.1f} s", "≤ 2.5 s" if count == 10_000 else ""
    )
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "runs.parquet"
        frame.to_parquet(table)
        floor = median_ms(lambda: pd.read_parquet(table))
    listing = median_ms(lambda: list_refs(open_repository(top), "refs/experiments"))
    warm = median_ms(project.runs)
    yield Row(
        f"`runs()` with a warm index, {count:,} runs",
        f"{warm:.0f} ms ({warm / floor:.1f} x)",
        f"{warm_target}, ≤ 3 x" if warm_target else "≤ 3 x",
        f"`pandas.read_parquet` of it {floor:.0f} ms; listing the refs {listing:.0f} ms",
    )
    some = ["params.param0", "metrics.metric/0"]
    yield Row(
        "the same of two columns",
        f"{median_ms(lambda: project.runs(columns=some)):.0f} ms",
    )
    yield bench_filter(top, count)
    yield bench_new_runs(top, count)


def bench_filter(top: Path, count: int) -> Row:
    """A filter of numbers, text and times, beyond the load of the rows."""
    where = (
        'params.param0 > 1e-3 and metrics["metric/0"].max > 0.1 and tags.tag0 in ["a", "b"] '
        'and age < "3000d"'
    )
    rows = find_rows(open_repository(top)).rows
    assert len(rows_where(rows, where)) > 0
    target = "≤ 50 ms" if count == 100_000 else ""
    return Row(
        f"a filter over {count:,} runs",
        f"{median_ms(lambda: rows_where(rows, where)):.1f} ms",
        target,
    )


def bench_new_runs(top: Path, count: int) -> Row:
    project = gitxp.open(top)
    spent = []
    for more in range(5):
        make_runs(top, 10, first=count + 10 * more)
        begun = time.perf_counter()
        assert len(project.runs()) == count + 10 * (more + 1)
        spent.append((time.perf_counter() - begun) * 1e3)
    target = {10_000: "≤ 100 ms", 100_000: "≤ 600 ms"}.get(count, "")
    return Row(
        f"the same after 10 new runs, {count:,} runs", f"{statistics.median(spent):.0f} ms", target
    )


def bench_list(top: Path, count: int) -> Iterator[Row]:
    """The whole process of `git xp list`."""
    floor = whole_process([sys.executable, "-c", "import click, pyarrow"], top)
    target = {1_000: "≤ 500 ms", 10_000: "≤ 350 ms"}.get(count, "")
    yield Row(
        f"`git xp list`, whole process, {count:,} runs, warm",
        f"{whole_process([XP, 'list'], top):.0f} ms",
        target,
        f"interpreter, click and pyarrow {floor:.0f} ms",
    )
    few = whole_process([XP, "list", "--limit", "20"], top)
    yield Row("the same with `--limit 20`", f"{few:.0f} ms")


def bench_completion(top: Path, count: int) -> Row:
    """What a shell waits for at the key, with a fresh index."""
    floor = whole_process([XP, "--help"], top)
    spent = whole_process([XP, "__complete", "run", "run-99"], top)
    return Row(
        f"completion of a run's name among {count:,}, whole process",
        f"{spent:.0f} ms",
        "≤ 150 ms" if count == 10_000 else "",
        f"`git xp --help` {floor:.0f} ms",
    )


def bench_history(top: Path) -> Row:
    """Points of one metric out of a thousand runs, and the memory they take meanwhile."""
    project = gitxp.open(top)
    project.runs()
    frame = project.history(metrics="metric/0")
    assert len(frame) == 1000 * _POINTS
    spent = median_ms(lambda: project.history(metrics="metric/0"), 5)
    size = frame.memory_usage(deep=True).sum()
    del frame
    script = (
        "import sys, gitxp, pandas\n"
        "def status(name):\n"
        "    lines = open('/proc/self/status').read().splitlines()\n"
        "    return next(int(line.split()[1]) for line in lines if line.startswith(name))\n"
        "project = gitxp.open(sys.argv[1])\n"
        "project.history(project.runs(limit=1), 'metric/0')\n"
        "before = status('VmRSS')\n"
        "open('/proc/self/clear_refs', 'w').write('5')  # the peak begins anew\n"
        "frame = project.history(metrics='metric/0'); print(status('VmHWM') - before)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(top)], check=True, capture_output=True, text=True
    )
    memory = int(answer.stdout) * 1024
    return Row(
        "`history()` of 1 metric x 1,000 points from 1,000 runs",
        f"{spent / 1e3:.2f} s, {memory / size:.1f} x the frame",
        "≤ 1.0 s, ≤ 2 x the frame",
        f"the frame {size / 1e6:.0f} MB",
    )


def prepared(folder: Path, count: int, points: int = 0) -> Path:
    top = folder / f"{count}-{points}"
    if not top.exists():
        top.mkdir(parents=True)
        make_runs(top, count, points=points)
    copy = folder / f"work-{count}-{points}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(top, copy, symlinks=True)
    return copy


def bench_all(folder: Path, counts: list[int]) -> Iterator[Row]:
    for count in counts:
        top = prepared(folder, count)
        yield from bench_runs(top, count)
        yield from bench_list(top, count)
        yield bench_completion(top, count)
        if count <= 10_000:
            yield bench_beside_writers(top, count)
            yield bench_after_writers(prepared(folder, count), count)
    yield bench_history(prepared(folder, 1000, _POINTS))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="*", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        print_table(bench_all(asked.keep or Path(scratch), asked.runs))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of the benchmark itself: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
