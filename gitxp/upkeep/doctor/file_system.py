"""The file system under the repository: can it be written, does it lock, has it room and time."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gitxp.artifacts.lasting import is_foreign
from gitxp.artifacts.lfs import lfs_dir
from gitxp.artifacts.submodule_files import all_submodule_files
from gitxp.storage.repository import Repository
from gitxp.upkeep.doctor.finding import Finding, finding
from gitxp.upkeep.doctor.remotes import Settings, values

_GIB = 1 << 30
_LEAST_SHARE = 0.02
# Far more than a network's delay, and less than would disorder runs that people start by hand.
_SECONDS_OFF = 30
# Another process must be refused what this one holds: status 0.
_TRY_LOCK = (
    "import fcntl, sys\n"
    "with open(sys.argv[1], 'r+b') as file:\n"
    "    try: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
    "    except BlockingIOError: sys.exit(0)\n"
    "sys.exit(1)\n"
)


def check_writing(repository: Repository) -> Iterator[Finding]:
    """Write a file in the private folder, look at it, lock it, and take it away again."""
    private = repository.private_dir
    folder = private if private.is_dir() else repository.common_dir
    hint = f"ls -ld '{repository.common_dir}'; df '{repository.common_dir}'; id"
    for needed in ("objects", "refs"):
        if not os.access(repository.common_dir / needed, os.W_OK):
            message = f"{str(repository.common_dir / needed)!r} cannot be written"
            yield finding("read-only", message, hint)
            return
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="doctor-") as probe:
            probe.write(b"x")
            probe.flush()
            yield from clock_off(Path(probe.name), time.time())
            yield from _check_lock(Path(probe.name), probe.fileno())
    except OSError as error:
        message = f"{str(folder)!r} cannot be written: {error.strerror}"
        yield finding("read-only", message, hint)


def clock_off(written: Path, now: float) -> Iterator[Finding]:
    """Yield a finding if the file, just written, has another time than the machine."""
    off = written.stat().st_mtime - now
    if abs(off) > _SECONDS_OFF:
        message = f"the file system's clock is {off:+.0f} seconds off the machine's"
        yield finding("clock-off", message, "date -u, on this machine and on the file server")


def _check_lock(path: Path, descriptor: int) -> Iterator[Finding]:
    hint = "keep the clone on a local disk, or mount the file system with locks"
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        yield finding("locks", f"the file system has no locks: {error.strerror}", hint)
        return
    words = [sys.executable, "-I", "-c", _TRY_LOCK, str(path)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        yield finding("locks", "the file system gives one lock to two processes", hint)


def check_links(repository: Repository, settings: Settings) -> Iterator[Finding]:
    """Yield a finding if objects of Git LFS can have no second name in the private folder.

    Those of submodules are looked at, too, once a run has had large files of theirs.
    """
    own = lfs_dir(repository.common_dir, "".join(values(settings, "lfs.storage")[-1:]))
    for folder in (own, *(files.lfs_dir for files in all_submodule_files(repository))):
        yield from _check_links(repository.private_dir, folder)


def _check_links(private: Path, folder: Path) -> Iterator[Finding]:
    if not (folder / "objects").is_dir() or not private.is_dir():
        return
    # Where nothing can be written, `check_writing` says so.
    with suppress(OSError), tempfile.NamedTemporaryFile(dir=folder) as probe:
        second = private / f"doctor-{Path(probe.name).name}"
        try:
            os.link(probe.name, second)
        except OSError as error:
            message = f"{str(folder)!r} has no hard links to {str(private)!r}: {error.strerror}"
            hint = "keep lfs.storage on the file system of .git, or leave out: git lfs prune"
            yield finding("large-files-not-held", message, hint)
        second.unlink(missing_ok=True)
        yield from _check_foreign(folder, second)


def _check_foreign(folder: Path, second: Path) -> Iterator[Finding]:
    """Yield a finding if objects of other users are refused second names here."""
    refused = [path for path in (folder / "objects").glob("??/??/*") if _is_refused(path, second)]
    if refused:
        count = len(refused)
        message = (
            f"{count} object{'' if count == 1 else 's'} in {str(folder)!r}, such as "
            f"{refused[0].name}, can have no second name: another user's"
        )
        yield finding("large-files-not-held", message, f"sudo chown -R \"$(id -u)\" '{folder}'")


def _is_refused(path: Path, second: Path) -> bool:
    try:
        if path.stat().st_uid == os.geteuid():
            return False
        os.link(path, second)
    except OSError as error:
        return is_foreign(path, error)
    second.unlink()
    return False


def check_room(repository: Repository) -> Iterator[Finding]:
    """Yield a finding if the disk is nearly full."""
    usage = shutil.disk_usage(repository.common_dir)
    if usage.free < _GIB or usage.free < usage.total * _LEAST_SHARE:
        free = usage.free / _GIB
        message = f"{free:.2f} GiB are free on the disk, of {usage.total / _GIB:.0f}"
        yield finding("disk-full", message, f"df -h '{repository.common_dir}'")
