"""The machine as it really is: what is read moves as what is done on it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from gitxp.capture.machine.gauges import Gauges, _below

# A child with a child of its own, each of which says when it is there.
NESTED = (
    "import subprocess, sys\n"
    "inner = subprocess.Popen([sys.executable, '-c', 'print(1, flush=True); input()'])\n"
    "inner.wait()\n"
)


def refuse(error):
    raise error


def read_twice(folder, act=lambda: None):
    gauges = Gauges(folder, None)
    first = gauges.read(refuse)
    act()
    time.sleep(0.2)
    return first, gauges.read(refuse)


def test_rates_are_told_from_the_second_reading_on(tmp_path):
    first, second = read_twice(tmp_path)
    assert {"process/memory", "memory", "disk/free"} <= set(first)
    assert not {"process/cpu", "cpu", "network/sent", "disk/read"} & set(first)
    assert set(first) | {"process/cpu", "cpu", "network/sent", "network/received"} <= set(second)


def test_bytes_that_are_written_reach_the_disk(tmp_path):
    if psutil.disk_io_counters() is None:
        pytest.skip("this machine tells nothing of its disks")
    kind = subprocess.run(
        ["stat", "--file-system", "--format=%T", tmp_path], capture_output=True, text=True
    ).stdout
    if kind.strip() == "tmpfs":
        pytest.skip("temporary files lie in memory here")

    def write():
        with (tmp_path / "large").open("wb") as file:
            file.write(os.urandom(16 << 20))
            os.fsync(file.fileno())

    _, second = read_twice(Path.cwd(), write)
    assert second["disk/written"] > 0


def test_work_is_told_in_cores(tmp_path):
    def work():
        begun = time.process_time()
        while time.process_time() < begun + 0.3:
            pass

    _, idle = read_twice(tmp_path)
    _, busy = read_twice(tmp_path, work)
    assert busy["process/cpu"] > idle["process/cpu"]
    assert 0 < busy["cpu"] <= 100


def test_children_of_children_are_found_as_psutil_finds_them():
    with subprocess.Popen(
        [sys.executable, "-c", NESTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout.readline() == b"1\n"
        process = psutil.Process()
        expected = {one.pid for one in process.children(recursive=True)}
        assert set(_below(process)) == expected
        assert len(expected) >= 2
        child.stdin.close()
    assert child.pid not in set(_below(process))


def test_folder_that_is_gone_takes_nothing_from_the_rest(tmp_path):
    _, second = read_twice(tmp_path / "gone")
    assert "disk/free" not in second
    assert "memory" in second
