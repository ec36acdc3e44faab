"""Which process writes, told so that another process can tell whether it still lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process on one boot of one host.

    Attributes:
        start: When the process started, in the kernel's own ticks: a process number is used
            again, but not with the same start.
        namespace: The PID namespace in which `pid` counts; empty where there are none.
    """

    host: str
    boot: str
    pid: int
    start: str
    namespace: str = ""

    @classmethod
    def told(cls, process: Mapping[str, Any]) -> Self:
        """Return the mark that a journal tells; a later version may tell more."""
        known = (one.name for one in fields(cls))
        return cls(**{name: process[name] for name in known if name in process})


def this_process() -> ProcessMark:
    """Return the mark of the calling process."""
    return mark_of(os.getpid())


def mark_of(pid: int) -> ProcessMark:
    """Return the mark of a process on this host."""
    return ProcessMark(socket.gethostname(), _boot(), pid, _start(pid), _namespace())


def ancestors() -> Iterator[int]:
    """Yield the numbers of the processes above this one, its parent first."""
    import psutil

    with suppress(psutil.Error):  # ended meanwhile: whoever is above it now is none of ours
        yield from (parent.pid for parent in psutil.Process().parents())


def is_gone(mark: ProcessMark) -> bool | None:
    """Return whether the process has ended; None where that cannot be known from here."""
    if mark.host != socket.gethostname():
        return None
    if mark.boot != _boot():
        return True
    if mark.namespace != _namespace():
        return None
    return _start(mark.pid) != mark.start


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:  # not Linux
        import psutil

        return str(int(psutil.boot_time()))


def _start(pid: int) -> str:
    """Return the start of a process; empty where there is none, or it waits to be reaped."""
    if not Path("/proc/self/stat").exists():  # not Linux
        import psutil

        try:
            return str(psutil.Process(pid).create_time())
        except psutil.Error:
            return ""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The name in parentheses may hold anything; state is the 3rd field, the start the 22nd.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")  # noqa: PTH115  # not a path to anything
    except OSError:
        return ""
