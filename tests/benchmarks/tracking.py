"""What tracking costs: each figure beside its floor, measured in the same process.

Run it with `python tests/benchmarks/tracking.py`; it prints a Markdown table. Whole processes are
timed from outside, the median of several runs.
"""

from __future__ import annotations

import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from figures import Row, make_repository, median_ms, print_table, whole_process

import gitxp
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import open_repository

VALUES = {f"metric/{number}": 0.1234567 * number for number in range(1, 6)}
XP = str(Path(sys.executable).with_name("git-xp"))


def bench_log() -> list[Row]:
    calls = 100_000
    with gitxp.start_run("bench") as run, tempfile.TemporaryFile("w") as text:
        run.log(VALUES, step=0)

        def log() -> None:
            for step in range(calls):
                run.log(VALUES, step=step)

        def log_without_step() -> None:
            for _ in range(calls // 4):
                run.log(VALUES)

        def append() -> None:
            for step in range(calls):
                now = time.time()
                for name, value in VALUES.items():
                    text.write(f"{now}\t{name}\t{step}\t{value!r}\n")

        logged = median_ms(log, 3) * 1e3 / calls
        without = median_ms(log_without_step, 3) * 4e3 / calls
        floor = median_ms(append, 3) * 1e3 / calls
    return [
        Row(
            "`run.log` of 5 metrics, safe from `kill -9`",
            f"{logged:.1f} µs ({logged / floor:.0%} of the floor)",
            "≤ 3 µs, < 60%",
            f"buffered text append {floor:.1f} µs",
        ),
        Row("the same without a step", f"{without:.1f} µs ({without / floor:.0%} of the floor)"),
    ]


def bench_short_run() -> Row:
    params = {f"param{number}": number for number in range(20)}

    def short_run() -> None:
        with gitxp.start_run("bench", params=params) as run:
            run.log(VALUES, step=0)

    short_run()
    spent = median_ms(short_run, 100)
    spawn = median_ms(lambda: subprocess.run(["git", "--version"], capture_output=True), 20)
    files = median_ms(make_and_drop_files, 100)
    return Row(
        "start + 20 params + 5 metrics + finish, from the second run on",
        f"{spent:.1f} ms",
        "≤ 4 ms",
        f"one spawn of git {spawn:.1f} ms, its files alone {files:.1f} ms",
    )


def make_and_drop_files() -> None:
    """Make as many files as a run does, in as many folders, and delete those that it does."""
    folder = Path(".git", "floor", f"{time.perf_counter_ns()}")  # no code of the project
    folder.mkdir(parents=True)
    for number in range(8):
        (folder / f"{number}").write_bytes(b"x" * 1000)
    for number in range(3):
        (folder / f"{number}").rename(folder.with_name(f"{folder.name}-{number}"))
    for number in range(3, 7):
        (folder / f"{number}").unlink()


def bench_first_start() -> Row:
    spent, floors = [], []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            make_repository(Path(folder), 10_000)
            os.chdir(folder)
            for number in range(20):
                Path(f"folder{number}/file{number}.py").write_text("edited\n")
            status = ["git", "status", "--porcelain", "--untracked-files=all"]
            subprocess.run(status, capture_output=True, check=True)
            look = partial(subprocess.run, status, capture_output=True, check=True)
            floors.append(median_ms(look, 3))
            begun = time.perf_counter()
            run = gitxp.start_run("bench", repo=folder)
            spent.append((time.perf_counter() - begun) * 1e3)
            run.finish()
            os.chdir("/")
    return Row(
        "first `start_run`, 10,000 files, 20 of them edited",
        f"{statistics.median(spent):.0f} ms",
        "≤ 80 ms",
        f"`git status` {statistics.median(floors):.0f} ms",
    )


def bench_finish() -> Row:
    spent = []
    for _ in range(3):
        run = gitxp.start_run("bench")
        for step in range(20_000):
            run.log(VALUES, step=step)
        begun = time.perf_counter()
        run.finish()
        spent.append((time.perf_counter() - begun) * 1e3)
    content = RecordReader(open_repository()).file(gitxp.get_run(run.id).tip, "metrics/0.parquet")
    table = pq.read_table(io.BytesIO(content))
    floor = median_ms(lambda: pq.write_table(table, io.BytesIO(), compression="zstd"))
    return Row(
        "finish after 100,000 points",
        f"{statistics.median(spent):.0f} ms",
        "≤ 60 ms",
        f"`pyarrow.parquet.write_table` of them {floor:.0f} ms",
    )


def bench_bytes() -> Row:
    rng = np.random.default_rng(0)
    with gitxp.start_run("bench") as run:
        for step in range(10_000):
            base = float(np.exp(-step / 3000))
            run.log({f"noisy/{n}": base + rng.normal(0, 0.05) for n in range(5)}, step=step)
    tip = gitxp.get_run(run.id).tip
    assert tip is not None
    content = RecordReader(open_repository()).file(tip, "metrics/0.parquet")
    assert content is not None
    values = pq.read_table(io.BytesIO(content), columns=["value"])["value"].to_numpy()
    floor = len(pa.compress(values.tobytes(), "zstd", asbytes=True)) / len(values)
    return Row(
        "bytes a point, five noisy series of 10,000",
        f"{len(content) / 50_000:.2f}",
        "≤ 9",
        f"the values alone, compressed {floor:.2f}",
    )


def bench_processes() -> list[Row]:
    script = (
        "import gitxp\n"
        "with gitxp.start_run('bench') as run:\n"
        "    for step in range(1000): run.log({'loss': 1 / (step + 1), 'acc': step}, step=step)\n"
    )
    python = sys.executable
    for _ in range(1000):
        with gitxp.start_run("list", params={"lr": 0.1, "depth": 3}) as run:
            run.log(VALUES, step=0)
    floor = whole_process([python, "-c", "pass"])
    return [
        Row(what, f"{whole_process(words):.0f} ms", target, f"bare interpreter {floor:.0f} ms")
        for what, words, target in (
            ("`import gitxp`", [python, "-c", "import gitxp"], "≤ 60 ms"),
            ("`git xp --help`", [XP, "--help"], "≤ 150 ms"),
            ("`git xp list` of 1,000 runs", [XP, "list"], "≤ 500 ms"),
            (
                "a script: start, 1,000 steps of 2 metrics, finish",
                [python, "-c", script],
                "≤ 400 ms",
            ),
        )
    ]


def bench_memory(points: int) -> Row:
    script = (
        "import resource, sys, gitxp\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "values = {f'm{n}': 0.5 for n in range(5)}\n"
        "run = gitxp.start_run('bench')\n"
        "for step in range(1000): run.log(values, step=step)\n"
        "before = peak()\n"
        "for step in range(1000, int(sys.argv[1]) // 5): run.log(values, step=step)\n"
        "print(peak() - before)\n"
    )
    words = [sys.executable, "-c", script, str(points)]
    answer = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return Row(
        f"memory of the training process over {points:,} points",
        f"+{float(answer):.1f} MiB",
        "does not grow",
        f"the points themselves {points * 8 / (1 << 20):.0f} MiB",
    )


def bench_demo() -> Row:
    """The whole demo, and what it cannot do without."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        words, variables = [XP, "demo"], {**os.environ, "TMPDIR": folder}
        subprocess.run(words, env=variables, check=True, capture_output=True)
        spent = time.perf_counter() - begun
    floor = whole_process([sys.executable, "-c", "from sklearn.datasets import load_digits"])
    return Row(
        "`git xp demo`: six trainings, looked at",
        f"{spent:.1f} s",
        "≤ 20 s",
        f"an import of scikit-learn {floor / 1e3:.1f} s",
    )


def main() -> None:
    """Print the table."""
    points = 10_000_000 if "--full" in sys.argv else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        make_repository(Path(folder), 10)
        os.chdir(folder)
        # What is timed as a whole comes before what leaves the disk with much to write.
        rows = [bench_short_run(), *bench_processes(), *bench_log()]
        rows += [bench_finish(), bench_bytes(), bench_memory(points), bench_demo()]
        os.chdir("/")
    # Last: ext4 makes new files slowly for a while after 50,000 were deleted.
    rows.append(bench_first_start())
    print_table(rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of the benchmark itself: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
