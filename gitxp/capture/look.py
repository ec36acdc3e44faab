"""One look at the working tree: all that Git can tell before a byte is written, asked at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import Popen

from gitxp.capture.working_tree import WorkingTree, parse_status
from gitxp.errors import GitFailed
from gitxp.storage.git import abandon_git, finish_git
from gitxp.storage.object_stream import ObjectStream, object_stream
from gitxp.storage.repository import Repository

# Settings of the user that would start a daemon or a hook, believe what another program says of
# the files, refuse a file as it stands, or write beside the user's index. An empty monitor is
# none to every Git; before 2.36 `false` was the name of a program.
SEALED = tuple(
    word
    for setting in (
        "core.fsmonitor=",
        "core.hooksPath=/dev/null",
        "core.safecrlf=false",
        "core.splitIndex=false",
        "core.untrackedCache=false",
        "index.skipHash=false",
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
    # Each is looked at on its own, so that one that is broken spoils no other.
    "--ignore-submodules=dirty",
)
# The letters of `git ls-files -v`: small for assume-unchanged, S for skip-worktree. Submodules
# have a mode of their own.
_ODD = re.compile(rb"\0([a-zS] [0-9]+|[A-Z] 160000) ([0-9a-f]+) ([0-3])\t([^\0]+)")
_SUBMODULE = b"160000"
_OURS = b"2"
# A commit may be made between two questions; nobody commits this often in a row.
_TRIES = 5

Meanwhile = Callable[[Mapping[str, str]], object]


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
        moved: What each submodule is to be, where that is another commit than in the index.
        base: None on an unborn branch.
        hidden: Tracked paths that Git was told not to look at, and that may differ.
        needs_attributes: Whether attributes hold that the index alone has (sparse checkout).
        stream: Where objects can be read.
        hashing: `git hash-object --stdin-paths`, which has been asked nothing yet.
    """

    tree: WorkingTree
    moved: Mapping[str, str]
    base: Base | None
    hidden: tuple[str, ...]
    needs_attributes: bool
    stream: ObjectStream
    hashing: Popen[bytes]

    @property
    def is_clean(self) -> bool:
        """Whether all that is tracked is as HEAD has it."""
        return self.tree.is_clean and not self.moved and not self.hidden

    def with_submodules(self, commits: Mapping[str, str], links: Mapping[str, str]) -> Look:
        """Return the look with each submodule as its own working tree stands.

        Args:
            commits: What each is to be.
            links: What each is in the index.
        """
        changed = self.tree.changed
        tree = replace(self.tree, changed={p: m for p, m in changed.items() if p not in commits})
        moved = {p: oid for p, oid in commits.items() if oid != links[p] or p in changed}
        return replace(self, tree=tree, moved=moved)


@contextmanager
def look(repository: Repository, settings: Sequence[str], meanwhile: Meanwhile) -> Iterator[Look]:
    """Look at the working tree; what was started to answer further questions ends with the block.

    Args:
        settings: For Git, beside `SEALED`.
        meanwhile: Called while Git works, with the submodules in the index.

    Raises:
        GitFailed: If Git cannot tell.
    """
    with _started(repository, *SEALED, *settings, *_STATUS) as status:
        hash_object = ("hash-object", "--stdin-paths")
        with (
            object_stream(repository) as stream,
            _started(repository, *SEALED, *hash_object, reads_input=True) as hashing,
            _started(repository, *SEALED, "ls-files", "-v", "--stage", "-z") as flags,
        ):
            base = _read_base(stream)
            hidden, absent, links = _parse_odd(repository.work_tree or Path(), finish_git(flags))
            meanwhile(links)
            needs_attributes = any(path.endswith(".gitattributes") for path in absent)
            tree = parse_status(finish_git(status))
            for _ in range(_TRIES):
                if tree.base == (base.commit if base else None):
                    yield Look(tree, {}, base, hidden, needs_attributes, stream, hashing)
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


def _parse_odd(top: Path, answer: bytes) -> tuple[tuple[str, ...], list[str], dict[str, str]]:
    """Return what may differ, what a sparse checkout lacks, and the submodules with commits."""
    hidden: list[str] = []
    absent: list[str] = []
    links: dict[str, str] = {}
    for kind, oid, stage, name in _ODD.findall(b"\0" + answer):
        letter, _, mode = kind.partition(b" ")
        path = os.fsdecode(name)
        if mode == _SUBMODULE:
            if stage == _OURS or path not in links:
                links[path] = oid.decode()
            continue
        is_absent = letter in b"Ss" and not os.path.lexists(f"{top}/{path}")
        (absent if is_absent else hidden).append(path)
    return tuple(hidden), absent, links
