"""How the machine stands at a moment: what the series under `system/` are made of.

The page `docs/reference/environment.md` says what each of them means.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil

from gitxp.capture.machine.cgroup import memory_limit
from gitxp.capture.machine.gpus import Gpus

# What a machine does not tell, or not to this process: no fault of anybody.
_UNTOLD = (OSError, NotImplementedError, psutil.Error)
_LOOPBACK = ("lo", "lo0")
_PERCENT = 100.0

Values = Mapping[str, float | None]


class Gauges:
    """Reads the machine; rates are those since the reading before, so the first has none."""

    def __init__(self, folder: Path, gpus: Gpus | None) -> None:
        """Read nothing yet.

        Args:
            folder: Lies on the disk whose free space is told.
        """
        self._folder = folder
        self._process = psutil.Process()
        self._limit = memory_limit()
        # By name: a total, and when it was read.
        self._totals: dict[str, tuple[float, float]] = {}
        self._sources: list[Callable[[], Values]] = [
            self._read_processes,
            self._read_processors,
            self._read_memory,
            self._read_group,
            self._read_space,
            self._read_disks,
            self._read_network,
        ]
        if gpus is not None:
            self._sources.append(gpus.gauges)

    def read(self, fail: Callable[[Exception], None]) -> dict[str, float]:
        """Return the values by name; what this machine does not tell is left out.

        Args:
            fail: Told of each fault that nobody has foreseen; all else is read in spite of it.
        """
        found: dict[str, float] = {}
        for source in self._sources:
            try:
                told = source()
            except _UNTOLD:
                continue
            except Exception as error:  # noqa: BLE001  # a machine may answer anything
                fail(error)
                continue
            found |= {name: value for name, value in told.items() if value is not None}
        return found

    def _read_processes(self) -> Values:
        """Tell of this process and all below it; the time of one that ends is its parent's."""
        spent, resident = 0.0, 0
        for pid in (self._process.pid, *_below(self._process)):
            try:
                process = psutil.Process(pid)
                with process.oneshot():
                    spent += sum(process.cpu_times()[:4])
                    resident += process.memory_info().rss
            except psutil.Error:  # it has ended since it was listed, or is somebody else's
                continue
        cores = self._rate("process/cpu", spent)
        return {
            "process/cpu": None if cores is None else cores * _PERCENT,
            "process/memory": float(resident),
        }

    def _read_processors(self) -> Values:
        times = psutil.cpu_times()._asdict()
        # The kernel counts the time of guests as the user's, too.
        total = sum(times.values()) - times.get("guest", 0.0) - times.get("guest_nice", 0.0)
        idle = times["idle"] + times.get("iowait", 0.0)
        every, busy = self._rate("cpu/total", total), self._rate("cpu/busy", total - idle)
        if not every or busy is None:
            return {"cpu": None}
        # The kernel's count of idle time goes back a little at times.
        return {"cpu": min(max(busy / every, 0.0), 1.0) * _PERCENT}

    def _read_memory(self) -> Values:
        memory = psutil.virtual_memory()
        return {"memory": float(memory.total - memory.available)}

    def _read_group(self) -> Values:
        return {"cgroup/memory": None if self._limit is None else self._limit.in_use()}

    def _read_space(self) -> Values:
        return {"disk/free": float(psutil.disk_usage(str(self._folder)).free)}

    def _read_disks(self) -> Values:
        # As the kernel has them: psutil's own sums are kept under a lock, which a fork would copy.
        counters = psutil.disk_io_counters(nowrap=False)
        if counters is None:  # a machine without disks of its own
            return {}
        return {
            "disk/read": self._rate("disk/read", counters.read_bytes),
            "disk/written": self._rate("disk/written", counters.write_bytes),
        }

    def _read_network(self) -> Values:
        counters = psutil.net_io_counters(pernic=True, nowrap=False)
        outside = [one for name, one in counters.items() if name not in _LOOPBACK]
        received = sum(one.bytes_recv for one in outside)
        return {
            "network/received": self._rate("network/received", received),
            "network/sent": self._rate("network/sent", sum(one.bytes_sent for one in outside)),
        }

    def _rate(self, name: str, total: float) -> float | None:
        """Return how much a total has grown a second; None at first, or where it began anew."""
        now = time.monotonic()
        before, when = self._totals.get(name, (total, now))
        self._totals[name] = (total, now)
        return (total - before) / (now - when) if now > when and total >= before else None


def _below(process: psutil.Process) -> Iterator[int]:
    """Yield the numbers of all processes below one.

    Linux tells the children of each thread. Elsewhere every process of the machine is looked at,
    which takes 20 ms for a thousand of them.
    """
    if not Path(f"/proc/self/task/{process.pid}/children").exists():
        yield from (child.pid for child in process.children(recursive=True))
        return
    pending = [process.pid]
    while pending:
        for children in _children(pending.pop()):
            pending += children
            yield from children


def _children(pid: int) -> Iterator[list[int]]:
    """Yield the numbers of the children of each thread of a process."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208  # names are all it takes
    except OSError:  # it has ended
        return
    for thread in threads:
        try:
            yield list(map(int, Path(f"/proc/{pid}/task/{thread}/children").read_bytes().split()))
        except OSError:
            continue
