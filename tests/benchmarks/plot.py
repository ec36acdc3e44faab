"""What pictures cost: `python tests/benchmarks/plot.py` prints a table.

Fifty runs of 10,000 points each, drawn as curves: as an image, as a page, and in the terminal; and
the page is opened by a headless Chromium, where there is one.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from figures import Row, print_table, whole_process

import gitxp

RUNS, POINTS = 50, 10_000
XP = shutil.which("git-xp")
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def make_runs() -> None:
    """Record noisy curves in the working folder's repository."""
    random = np.random.default_rng(7)
    steps = np.arange(POINTS)
    for number in range(RUNS):
        with gitxp.start_run("curves", params={"lr": number, "kind": number % 5}) as run:
            values = 1 - np.exp(-steps / (500 + 50 * number)) + random.normal(0, 0.02, POINTS)
            for step, value in enumerate(values.tolist()):
                run.log({"val/accuracy": value}, step=step)


def bench_files(top: Path) -> Iterator[Row]:
    """Whole processes that draw into files, and in the terminal."""
    floor = whole_process(["python", "-c", "import matplotlib.figure"], top)
    for words, what, target in (
        (["-o", "curves.png", "-f"], "a PNG", "≤ 3 s"),
        (["-o", "curves.svg", "-f"], "an SVG", ""),
        (["-o", "curves.html", "-f"], "a page", ""),
        ([], "the terminal", ""),
        (["--by", "params.kind", "-o", "bands.png", "-f"], "a PNG of five bands", ""),
    ):
        took = whole_process([XP, "plot", "-m", "val/accuracy", *words], top) / 1000
        yield Row(
            f"50 curves of 10,000 points as {what}, whole process",
            f"{took:.1f} s",
            target,
            f"an import of matplotlib {floor / 1000:.1f} s" if what == "a PNG" else "",
        )


def bench_page(top: Path) -> Iterator[Row]:
    """The page: how large it is, and how long a browser takes until it is drawn."""
    size = (top / "curves.html").stat().st_size
    packed = len(gzip.compress((top / "curves.html").read_bytes()))
    yield Row("that page", f"{size / 1e6:.2f} MB", "≤ 3 MB", f"gzipped {packed / 1e6:.2f} MB")
    if BROWSER is not None:
        empty = top / "empty.html"
        empty.write_text("<body data-drawn='0'></body>")
        floor = min(_drawn_within(empty, top) for _ in range(3))
        took = min(_drawn_within(top / "curves.html", top) for _ in range(3))
        yield Row(
            "that page drawn by headless Chromium, beyond an empty page",
            f"{took - floor:.1f} s",
            "≤ 2 s",
            f"an empty page, the browser's start and end {floor:.1f} s",
        )


def _drawn_within(page: Path, top: Path) -> float:
    """Return the seconds of a whole browser that shows a page until it is drawn."""
    before = time.perf_counter()
    # Time without work is skipped; what the page computes takes the time that it takes.
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"]
    shown = subprocess.run(
        [BROWSER, *words, "--dump-dom", f"--user-data-dir={top / 'profile'}", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert "data-drawn=" in shown, "the page was not drawn"
    return time.perf_counter() - before


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch) / "repository"
        subprocess.run(["git", "init", "--quiet", str(top)], check=True)
        os.chdir(top)
        make_runs()
        print_table([*bench_files(top), *bench_page(top)])


if __name__ == "__main__":
    main()
