"""What keeping order costs: each figure beside its floor, measured in the same process.

Run it with `python tests/benchmarks/upkeep.py`; it prints a Markdown table. Whole processes are
timed from outside, the median of several runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from figures import Row, git, make_repository, median_ms, print_table, spent_ms

import gitxp

XP = str(Path(sys.executable).with_name("git-xp"))
RUNS = 1_000
EDITED = 200


def make_runs(top: Path, runs: int) -> None:
    """Record runs of 20 params and 100 points each, with uncommitted code that changes."""
    os.chdir(top)
    git("init", "--quiet", folder=top)
    for number in range(100):
        Path(f"file{number}.py").write_text(f"x = {number}\n")
    git("add", "--all", folder=top)
    git("commit", "--quiet", "--message=first", folder=top)
    for number in range(runs):
        Path("file0.py").write_text(f"edited = {number // 100}\n")
        params = {f"param{place}": place * number for place in range(20)}
        with gitxp.start_run("bench", params=params) as run:
            if number % 100 == 0:
                run.log_text(f"{number}\n" * 200_000, "large.txt")
            for step in range(20):
                run.log(
                    {f"metric/{place}": 1 / (step + place + 1) for place in range(5)}, step=step
                )
    # As the next command would leave it: few packs, refs packed.
    subprocess.run([XP, "list", "--limit", "1"], check=True, capture_output=True)


def make_runs_with_submodule(top: Path, runs: int) -> None:
    """Record runs in whose submodule a file is edited anew before each."""
    for name in ("lib", "project"):
        make_repository(top / name, 100)
    project = top / "project"
    os.chdir(project)
    git("submodule", "--quiet", "add", str(top / "lib"), "lib", folder=project)
    git("commit", "--quiet", "--message=submodule", folder=project)
    for number in range(runs):
        Path("lib/folder0/file0.py").write_text(f"edited = {number}\n")
        with gitxp.start_run("bench", snapshot="each"):
            pass
    subprocess.run([XP, "list", "--limit", "1"], check=True, capture_output=True)


def seconds(words: list[str]) -> float:
    """Return the median time of a whole process."""
    return median_ms(partial(subprocess.run, words, check=True, capture_output=True), 5) / 1e3


def bench_verify() -> list[Row]:
    """Verify 1,000 runs, whole and deep; Git alone sees only that objects are there."""
    quick = seconds(["git", "fsck", "--connectivity-only"])
    full = seconds(["git", "fsck", "--full"])
    return [
        Row(
            f"`git xp verify` of {RUNS:,} runs of 100 points",
            f"{seconds([XP, 'verify']):.1f} s",
            "≤ 5 s",
            f"`git fsck --connectivity-only` {quick:.2f} s",
        ),
        Row(
            f"`git xp verify --deep` of {RUNS:,} runs",
            f"{seconds([XP, 'verify', '--deep']):.1f} s",
            "",
            f"`git fsck --full` {full:.2f} s",
        ),
    ]


def bench_bundles(top: Path) -> Row:
    """Verify runs each of which has a bundle of its own; Git indexes one after another."""
    make_runs_with_submodule(top, EDITED)
    listed = ["git", "for-each-ref", "--format=%(refname)", "refs/experiments"]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    packs = []
    for name in names:
        path = gitxp.get_run(name.rpartition("/")[2]).code.submodules[0].bundles[0]
        shown = subprocess.run(["git", "show", f"{name}:{path}"], check=True, capture_output=True)
        packs.append(shown.stdout.partition(b"\n\n")[2])
    scratch = top / "scratch"
    subprocess.run(["git", "init", "--quiet", "--bare", str(scratch)], check=True)
    words = ["git", "index-pack", "--stdin"]
    index = partial(subprocess.run, words, cwd=scratch, check=True, capture_output=True)
    floor = sum(spent_ms(partial(index, input=pack)) for pack in packs) / 1e3
    return Row(
        f"`git xp verify` of {EDITED} runs, each with a bundle of its own",
        f"{seconds([XP, 'verify']):.1f} s",
        "",
        f"`git index-pack` of each bundle {floor:.1f} s",
    )


def bench_doctor() -> Row:
    """Look at a healthy repository."""
    floor = seconds([sys.executable, "-c", "import pygit2"])
    return Row(
        f"`git xp doctor` with {RUNS:,} runs",
        f"{seconds([XP, 'doctor']):.1f} s",
        "≤ 1 s",
        f"interpreter and libgit2 {floor:.2f} s",
    )


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        make_runs(Path(folder), RUNS)
        rows = [*bench_verify(), bench_doctor()]
        os.chdir("/")
    with tempfile.TemporaryDirectory() as folder:
        rows.insert(2, bench_bundles(Path(folder)))
        os.chdir("/")
    print_table(rows)


if __name__ == "__main__":
    main()
