"""What the snapshot of a working tree costs, beside plain Git doing the same at that moment.

Run it with `python tests/benchmarks/snapshot.py`; it prints a Markdown table. Ours and Git's are
measured in turn, and the ratio is the median of the pairs.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from figures import Row, git, make_repository, print_table, spent_ms

from gitxp.artifacts.large_submodules import SubmoduleKeeper
from gitxp.capture.code.snapshot import capture_code
from gitxp.capture.code.untracked import SnapshotLimits
from gitxp.storage.repository import Repository, open_repository

LIMITS = SnapshotLimits(file_bytes=10 << 20, total_bytes=100 << 20, files=1000)
SUBMODULES = 10
TABLES = 9
# As many as a file of the largest size has that a snapshot takes.
ROWS = 380_000
TIMES = 9


def edit(top: Path, count: int) -> None:
    """Edit 20 files, and add 20."""
    for number in range(20):
        path = f"folder{number % 100}/file{number % count}.py"
        (top / path).write_text(f"y = {number}\n" * 20)
        (top / f"folder{number}" / f"new{number}.py").write_text(f"z = {number}\n" * 20)


def take(repository: Repository, scratch: Path) -> None:
    folder = scratch / os.urandom(8).hex()
    folder.mkdir(parents=True)
    # As for a run; that the process knows Git's settings already costs the snapshot nothing.
    keeper = SubmoduleKeeper(repository, {}, folder / "lfs")
    code = capture_code(repository, limits=LIMITS, pack_path=folder / "code.pack", keep=keeper.keep)
    assert not code.failure
    assert not code.left_out


def take_by_git(top: Path, scratch: Path) -> None:
    """Keep the working tree with plain Git: a copy of the index, `add`, `write-tree`."""
    index = scratch / "index"
    shutil.copy2(top / ".git/index", index)
    git("add", "--all", folder=top, GIT_INDEX_FILE=str(index))
    git("write-tree", folder=top, GIT_INDEX_FILE=str(index))


def bench_files(folder: Path, count: int) -> Row:
    top, scratch = folder / f"files{count}", folder / f"scratch{count}"
    scratch.mkdir()
    make_repository(top, count)
    edit(top, count)
    repository = open_repository(top)
    ours, plain = [], []
    for _ in range(TIMES):
        ours.append(spent_ms(lambda: take(repository, scratch)))
        plain.append(spent_ms(lambda: take_by_git(top, scratch)))
    ratio = statistics.median(a / b for a, b in zip(ours, plain, strict=True))
    return Row(
        f"snapshot of {count:,} files, 20 edited, 20 new",
        f"{statistics.median(ours):.0f} ms ({ratio:.2f} x)",
        "≤ 1.5 x the floor",
        f"copy of the index, `git add`, `git write-tree` {statistics.median(plain):.0f} ms",
    )


def make_tables(top: Path) -> list[Path]:
    """Make large untracked files that compress as measured values do."""
    numbers = random.Random(0)
    lines = [f"{n},{numbers.random():.6f},{numbers.random():.3f}\n" for n in range(ROWS)]
    tables = [top / f"table{number}.csv" for number in range(TABLES)]
    for table in tables:
        numbers.shuffle(lines)
        table.write_text("".join(lines))
    return tables


def bench_large(folder: Path) -> Row:
    top, scratch = folder / "large", folder / "scratch-large"
    scratch.mkdir()
    make_repository(top, 100)
    tables = make_tables(top)
    repository = open_repository(top)

    def edit_tables(mark: str) -> None:
        """Let none of them be in the store already."""
        for table in tables:
            with table.open("r+") as file:
                file.write(mark)

    ours, plain = [], []
    for number in range(10, 10 + TIMES // 2):
        edit_tables(f"a{number}")
        ours.append(spent_ms(lambda: take(repository, scratch)))
        edit_tables(f"b{number}")
        plain.append(spent_ms(lambda: take_by_git(top, scratch)))
    ratio = statistics.median(a / b for a, b in zip(ours, plain, strict=True))
    size = sum(table.stat().st_size for table in tables)
    return Row(
        f"snapshot with {TABLES} new files, {size / 1e6:.0f} MB in all",
        f"{statistics.median(ours):.0f} ms ({ratio:.2f} x)",
        "≤ 1.5 x the floor",
        f"copy of the index, `git add`, `git write-tree` {statistics.median(plain):.0f} ms",
    )


def make_submodules(top: Path) -> None:
    make_repository(top.with_name("library"), 100)
    make_repository(top, 1000)
    for number in range(SUBMODULES):
        place = f"libraries/{number}"
        git("submodule", "--quiet", "add", str(top.with_name("library")), place, folder=top)
    git("commit", "--quiet", "--message=submodules", folder=top)


def bench_submodules(folder: Path) -> list[Row]:
    top, scratch = folder / "many", folder / "scratch"
    make_submodules(top)
    repository = open_repository(top)
    without = folder / "without"
    git("clone", "--quiet", str(top), str(without), folder=folder)
    alone = open_repository(without)
    rows = []
    for what in ("clean", "edited", "edited on unpushed commits"):
        for place in (top / "libraries").iterdir():
            if "unpushed" in what:
                git("commit", "--quiet", "--all", "--message=more", folder=place)
            if "edited" in what:
                (place / "folder0/file0.py").write_text(f"{what}\n")
        added, floor = [], []
        for _ in range(TIMES):
            spent = spent_ms(lambda: take(repository, scratch))
            added.append(spent - spent_ms(lambda: take(alone, scratch)))
            foreach = ("submodule", "--quiet", "foreach", "git status --porcelain")
            floor.append(spent_ms(lambda words=foreach: git(*words, folder=top)))
        rows.append(
            Row(
                f"{SUBMODULES} submodules, {what}",
                f"+{statistics.median(added):.0f} ms",
                "≤ 100 ms",
                f"`git submodule foreach git status` {statistics.median(floor):.0f} ms",
            )
        )
    return rows


PEAK = """
import resource
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from snapshot import take
from gitxp.storage.repository import open_repository

take(open_repository(sys.argv[2]), Path(sys.argv[3]))
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    print(resource.getrusage(who).ru_maxrss)
"""


def bench_memory(folder: Path, count: int) -> Row:
    """Tell the peak memory of a process that takes one snapshot; `bench_files` made the files."""
    words = [str(Path(__file__).parent), str(folder / f"files{count}"), str(folder / "peak")]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *words], check=True, capture_output=True, text=True
    )
    own, children = (
        int(line) / (1 if sys.platform == "darwin" else 1024) for line in done.stdout.split()
    )
    return Row(
        f"peak memory of that snapshot of {count:,} files",
        f"{own:.0f} MiB",
        "≤ 150 MB",
        f"the largest Git process beside it {children:.0f} MiB",
    )


def main() -> None:
    """Print the table."""
    counts = [int(word) for word in sys.argv[1:]] or [100, 10_000, 100_000]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [bench_files(folder, count) for count in counts]
        rows.append(bench_memory(folder, counts[-1]))
        rows.append(bench_large(folder))
        rows += bench_submodules(folder)
    print_table(rows)


if __name__ == "__main__":
    main()
