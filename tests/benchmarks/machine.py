"""What it costs to look at the machine: at the start of a run, and beside it.

Run it with `python tests/benchmarks/machine.py`; it prints a Markdown table.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from importlib.metadata import distributions
from pathlib import Path

from figures import Row, git, make_repository, median_ms, print_table

import gitxp

PACKAGES = 150
INTERVAL = 10.0  # seconds, as the setting has it
# An idle process with the children of a loader, sampled often enough to be measured.
SAMPLED = """
import subprocess, sys, time
import gitxp

workers = [subprocess.Popen(["sleep", "600"]) for _ in range(8)]
run = gitxp.start_run("machine")
while "system/process/cpu" not in run.metrics:
    time.sleep(0.05)
begun, before = time.process_time(), len(run.series("system/memory"))
time.sleep(10)
samples = len(run.series("system/memory")) - before
print((time.process_time() - begun) / samples, len(run.metrics))
for worker in workers: worker.kill()
run.finish()
"""


def bench_samples() -> Row:
    variables = {**os.environ, "GITXP_SYSTEM_INTERVAL": "0.1"}
    words = [sys.executable, "-c", SAMPLED]
    answer = subprocess.run(words, env=variables, check=True, capture_output=True, text=True)
    spent, series = answer.stdout.split()
    floor = median_ms(partial(Path("/proc/stat").read_bytes), 100) if os.name == "posix" else 0
    return Row(
        f"the machine sampled each {INTERVAL:g} s, {series} series, 8 children",
        f"{float(spent) / INTERVAL:.3%} of a core, {float(spent) * 1e3:.1f} ms a sample",
        "≤ 0.5%",
        f"one read of `/proc/stat` {floor:.2f} ms",
    )


def add_packages(folder: Path) -> None:
    """Install as many more packages as are lacking, as far as their folders tell."""
    for number in range(PACKAGES - len({one.name for one in distributions()})):
        place = folder / f"made_up_{number}-1.{number}.dist-info"
        place.mkdir()
        (place / "METADATA").write_text(f"Name: made-up-{number}\nVersion: 1.{number}\n\n")
    sys.path.append(str(folder))


def bench_start() -> Row:
    """Time the first start in repositories that this process has not seen; all is imported."""
    spent, floors = [], []
    with tempfile.TemporaryDirectory() as packages:
        add_packages(Path(packages))
        for _ in range(12):
            with tempfile.TemporaryDirectory() as folder:
                top = Path(folder)
                make_repository(top, 100)
                os.chdir(top)
                Path("uv.lock").write_text("[[package]]\nname = 'numpy'\n" * 20_000)
                git("add", "uv.lock", folder=top)
                git("commit", "--quiet", "--message=locked", folder=top)
                Path("folder0/file0.py").write_text("edited\n")
                status = ["git", "status", "--porcelain", "--untracked-files=all"]
                floors.append(median_ms(partial(subprocess.run, status, capture_output=True), 3))
                begun = time.perf_counter()
                run = gitxp.start_run("machine", repo=folder)
                spent.append((time.perf_counter() - begun) * 1e3)
                run.finish()
                found = gitxp.open(folder).get_run(run.id).environment
                assert len(found["packages"]) >= PACKAGES
                assert found["lock_files"][0]["in_code"]
                os.chdir("/")
    return Row(
        f"`start_run` to its return, {len(found['packages'])} packages, imports aside",
        f"{statistics.median(spent[1:]):.0f} ms",
        "≤ 60 ms",
        f"`git status` {statistics.median(floors):.0f} ms",
    )


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        make_repository(Path(folder), 10)
        os.chdir(folder)
        rows = [bench_samples()]
        os.chdir("/")
    rows.append(bench_start())
    print_table(rows)


if __name__ == "__main__":
    main()
