"""What refs hold, as far as their files tell: neither a process nor libgit2 has to be asked."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from gitxp.model.identity import ExperimentName
from gitxp.storage.codecs.object_id import parse_object_id
from gitxp.storage.refs import SHARED, parse_run_ref
from gitxp.storage.repository import Repository

_PACKED = "packed-refs"
# More than a process asks for: the `about` ref of some experiments, and the ref of some baselines.
_MOST_KNOWN = 64


class _Signature(NamedTuple):
    """What tells one content of a file from the next, as Git does with its own."""

    changed: int
    size: int
    inode: int


def plain_ref(repository: Repository, name: str) -> str | None:
    """Return the object id that the ref `name` holds; None where there is no such ref.

    As Git does, its own file is read first, and then what is packed: one that is packed meanwhile
    is found in either place.

    Raises:
        ValueError: If it leads to another ref, or is noise: Git has to be asked.
        OSError: If it cannot be read.
    """
    try:
        loose = (repository.common_dir / name).read_text()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return _packed_value(repository, name)
    return parse_object_id(loose.strip())


def has_recorded_runs(repository: Repository, experiment: ExperimentName) -> bool:
    """Return whether any run of the experiment itself is recorded here."""
    folder = repository.common_dir / SHARED / experiment
    try:
        if any(parse_run_ref(f"{SHARED}{experiment}/{one.name}") for one in folder.iterdir()):
            return True
    except (FileNotFoundError, NotADirectoryError):
        pass
    run = re.compile(rb" " + re.escape(f"{SHARED}{experiment}/".encode()) + rb"[0-9a-f]{32}\n")
    return run.search(_packed_refs(repository)) is not None


def _packed_value(repository: Repository, name: str) -> str | None:
    path = repository.common_dir / _PACKED
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    # Asked before the file is read: what is read may be newer, never older.
    return _value_in(path, _Signature(told.st_mtime_ns, told.st_size, told.st_ino), name)


@lru_cache(maxsize=_MOST_KNOWN)
def _value_in(path: Path, signature: _Signature, name: str) -> str | None:
    del signature  # a part of the key: another content is looked through anew
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    end = content.find(f" {name}\n".encode())
    return None if end < 0 else parse_object_id(content[max(0, end - 40) : end].decode("ascii"))


def _packed_refs(repository: Repository) -> bytes:
    try:
        return (repository.common_dir / _PACKED).read_bytes()
    except FileNotFoundError:
        return b""
