"""The machine: processor, memory, accelerators, read where it costs next to nothing.

Accelerators are read from the driver's own files: asking their programs or libraries takes long
and may disturb the training.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

_NVIDIA = Path("/proc/driver/nvidia")


def processor() -> dict[str, Any]:
    """Return the processor's model and how many of them this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"model": _processor_model(), "count": usable or 1}


def memory() -> dict[str, int]:
    """Return the machine's memory in bytes."""
    return {"total": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")}


def accelerators() -> list[dict[str, str]]:
    """Return name and driver of each accelerator that a driver tells of."""
    driver = _nvidia_driver()
    found = []
    for path in sorted(_NVIDIA.glob("gpus/*/information")):
        fields = _fields(path, ":")
        found.append({"name": fields.get("Model", "unknown"), "driver": driver})
    return found


def _processor_model() -> str:
    return _fields(Path("/proc/cpuinfo"), ":").get("model name", os.uname().machine)


def _nvidia_driver() -> str:
    try:
        words = (_NVIDIA / "version").read_text().split()
    except OSError:
        return "unknown"
    return next((word for word in words if word[:1].isdigit() and "." in word), "unknown")


def _fields(path: Path, separator: str) -> dict[str, str]:
    """Return the first value of each `name: value` line; nothing where the file cannot be read."""
    fields: dict[str, str] = {}
    try:
        with path.open(errors="replace") as file:
            for line in file:
                if not line.strip() and fields:  # one paragraph a processor: the first will do
                    break
                name, found, value = line.partition(separator)
                if found:
                    fields.setdefault(name.strip(), value.strip())
    except OSError:
        return fields
    return fields
