"""Hearing from git-lfs how far it has come.

Source of the format: `GIT_LFS_PROGRESS` in `git-lfs-config(5)`.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gitxp.storage.transport.meter import Meter

_SECONDS_BETWEEN = 0.1
_LINE = re.compile(rb"(?:upload|download) \d+/\d+ (?P<done>\d+)/\d+ (?P<name>[^\n]*)\n")


@contextmanager
def told_by_git_lfs(meter: Meter) -> Iterator[Mapping[str, str]]:
    """Yield the variables by which a git-lfs that runs in the block tells a meter what it does."""
    if not meter.is_heard:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="gitxp-") as folder:
        path = Path(folder) / "progress"
        path.touch()
        ended = threading.Event()
        listening = threading.Thread(target=_listen, args=(path, ended, meter), daemon=True)
        listening.start()
        try:
            yield {"GIT_LFS_PROGRESS": str(path)}
        finally:
            ended.set()
            listening.join()


def _listen(path: Path, ended: threading.Event, meter: Meter) -> None:
    while not ended.wait(_SECONDS_BETWEEN):
        _tell_new(path, meter)
    _tell_new(path, meter)


def _tell_new(path: Path, meter: Meter) -> None:
    """Tell what whole lines have come, and make room: there is one for each few thousand bytes.

    Git-lfs appends. A line that comes between is lost, which the next one makes good.
    """
    content = path.read_bytes()
    os.truncate(path, 0)
    found = {line["name"]: int(line["done"]) for line in _LINE.finditer(content)}
    for name, done in found.items():  # of each large file the last line tells
        meter.tell(name.decode(errors="replace"), done)
