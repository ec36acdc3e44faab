"""What comparing runs costs: each figure beside its floor, measured in the same process.

Of statistics it is the time of a processor, which no other process on the machine makes longer.

Run it with `python tests/benchmarks/groups.py [RUNS]`, by default for 10,000 runs, which are
generated first; it prints a Markdown table. `--keep FOLDER` keeps the repository there, or takes it
from there.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import scipy.stats
from figures import Row, print_table, whole_process
from many_runs import make_runs

import gitxp
from gitxp.statistics.difference import differences
from gitxp.statistics.interval import mean_intervals

XP = str(Path(sys.executable).with_name("git-xp"))
_METRIC = "metric/0"


def cpu_ms(act: Callable[[], object], times: int = 5) -> float:
    """Return the median of several calls in milliseconds of a processor, children included."""

    def spent() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)

    def one_call() -> float:
        begun = spent()
        act()
        return (spent() - begun) * 1e3

    return statistics.median(one_call() for _ in range(times))


def bench_groups(top: Path, count: int) -> Iterator[Row]:
    """Groups of all runs, of which there are many large ones, or one a run."""
    project = gitxp.open(top)
    frame = project.runs()
    key, value = "params.param1", f"metrics.{_METRIC}"
    floor = cpu_ms(lambda: frame.groupby(key)[value].agg(["count", "mean", "std", "median"]))
    listing = cpu_ms(lambda: project.runs(columns=[key, value]))
    for by in (key, None):
        made = project.groups(metric=_METRIC, by=by)
        spent = cpu_ms(lambda by=by: project.groups(metric=_METRIC, by=by))
        yield Row(
            f"`groups()` over {count:,} runs in {len(made):,} groups",
            f"{spent:.0f} ms of CPU",
            "≤ 500 ms" if count == 10_000 else "",
            f"`runs()` of two columns {listing:.0f} ms, pandas' `groupby` of them {floor:.0f} ms",
        )


def bench_bootstrap() -> Iterator[Row]:
    """Intervals of 10,000 resamples, beside those of SciPy."""
    chance = np.random.default_rng(0)
    for groups, size in ((20, 10), (20, 500), (1000, 10)):
        samples = list(chance.normal(size=(groups, size)))
        floor = cpu_ms(lambda samples=samples: _by_scipy(np.stack(samples)), 3)
        spent = cpu_ms(lambda samples=samples: mean_intervals(samples, "bca"), 3)
        yield Row(
            f"BCa intervals of {groups:,} groups of {size}, 10,000 resamples",
            f"{spent:.0f} ms of CPU",
            "≤ 1 s" if groups == 20 else "",
            f"`scipy.stats.bootstrap` {floor:.0f} ms",
        )
    samples = list(chance.normal(size=(20, 10)))
    spent = cpu_ms(lambda: differences(samples, samples[0]), 3)
    yield Row(
        "20 groups of 10 against one, Welch's test and 10,000 permutations",
        f"{spent:.0f} ms of CPU",
    )


def _by_scipy(rows: np.ndarray) -> None:
    scipy.stats.bootstrap((rows,), np.mean, axis=-1, n_resamples=10_000, batch=1000)


def bench_command(top: Path, count: int) -> Iterator[Row]:
    """The whole process of `git xp groups`."""
    words = ["groups", "--metric", _METRIC, "--by", "params.param1"]
    floor = whole_process([XP, "list", "--limit", "20"], top)
    yield Row(
        f"`git xp groups`, whole process, {count:,} runs in 100 groups",
        f"{whole_process([XP, *words], top):.0f} ms",
        "",
        f"`git xp list --limit 20` {floor:.0f} ms",
    )


def bench_all(folder: Path, count: int) -> Iterator[Row]:
    top = folder / f"{count}-0"
    if not top.exists():
        top.mkdir(parents=True)
        make_runs(top, count)
    gitxp.open(top).runs()  # decoded once, as by whoever asked before
    yield from bench_groups(top, count)
    yield from bench_bootstrap()
    yield from bench_command(top, count)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="?", type=int, default=10_000)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        print_table(bench_all(asked.keep or Path(scratch), asked.runs))


if __name__ == "__main__":
    main()
