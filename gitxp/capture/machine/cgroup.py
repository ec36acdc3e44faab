"""What control groups allow this process, as containers and batch systems limit their jobs.

Source of the files: the kernel's "Control Group v2" and "Memory Resource Controller" (version 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_ROOT = Path("/sys/fs/cgroup")
# Version 1 spells "no limit" as the largest number of whole pages.
_UNLIMITED = 1 << 62


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """The tightest limit on the memory of this process and those that share its group.

    Attributes:
        group: The folder of the group that has the limit.
    """

    total: int
    group: Path

    def in_use(self) -> int | None:
        """Return the bytes that the group holds, without the files that can be dropped.

        That is how Kubernetes counts, and near what is left when the kernel begins to kill.
        """
        held = _number(self.group / "memory.current")
        droppable = "inactive_file"
        if held is None:
            held = _number(self.group / "memory.usage_in_bytes")
            droppable = "total_inactive_file"
        if held is None:
            return None
        stat = dict(line.split(" ", 1) for line in _lines(self.group / "memory.stat"))
        return max(0, held - int(stat.get(droppable, 0)))


def memory_limit(proc: Path = _PROC, root: Path = _ROOT) -> MemoryLimit | None:
    """Return how much memory the groups of this process allow; None where they do not say."""
    limits = [
        MemoryLimit(total, group)
        for group in _groups("memory", proc, root)
        for name in ("memory.max", "memory.limit_in_bytes")
        if (total := _number(group / name)) is not None and total < _UNLIMITED
    ]
    return min(limits, key=lambda limit: limit.total, default=None)


def processor_limit(proc: Path = _PROC, root: Path = _ROOT) -> float | None:
    """Return how many processors' time the groups allow; None where they do not say."""
    return min(filter(None, map(_processors, _groups("cpu", proc, root))), default=None)


def _processors(group: Path) -> float | None:
    quota, period = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
    for line in _lines(group / "cpu.max"):  # "200000 100000", or "max 100000"
        first, _, second = line.partition(" ")
        quota, period = _whole(first), _whole(second)
    return quota / period if quota and period and quota > 0 else None


def _groups(controller: str, proc: Path, root: Path) -> Iterator[Path]:
    """Yield the folders of this process's group and of those around it, innermost first."""
    places: dict[str, tuple[str, str]] = {}
    for line in _lines(proc / "self/cgroup"):
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for name in controllers.split(","):
            places[name] = (controllers, path)
    # Version 2 has one hierarchy for all controllers, which stands there without a name.
    place = places.get(controller) or places.get("")
    if place is None:
        return
    mount, path = place
    top = root / mount
    parts = Path(path.lstrip("/")).parts
    # From inside a container the path may be the host's, or lead out of what can be seen.
    if ".." in parts or not top.joinpath(*parts).is_dir():
        parts = ()
    for length in range(len(parts), -1, -1):
        yield top.joinpath(*parts[:length])


def _number(path: Path) -> int | None:
    return _whole(next(_lines(path), ""))


def _whole(text: str) -> int | None:
    return int(text) if text.removeprefix("-").isdigit() else None


def _lines(path: Path) -> Iterator[str]:
    try:
        content = path.read_bytes()
    except OSError:  # another version, or another system
        return
    yield from content.decode(errors="replace").splitlines()
