"""The code as it runs, kept as Git objects; the user's index, HEAD and files are left alone.

The index is copied, changed paths are added to the copy by Git itself (so that filters, modes
and line endings come out as Git would have written them), and the new objects are written to a
folder of their own, from which they enter the store as one pack.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gitxp.capture.untracked import SnapshotLimits, choose_untracked
from gitxp.capture.working_tree import WorkingTree, parse_status
from gitxp.errors import GitFailed, GitxpError
from gitxp.model.run import Code, LeftOut
from gitxp.storage.code_commit import code_commit
from gitxp.storage.git import finish_git
from gitxp.storage.layout import scratch_dir
from gitxp.storage.objects import write_loose
from gitxp.storage.pack import Pack, brought_in
from gitxp.storage.refstore import hold_code
from gitxp.storage.repository import Repository

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
# What would refuse to add a file as it stands, or write beside the user's index.
_INDEX_SETTINGS = ("-c", "core.safecrlf=false", "-c", "core.splitIndex=false")
# A commit may be made between two questions; nobody commits this often in a row.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Base:
    """The commit that is checked out."""

    commit: str
    tree: str
    seconds: int


@dataclass(frozen=True, slots=True)
class _Changes:
    """Paths whose entries in the index are not what the working tree holds."""

    present: Sequence[str]
    deleted: Sequence[str]


def capture_code(repository: Repository, *, limits: SnapshotLimits, pack_path: Path) -> Code:
    """Keep the working tree as it stands, and return what it is.

    What cannot be kept is told in the answer's `left_out`, or in its `failure` where nothing
    could be kept at all: a run starts in any case.

    Args:
        limits: For untracked files; tracked ones are always kept.
        pack_path: Where the pack of new objects is made, and stays; none is made where the
            working tree is clean.
    """
    if repository.work_tree is None:
        return Code(failure="a bare repository has no working tree")
    try:
        tree, base = _look(repository)
    except GitFailed as error:
        return Code(failure=str(error))
    kept, left_out = choose_untracked(repository.work_tree, tree.untracked, limits)
    inside = (LeftOut(path, "changes inside the submodule") for path in tree.inside)
    code = Code(base=tree.base, branch=tree.branch, left_out=(*left_out, *inside))
    try:
        if base is None or tree.staged or tree.changed or tree.deleted or kept:
            changes = _Changes((*tree.changed, *kept), tree.deleted)
            return _snapshot(repository, code, base, changes, pack_path)
        return _clean(repository, code, base)
    except (GitxpError, OSError) as error:
        return replace(code, dirty=True, failure=str(error))


def _look(repository: Repository) -> tuple[WorkingTree, _Base | None]:
    """Return the state of the working tree and the commit it is compared with, of one moment."""
    for _ in range(_TRIES):
        status = repository.start_git(*_STATUS)
        commit = repository.start_git("cat-file", "--batch", reads_input=True)
        base = _parse_base(finish_git(commit, b"HEAD\n"))
        tree = parse_status(finish_git(status))
        if tree.base == (base.commit if base else None):
            return tree, base
    raise GitFailed("HEAD moves faster than it can be read")


def _parse_base(answer: bytes) -> _Base | None:
    first, _, content = answer.partition(b"\n")
    words = first.decode().split(" ")
    if len(words) != 3:  # "HEAD missing" on an unborn branch
        return None
    headers = dict(
        line.split(b" ", 1) for line in content.partition(b"\n\n")[0].splitlines() if b" " in line
    )
    seconds = int(headers[b"committer"].rsplit(b" ", 2)[1])
    return _Base(words[0], headers[b"tree"].decode(), seconds)


def _clean(repository: Repository, code: Code, base: _Base) -> Code:
    hold_code(repository, base.commit)
    return replace(code, commit=base.commit, tree=base.tree)


def _snapshot(
    repository: Repository, code: Code, base: _Base | None, changes: _Changes, pack_path: Path
) -> Code:
    with _scratch(repository) as scratch:
        tree = _write_tree(repository, scratch, changes)
        if base is not None and tree == base.tree:
            return _clean(repository, code, base)
        commit = code_commit(tree, code.base, base.seconds if base else 0)
        write_loose(scratch / "objects", commit)
        pack = _pack(repository, scratch, commit.oid, code.base, pack_path)
    with brought_in(pack, repository.common_dir):
        hold_code(repository, commit.oid)
    return replace(code, commit=commit.oid, tree=tree, dirty=True)


@contextmanager
def _scratch(repository: Repository) -> Iterator[Path]:
    parent = scratch_dir(repository.private_dir)
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix="snapshot-") as name:
        links = Path(name) / "objects" / "info" / "alternates"
        links.parent.mkdir(parents=True)
        # In a file, since the variable for it takes a colon in a path for a separator.
        links.write_bytes(os.fsencode(repository.common_dir / "objects") + b"\n")
        yield Path(name)


def _environment(scratch: Path) -> Mapping[str, str]:
    return {
        "GIT_INDEX_FILE": str(scratch / "index"),
        "GIT_OBJECT_DIRECTORY": str(scratch / "objects"),
    }


def _write_tree(repository: Repository, scratch: Path, changes: _Changes) -> str:
    index = repository.git_dir / "index"
    if index.exists():
        # With its times: by them Git knows which entries it must not trust without a look.
        shutil.copy2(index, scratch / "index")
    environment = _environment(scratch)
    # A deleted path may lie beyond a link by now, where Git looks at nothing: removed unseen.
    for paths, options in (
        (changes.deleted, ("--force-remove",)),
        (changes.present, ("--add", "--remove", "--replace")),
    ):
        if paths:
            repository.git(
                *(*_INDEX_SETTINGS, "update-index", "-z", *options, "--stdin"),
                given=b"".join(os.fsencode(path) + b"\0" for path in paths),
                environment=environment,
            )
    # What is missing fails in `pack-objects`, which looks at new objects only.
    answer = repository.git(*_INDEX_SETTINGS, "write-tree", "--missing-ok", environment=environment)
    return answer.decode().strip()


def _pack(
    repository: Repository, scratch: Path, commit: str, base: str | None, pack_path: Path
) -> Pack:
    """Pack all that the base does not have, even if Git found it in the store already.

    What lies there unreachable, from a snapshot that is no longer held, may be pruned any moment.
    """
    wanted = f"{commit}\n" + (f"^{base}\n" if base else "")
    name = repository.git(
        *("-c", "pack.packSizeLimit=0"),  # one pack, whatever the user likes
        *("pack-objects", "--quiet", "--revs", "--threads=1", "--window=0", scratch / "code"),
        given=wanted.encode(),
        environment=_environment(scratch),
    )
    made = Pack(scratch / f"code-{name.decode().strip()}.pack")
    pack = Pack(pack_path)
    pack_path.parent.mkdir(parents=True, exist_ok=True)
    made.index_path.replace(pack.index_path)
    made.path.replace(pack.path)
    return pack
