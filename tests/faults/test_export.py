"""Exports that are killed, have no room, or may not write: what was there stays as it was."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

POINTS = 20_000
RUNS = 36
# Their points fill a row group of Parquet, and more.
FEW = 12


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A repository whose runs have more points than a small disk holds."""
    top = tmp_path_factory.mktemp("long")
    subprocess.run(["git", "init", "--quiet"], cwd=top, check=True)
    script = (
        "import gitxp, random\n"
        f"for number in range({RUNS}):\n"
        "    with gitxp.start_run(f'long-{number % 2}', snapshot='off') as run:\n"
        f"        for step in range({POINTS}): run.log({{'loss': random.random()}}, step=step)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=top, check=True)
    return top


def export(project, *words, **named):
    command = [sys.executable, "-m", "gitxp", "export", "--points", *map(str, words)]
    return subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False, **named
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "filler"
    }


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet"])
def test_full_disk_leaves_the_file_that_was_there(project, disk, form):
    target = disk.path / f"points.{form}"
    target.write_text("before")
    disk.fill()
    done = export(project, "-f", "-o", target)
    assert (done.returncode, done.stdout) == (128, "")
    assert done.stderr == f"error: cannot write {str(target)!r}: No space left on device\n"
    assert contents(disk.path) == {target.name: b"before"}


def test_full_disk_leaves_the_folder_that_was_there(project, disk):
    words = ("-f", "--partition-by", "experiment", "-o", disk.path / "points")
    assert export(project, "-n", "2", *words).returncode == 0
    before = contents(disk.path)
    assert len(before) == 2
    disk.fill()
    done = export(project, *words, "--format", "csv")
    assert (done.returncode, done.stdout) == (128, "")
    assert "No space left on device" in done.stderr
    assert contents(disk.path) == before


def test_folder_that_may_not_be_written_is_named(project, disk):
    disk.set_read_only(True)
    try:
        done = export(project, "-o", disk.path / "points.csv")
        assert done.stderr.endswith("points.csv': Read-only file system\n")
        words = ("--partition-by", "experiment", "-o", disk.path / "points")
        assert export(project, *words).stderr.endswith("points': Read-only file system\n")
    finally:
        disk.set_read_only(False)


@pytest.mark.parametrize("words", [["-o", "points.csv"], ["--partition-by", "run", "-o", "all"]])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_export_that_is_ended_amid_it_leaves_what_was_there(project, tmp_path, words, end):
    *options, name = words
    command = [sys.executable, "-m", "gitxp", "export", "--points", *options, str(tmp_path / name)]
    subprocess.run([*command, "-n", "1"], cwd=project, check=True, capture_output=True)
    before = contents(tmp_path)
    with subprocess.Popen(
        [*command, "-f"], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while process.poll() is None and not list(tmp_path.glob(".partial-*")):
            time.sleep(0.001)
        process.send_signal(end)
        assert process.wait() == (-9 if end == signal.SIGKILL else 130)
    left = {name: content for name, content in contents(tmp_path).items() if name[0] != "."}
    assert left == before
    assert bool(list(tmp_path.glob(".partial-*"))) == (end == signal.SIGKILL)


def test_file_made_meanwhile_is_not_overwritten(project, tmp_path):
    target = tmp_path / "points.csv"
    command = [sys.executable, "-m", "gitxp", "export", "--points", "-o", str(target)]
    with subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not list(tmp_path.glob(".partial-*")):
            time.sleep(0.001)
        target.write_text("theirs")
        assert process.wait() == 128
        assert process.stderr is not None
        assert "is there already" in process.stderr.read()
    assert contents(tmp_path) == {"points.csv": b"theirs"}


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet"])
def test_whoever_stops_reading_has_seen_enough(project, form):
    line = f"{sys.executable} -m gitxp export --points --format {form} | head -c 10 >/dev/null"
    done = subprocess.run(
        ["bash", "-c", f"{line}; echo ${{PIPESTATUS[0]}}"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


OF_THE_PROCESS = "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024"
# Its allocator keeps what was freed, so that the process tells more than there was at once.
OF_ARROW = "pyarrow.default_memory_pool().max_memory()"


def peak(project, counted, *words) -> int:
    """Return the most bytes that an export took at once."""
    script = (
        "import resource, sys, pyarrow\nfrom gitxp.cli.commands.export import command\n"
        f"command.main({['--points', *map(str, words)]!r}, standalone_mode=False)\n"
        f"print({counted}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=True
    )
    return int(done.stderr)


@pytest.mark.parametrize(
    ("form", "counted"),
    [("csv", OF_THE_PROCESS), ("jsonl", OF_THE_PROCESS), ("parquet", OF_ARROW)],
)
def test_memory_does_not_grow_with_the_runs(project, tmp_path, form, counted):
    few = peak(project, counted, "-n", FEW, "-o", tmp_path / f"few.{form}")
    many = peak(project, counted, "-o", tmp_path / f"many.{form}")
    # As much as the points of the others take in memory, at eight bytes a cell.
    assert many - few < (RUNS - FEW) * POINTS * 5 * 8
