"""The code as it runs, kept as Git objects; the user's index, HEAD and files are left alone.

Git says what differs. Blobs, trees and commit are made in one pack, which enters the store and is
held there by a ref.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from gitxp.capture.filters import broken_filters, switched_off
from gitxp.capture.left_out import bounded
from gitxp.capture.look import Base, Look, look
from gitxp.capture.scratch_index import scratch_index
from gitxp.capture.unfiltered import unfiltered_tree
from gitxp.capture.untracked import SnapshotLimits, choose_untracked
from gitxp.errors import GitFailed, GitxpError
from gitxp.model.run import Code, LeftOut
from gitxp.storage.code_commit import code_commit
from gitxp.storage.objects import GitObject
from gitxp.storage.pack import Pack, brought_in, write_pack
from gitxp.storage.refstore import hold_code
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a snapshot's objects go: by way of the pack at `path` into the store.

    Attributes:
        enters_store: False where the store is read-only, so that they stay in the pack.
    """

    path: Path
    is_durable: bool
    enters_store: bool


def capture_code(
    repository: Repository,
    *,
    limits: SnapshotLimits,
    pack_path: Path,
    is_durable: bool = False,
    enters_store: bool = True,
    meanwhile: Callable[[], object] = lambda: None,
) -> Code:
    """Keep the working tree as it stands, and return what it is.

    What cannot be kept is told in the answer's `left_out`, or in its `failure` where nothing
    could be kept at all: a run starts in any case.

    Args:
        limits: For untracked files; tracked ones are always kept.
        pack_path: Where the pack of new objects is made, and stays; none is made where the
            working tree is clean.
        is_durable: Whether a snapshot must outlast a loss of power from the moment this returns.
        enters_store: False where the store cannot be written: the pack alone holds the objects.
        meanwhile: Called once while Git works.
    """
    if repository.work_tree is None:
        return Code(failure="a bare repository has no working tree")
    target = _Target(pack_path, is_durable, enters_store)
    code = Code()
    try:
        with ExitStack() as stack:
            seen, off = _enter_look(stack, repository, meanwhile)
            tree = seen.tree
            kept, left_out = choose_untracked(repository.work_tree, tree.untracked, limits)
            inside = (LeftOut(path, "changes inside the submodule") for path in tree.inside)
            code = Code(base=tree.base, branch=tree.branch, left_out=(*left_out, *inside))
            if seen.base and tree.is_clean and not kept and not seen.hidden:
                code = _clean(repository, code, seen.base, target)
            else:
                code = replace(code, dirty=True)
                code = _snapshot(repository, code, seen, kept, off, target)
    except (GitxpError, OSError) as error:
        code = replace(code, failure=str(error))
    return replace(code, left_out=bounded(code.left_out))


def keep_on(repository: Repository, code: Code) -> Code:
    """Keep code that was captured before from `git gc` for one more run, and return it."""
    if code.commit is None:
        return code
    try:
        hold_code(repository, code.commit)
    except (GitxpError, OSError) as error:
        return replace(code, commit=None, tree=None, failure=str(error))
    return code


def _enter_look(
    stack: ExitStack, repository: Repository, meanwhile: Callable[[], object]
) -> tuple[Look, tuple[str, ...]]:
    """Look at the working tree, and return the filters that Git must do without for it."""
    try:
        return stack.enter_context(look(repository, (), meanwhile)), ()
    except GitFailed:
        off = broken_filters(repository)
        if not off:
            raise
        return stack.enter_context(look(repository, switched_off(off), lambda: None)), off


def _clean(repository: Repository, code: Code, base: Base, target: _Target) -> Code:
    if target.enters_store:
        hold_code(repository, base.commit)
    return replace(code, commit=base.commit, tree=base.tree, dirty=False)


def _snapshot(
    repository: Repository,
    code: Code,
    seen: Look,
    kept: Sequence[str],
    off: Sequence[str],
    target: _Target,
) -> Code:
    target.path.parent.mkdir(parents=True, exist_ok=True)
    top = repository.work_tree or Path()
    found = None if off else unfiltered_tree(top, seen, kept)
    if found is None:
        return _by_index(repository, code, seen, kept, off, target)
    tree, objects = found
    if seen.base and tree == seen.base.tree:
        return _clean(repository, code, seen.base, target)
    commit = _commit(tree, seen.base)
    pack = write_pack(target.path, [*objects, commit])
    return _hold(repository, replace(code, tree=tree), commit.oid, pack, target)


def _by_index(
    repository: Repository,
    code: Code,
    seen: Look,
    kept: Sequence[str],
    off: Sequence[str],
    target: _Target,
) -> Code:
    within = None if target.enters_store else target.path.parent
    with scratch_index(repository, off, within=within) as index:
        index.reveal(seen.hidden)
        index.remove(seen.tree.deleted)
        left_out = index.add([*seen.tree.changed, *seen.hidden, *kept])
        code = replace(code, left_out=(*left_out, *code.left_out))
        tree = index.write_tree()
        if seen.base and tree == seen.base.tree:
            return _clean(repository, code, seen.base, target)
        commit = _commit(tree, seen.base)
        pack = index.pack(commit, code.base, target.path)
    return _hold(repository, replace(code, tree=tree), commit.oid, pack, target)


def _commit(tree: str, base: Base | None) -> GitObject:
    return code_commit(tree, base.commit if base else None, base.seconds if base else 0)


def _hold(repository: Repository, code: Code, commit: str, pack: Pack, target: _Target) -> Code:
    if target.enters_store:
        with brought_in(pack, repository.common_dir, is_durable=target.is_durable):
            hold_code(repository, commit)
    return replace(code, commit=commit)
