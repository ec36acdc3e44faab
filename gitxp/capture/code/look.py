"""One look at the working tree: all that Git can tell before a byte is written, asked at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from subprocess import Popen

from gitxp.capture.code.working_tree import WorkingTree, parse_status
from gitxp.errors import GitFailed
from gitxp.storage.git import abandon_git, finish_git
from gitxp.storage.index_file import IndexEntry, read_index
from gitxp.storage.odb.object_stream import ObjectStream, object_stream
from gitxp.storage.odb.objects import GITLINK_MODE
from gitxp.storage.repository import Repository

# Settings of the user that would refuse a file as it stands, need a file that may be gone, or write
# beside the user's index.
_SEALED = tuple(
    word
    for setting in (
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
_CASE_COUNTS = ("-c", "core.ignoreCase=false")
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
_OURS = 2
Meanwhile = Callable[[Mapping[str, str]], object]


@dataclass(frozen=True, slots=True)
class Base:
    """The commit that is checked out."""

    commit: str
    tree: str
    seconds: int


class Questions:
    """Git processes that answer further questions, each started when it is first needed."""

    def __init__(self, repository: Repository, stack: ExitStack) -> None:
        """Ask about `repository` until `stack` ends."""
        self._repository = repository
        self._stack = stack

    @cached_property
    def stream(self) -> ObjectStream:
        """Where objects can be read."""
        return self._stack.enter_context(object_stream(self._repository))

    @cached_property
    def hashing(self) -> Popen[bytes]:
        """`git hash-object --stdin-paths`, which answers once."""
        words = (*sealed(self._repository), "hash-object", "--stdin-paths")
        return self._stack.enter_context(_started(self._repository, *words, reads_input=True))

    def start(self) -> None:
        """Start all of them, so that none is waited for later."""
        _ = self.stream, self.hashing


@dataclass(frozen=True, slots=True)
class Look:
    """The working tree at one moment.

    Attributes:
        moved: What each submodule is to be, where that is another commit than in the index.
        hidden: Tracked paths that Git was told not to look at, and that may differ.
        needs_attributes: Whether attributes hold that the index alone has (sparse checkout).
    """

    tree: WorkingTree
    moved: Mapping[str, str]
    hidden: tuple[str, ...]
    needs_attributes: bool
    questions: Questions

    @property
    def is_clean(self) -> bool:
        """Whether all that is tracked is as HEAD has it."""
        return self.tree.is_clean and not self.moved and not self.hidden

    def read_base(self) -> Base | None:
        """Return the commit that is checked out; None on an unborn branch."""
        commit = self.tree.base
        return None if commit is None else _read_commit(self.questions.stream, commit)

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


def sealed(repository: Repository) -> tuple[str, ...]:
    """Return the settings with which Git sees the working tree as it is."""
    # A clone that was copied here from where names of either case are one file still says so, and
    # then Git passes over a new file that has another's name. What it is here, Git finds out so
    # at `git init`.
    place, other = repository.common_dir / "config", repository.common_dir / "CoNfIg"
    if repository.work_tree is not None and os.path.lexists(repository.work_tree / ".git"):
        place, other = repository.work_tree / ".git", repository.work_tree / ".gIt"
    case_counts = os.path.lexists(place) and not os.path.lexists(other)
    return (*_SEALED, *_CASE_COUNTS) if case_counts else _SEALED


@contextmanager
def look(
    repository: Repository,
    settings: Sequence[str],
    meanwhile: Meanwhile,
    *,
    is_in_haste: bool = True,
) -> Iterator[Look]:
    """Look at the working tree; what was started to answer further questions ends with the block.

    Args:
        settings: For Git, beside those that hold in any case.
        meanwhile: Called while Git works, with the submodules in the index.
        is_in_haste: Whether to start at once what may be needed later.

    Raises:
        GitFailed: If Git cannot tell.
    """
    with ExitStack() as stack:
        own = sealed(repository)
        status = stack.enter_context(_started(repository, *own, *settings, *_STATUS))
        questions = Questions(repository, stack)
        entries: Iterable[IndexEntry] | None = None
        if not is_in_haste:  # a process costs more than a small index
            entries = read_index(repository.git_dir / "index")
        if entries is None:
            words = (*own, "ls-files", "-v", "--stage", "-z")
            flags = stack.enter_context(_started(repository, *words))
            if is_in_haste:
                questions.start()
            entries = _parse_entries(finish_git(flags))
        hidden, absent, links = _odd(repository.work_tree or Path(), entries)
        meanwhile(links)
        needs_attributes = any(path.endswith(".gitattributes") for path in absent)
        tree = parse_status(finish_git(status))
        yield Look(tree, {}, hidden, needs_attributes, questions)


@contextmanager
def _started(
    repository: Repository, *arguments: str, reads_input: bool = False
) -> Iterator[Popen[bytes]]:
    process = repository.start_git(*arguments, reads_input=reads_input)
    try:
        yield process
    finally:
        abandon_git(process)


def _read_commit(stream: ObjectStream, commit: str) -> Base:
    (found,) = stream.read([commit])
    if found is None:
        raise GitFailed(f"commit {commit} is missing")
    headers = dict(
        line.split(b" ", 1) for line in found[1].partition(b"\n\n")[0].splitlines() if b" " in line
    )
    seconds = int(headers[b"committer"].rsplit(b" ", 2)[1])
    return Base(commit, headers[b"tree"].decode(), seconds)


def _parse_entries(answer: bytes) -> Iterator[IndexEntry]:
    """Yield those entries of `git ls-files -v --stage -z` that are not as most are."""
    for kind, oid, stage, name in _ODD.findall(b"\0" + answer):
        letter, _, mode = kind.partition(b" ")
        is_assumed = letter.islower()
        yield IndexEntry(name, int(mode, 8), oid.decode(), int(stage), is_assumed, letter in b"Ss")


def _odd(
    top: Path, entries: Iterable[IndexEntry]
) -> tuple[tuple[str, ...], list[str], dict[str, str]]:
    """Return what may differ, what a sparse checkout lacks, and the submodules with commits."""
    hidden: list[str] = []
    absent: list[str] = []
    links: dict[str, str] = {}
    for entry in entries:
        path = os.fsdecode(entry.path)
        if entry.mode == GITLINK_MODE:
            if entry.stage == _OURS or path not in links:
                links[path] = entry.oid
        elif entry.skip_worktree and not os.path.lexists(f"{top}/{path}"):
            absent.append(path)
        elif entry.skip_worktree or entry.assume_unchanged:
            hidden.append(path)
    return tuple(hidden), absent, links
