"""One look at the working tree: all that Git can tell before a byte is written, asked at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from gitxp.capture.working_tree import WorkingTree, parse_status
from gitxp.errors import GitFailed
from gitxp.storage.git import abandon_git, finish_git
from gitxp.storage.object_stream import ObjectStream, object_stream
from gitxp.storage.repository import Repository

# Settings of the user that would start a daemon or a hook, believe what another program says of
# the files, refuse a file as it stands, need a file that may be gone, or write beside the user's
# index. An empty monitor is none to every Git; before 2.36 `false` was the name of a program.
SEALED = tuple(
    word
    for setting in (
        "core.fsmonitor=",
        "core.hooksPath=/dev/null",
        "core.safecrlf=false",
        "core.splitIndex=false",
        "core.untrackedCache=false",
        "diff.orderFile=/dev/null",
        "index.skipHash=false",
        "pack.indexVersion=2",
        "pack.packSizeLimit=0",
    )
    for word in ("-c", setting)
)
_STATUS = (
    "status",
    "--porcelain=v2",
    "-z",
    "--branch",
    "--no-ahead-behind",
    "--untracked-files=all",
    "--no-renames",
    "--ignore-submodules=none",
)
# The letters of `git ls-files -v`: small for assume-unchanged, S for skip-worktree.
_HIDDEN = re.compile(rb"(?:\A|\0)([a-zS]) ([^\0]+)")
# A commit may be made between two questions; nobody commits this often in a row.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Base:
    """The commit that is checked out."""

    commit: str
    tree: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Look:
    """The working tree at one moment.

    Attributes:
        base: None on an unborn branch.
        hidden: Tracked paths that Git was told not to look at, and that may differ.
        needs_attributes: Whether attributes hold that the index alone has (sparse checkout).
        stream: Where objects can be read.
        hashing: `git hash-object --stdin-paths`, which has been asked nothing yet.
    """

    tree: WorkingTree
    base: Base | None
    hidden: tuple[str, ...]
    needs_attributes: bool
    stream: ObjectStream
    hashing: Popen[bytes]


@contextmanager
def look(
    repository: Repository, settings: Sequence[str], meanwhile: Callable[[], object]
) -> Iterator[Look]:
    """Look at the working tree; what was started to answer further questions ends with the block.

    Args:
        settings: For Git, beside `SEALED`.
        meanwhile: Called while Git works.

    Raises:
        GitFailed: If Git cannot tell.
    """
    with _started(repository, *SEALED, *settings, *_STATUS) as status:
        hash_object = ("hash-object", "--stdin-paths")
        with (
            object_stream(repository) as stream,
            _started(repository, *SEALED, *hash_object, reads_input=True) as hashing,
            _started(repository, *SEALED, "ls-files", "-v", "-z") as flags,
        ):
            base = _read_base(stream)
            meanwhile()
            hidden, absent = _parse_hidden(repository.work_tree or Path(), finish_git(flags))
            needs_attributes = any(path.endswith(".gitattributes") for path in absent)
            tree = parse_status(finish_git(status))
            for _ in range(_TRIES):
                if tree.base == (base.commit if base else None):
                    yield Look(tree, base, hidden, needs_attributes, stream, hashing)
                    return
                tree = parse_status(repository.git(*SEALED, *settings, *_STATUS))
                base = _read_base(stream)
    raise GitFailed("HEAD moves faster than it can be read")


@contextmanager
def _started(
    repository: Repository, *arguments: str, reads_input: bool = False
) -> Iterator[Popen[bytes]]:
    process = repository.start_git(*arguments, reads_input=reads_input)
    try:
        yield process
    finally:
        abandon_git(process)


def _read_base(stream: ObjectStream) -> Base | None:
    (found,) = stream.read(["HEAD"])
    if found is None:  # an unborn branch
        return None
    oid, content = found
    headers = dict(
        line.split(b" ", 1) for line in content.partition(b"\n\n")[0].splitlines() if b" " in line
    )
    seconds = int(headers[b"committer"].rsplit(b" ", 2)[1])
    return Base(oid, headers[b"tree"].decode(), seconds)


def _parse_hidden(top: Path, answer: bytes) -> tuple[tuple[str, ...], list[str]]:
    """Return what may differ, and what a sparse checkout lacks though nobody has deleted it."""
    hidden: list[str] = []
    absent: list[str] = []
    for letter, name in _HIDDEN.findall(answer):
        path = os.fsdecode(name)
        is_absent = letter in b"Ss" and not os.path.lexists(f"{top}/{path}")
        (absent if is_absent else hidden).append(path)
    return tuple(hidden), absent
