"""What `log` costs where many log at once: 8 threads, and 8 processes into one run.

Run it with `python tests/benchmarks/processes.py`; it prints a Markdown table. The time of a call
is the CPU time that it takes: on fewer cores than loggers the time on the wall tells how they take
turns, and nothing of what they cost each other. Each figure is the median of several rounds, and
that of one alone is measured in the same rounds.
"""

from __future__ import annotations

import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from itertools import chain
from pathlib import Path

from figures import Row, print_table

import gitxp

LOGGERS = 8
ROUNDS = 5
CALLS = 20_000
VALUES = {f"metric/{number}": 0.1234567 * number for number in range(1, 6)}
# One rank of a job: says what a call took it, once all of them are there.
RANK = """
import json, os, sys, time, pathlib
import gitxp

values, calls, count = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with gitxp.start_run("bench") as run:
    run.log(values, step=0)
    here = pathlib.Path(sys.argv[4])
    (here / str(run.rank)).touch()
    while len(list(here.iterdir())) < count:
        time.sleep(0.001)
    begun = time.process_time()
    for step in range(1, calls):
        run.log(values, step=step)
    print((time.process_time() - begun) / (calls - 1))
"""


def cpu_of_threads(count: int) -> tuple[float, int]:
    """Return the CPU seconds of a call from so many threads, and how many points are missing."""
    with gitxp.start_run("bench", "threads") as run:
        together = threading.Barrier(count + 1)

        def log(number: int) -> None:
            values = {f"{number}/{name}": value for name, value in VALUES.items()}
            run.log(values, step=0)
            together.wait()
            for step in range(1, CALLS):
                run.log(values, step=step)
            together.wait()

        threads = [threading.Thread(target=log, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        together.wait()
        begun = time.process_time()
        together.wait()
        spent = time.process_time() - begun
        for thread in threads:
            thread.join()
    missing = count * CALLS * len(VALUES) - gitxp.get_run(run.id).points
    return spent / (count * (CALLS - 1)), missing


def cpu_of_plain_threads(count: int) -> float:
    """Return the CPU seconds of packing and writing the same from so many threads, and no more.

    Each write lets go of the interpreter's lock: where cores are idle, threads that write wake
    each other at every one.
    """
    layout = struct.Struct("<" + "IIqqd" * len(VALUES))
    together = threading.Barrier(count + 1)
    with tempfile.TemporaryFile(buffering=0) as file:

        def write() -> None:
            together.wait()
            for step in range(1, CALLS):
                now = time.time_ns() // 1000
                fields = [(1, 2, step, now, value) for value in VALUES.values()]
                os.write(file.fileno(), layout.pack(*chain.from_iterable(fields)))
            together.wait()

        threads = [threading.Thread(target=write) for _ in range(count)]
        for thread in threads:
            thread.start()
        together.wait()
        begun = time.process_time()
        together.wait()
        spent = time.process_time() - begun
        for thread in threads:
            thread.join()
    return spent / (count * (CALLS - 1))


def cpu_of_processes(count: int, number: int) -> tuple[float, int]:
    """Return the CPU seconds of a call from so many ranks, and how many points are missing.

    Args:
        number: Makes it a job of its own.
    """
    with tempfile.TemporaryDirectory() as here:
        job = f"bench-{count}-{number}"
        arguments = [json.dumps(VALUES), str(CALLS), str(count), here]
        ranks = [
            subprocess.Popen(
                [sys.executable, "-c", RANK, *arguments],
                env={**os.environ, "GITXP_JOB": job, "GITXP_RANK": str(rank)},
                stdout=subprocess.PIPE,
                text=True,
            )
            for rank in range(count)
        ]
        spent = [float(rank.communicate()[0]) for rank in ranks]
    run = gitxp.get_run("@")
    assert len(run.sessions[-1].writers) == count
    return statistics.median(spent), count * CALLS * len(VALUES) - run.points


def main() -> None:
    """Print the table."""
    alone, threads, rank, ranks, missing = [], [], [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["GITXP_SYSTEM_INTERVAL"] = "0"  # only what is logged counts
        subprocess.run(["git", "init", "--quiet"], check=True)
        for number in range(ROUNDS):
            found = [
                cpu_of_threads(1),
                cpu_of_threads(LOGGERS),
                cpu_of_processes(1, number),
                cpu_of_processes(LOGGERS, number),
            ]
            for figures, (spent, lost) in zip((alone, threads, rank, ranks), found, strict=True):
                figures.append(spent * 1e6)
                missing += lost
        os.chdir(Path(folder).parent)
    one_plain, plain = (
        statistics.median(cpu_of_plain_threads(count) for _ in range(ROUNDS)) * 1e6
        for count in (1, LOGGERS)
    )
    beside = {
        "threads": f"; plain threads that write as much {plain / one_plain:.1f} x",
        "processes": "",
    }
    rows = []
    for what, many, one in (("threads", threads, alone), ("processes", ranks, rank)):
        spent, floor = statistics.median(many), statistics.median(one)
        rows.append(
            Row(
                f"`run.log` of 5 metrics from {LOGGERS} {what} into one run",
                f"{spent:.1f} µs of CPU ({spent / floor:.1f} x)",
                "≤ 2 x the floor",
                f"from one alone {floor:.1f} µs{beside[what]}",
            )
        )
    print_table([*rows, Row("points missing of all these", f"{missing}", "0")])


if __name__ == "__main__":
    main()
