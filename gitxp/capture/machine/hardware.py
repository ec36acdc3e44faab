"""The machine: platform, processor, memory, accelerators, read where it costs next to nothing.

Accelerators are read from the driver's own files: asking their programs or libraries takes long
and may disturb the training. The standard library's `platform` takes 13 ms to import.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from gitxp.capture.machine.cgroup import memory_limit, processor_limit

_PROC = Path("/proc")
# One page tells of the first processors; the whole file takes tens of ms on a large machine.
_PAGE = 4096
# "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 …", and the open
# driver's "NVIDIA UNIX Open Kernel Module for x86_64  550.54.14  Release Build …".
_NVIDIA_DRIVER = re.compile(r"Kernel Module\s+(?:for \S+\s+)?(\d+(?:\.\d+)+)")


def platform() -> dict[str, str]:
    """Return the operating system, its release, the machine's kind, and the C library."""
    if not hasattr(os, "uname"):
        return {"system": sys.platform}
    kernel = os.uname()
    found = {"system": kernel.sysname, "release": kernel.release, "machine": kernel.machine}
    library = _library_version()
    return {**found, "libc": library} if library else found


def processor(proc: Path = _PROC) -> dict[str, Any]:
    """Return the processor's model, and how many logical ones this process may use.

    A container's limit is a number of processors' time, such as 1.5, whatever their count.
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    told = {
        "model": _fields(proc / "cpuinfo").get("model name"),
        "count": usable,
        "limit": processor_limit(proc),
    }
    return {name: value for name, value in told.items() if value}


def memory(proc: Path = _PROC) -> dict[str, int]:
    """Return the machine's memory in bytes, and how much of it a container or job may have."""
    limit = memory_limit(proc)
    found = {"total": _total_memory(proc)}
    return {**found, "limit": limit.total} if limit and limit.total < found["total"] else found


def _total_memory(proc: Path) -> int:
    told = _fields(proc / "meminfo").get("MemTotal", "")
    if match := re.fullmatch(r"(\d+) kB", told):
        return int(match[1]) * 1024
    import psutil

    return int(psutil.virtual_memory().total)


def accelerators(proc: Path = _PROC) -> list[dict[str, Any]]:
    """Return name, driver and memory, where known, of each accelerator of the machine.

    Those too that are hidden from this process; `CUDA_VISIBLE_DEVICES` is kept beside them.
    """
    driver = _NVIDIA_DRIVER.search(_first_page(proc / "driver/nvidia/version"))
    sizes = _sizes_known_to_torch()
    found = []
    for path in sorted(proc.glob("driver/nvidia/gpus/*/information")):
        name = _fields(path).get("Model", "unknown")
        accelerator: dict[str, Any] = {"name": name}
        if driver:
            accelerator["driver"] = driver[1]
        if name in sizes:
            accelerator["memory"] = sizes[name]
        found.append(accelerator)
    return found


def cuda() -> dict[str, str]:
    """Return the version of CUDA that torch was built for, where torch is loaded already."""
    version = getattr(getattr(sys.modules.get("torch"), "version", None), "cuda", None)
    return {"torch": str(version)} if version else {}


def _sizes_known_to_torch() -> dict[str, int]:
    """Return bytes of memory by model, where torch has set CUDA up already."""
    devices = getattr(sys.modules.get("torch"), "cuda", None)
    # Looking at a device before that would set CUDA up, and break a later fork.
    if devices is None or not devices.is_initialized():
        return {}
    found = map(devices.get_device_properties, range(devices.device_count()))
    return {device.name: int(device.total_memory) for device in found}


def _library_version() -> str | None:
    name = "CS_GNU_LIBC_VERSION"
    return os.confstr(name) if name in getattr(os, "confstr_names", {}) else None


def _fields(path: Path) -> dict[str, str]:
    """Return the first value of each `name: value` line of a file's first page."""
    fields: dict[str, str] = {}
    for line in _first_page(path).splitlines():
        name, colon, value = line.partition(":")
        if colon and value.strip():
            fields.setdefault(name.strip(), value.strip())
    return fields


def _first_page(path: Path) -> str:
    """Return the beginning of a file; nothing where there is none to read."""
    try:
        with path.open("rb", buffering=0) as file:
            return (file.read(_PAGE) or b"").decode(errors="replace")
    except OSError:
        return ""
