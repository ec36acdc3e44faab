"""The code as it runs, kept as Git objects; the user's index, HEAD and files are left alone.

Git says what differs. Blobs, trees and commit are made in one pack, which enters the store and is
held there by a ref. Those of a submodule never enter its store: they become a bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from gitxp.capture.code.bundles import BundleFolder
from gitxp.capture.code.filters import broken_filters, switched_off
from gitxp.capture.code.left_out import bounded
from gitxp.capture.code.look import Base, Look, look
from gitxp.capture.code.scratch_index import ScratchIndex, scratch_index
from gitxp.capture.code.submodules import Keep, Place, SubmoduleCaptures, Taken
from gitxp.capture.code.unfiltered import unfiltered_tree
from gitxp.capture.code.untracked import SnapshotLimits, choose_untracked
from gitxp.errors import GitFailed, GitxpError
from gitxp.model.run import Code
from gitxp.storage.code.code_commit import code_commit
from gitxp.storage.layout import scratch_dir
from gitxp.storage.odb.objects import GitObject
from gitxp.storage.odb.pack import brought_in, write_pack
from gitxp.storage.refstore import hold_code
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder


def capture_code(
    repository: Repository,
    *,
    limits: SnapshotLimits,
    pack_path: Path,
    is_durable: bool = False,
    enters_store: bool = True,
    keep: Keep | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> Code:
    """Keep the working tree as it stands with its submodules, and return what it is.

    What cannot be kept is told in the answer's `left_out`, or in its `failure` where nothing
    could be kept at all: a run starts in any case.

    Args:
        limits: For the untracked files of each repository; tracked ones are always kept.
        pack_path: Where the pack of new objects is made, and stays; none is made where the
            working tree is clean. The bundles of submodules are made beside it.
        is_durable: Whether a snapshot must outlast a loss of power from the moment this returns.
        enters_store: False where the store cannot be written: the pack alone holds the objects.
        keep: Keeps the large files of each submodule.
        meanwhile: Called once while Git works.
    """
    if repository.work_tree is None:
        return Code(failure="a bare repository has no working tree")
    folder = BundleFolder(pack_path.parent, limits.total_bytes, is_durable)
    taking = _Taking(limits, folder, keep)
    scratch = scratch_dir(repository.private_dir) if enters_store else pack_path.parent
    place = Place(pack_path, scratch)
    taken = taking.take(repository, place, meanwhile, is_inner=False)
    if taken.code.failure or taken.code.commit is None or not enters_store:
        return taken.code
    try:
        if taken.pack is None:
            hold_code(repository, taken.code.commit)
        else:
            with brought_in(taken.pack, repository.common_dir, is_durable=is_durable):
                hold_code(repository, taken.code.commit)
    except (GitxpError, OSError) as error:
        return _failed(taken.code, error)
    return taken.code


def keep_on(repository: Repository, code: Code) -> Code:
    """Keep code that was captured before from `git gc` for one more run, and return it."""
    if code.commit is None:
        return code
    try:
        hold_code(repository, code.commit)
    except (GitxpError, OSError) as error:
        return _failed(code, error)
    return code


def _failed(code: Code, error: Exception) -> Code:
    return replace(code, commit=None, tree=None, submodules=(), failure=str(error))


@dataclass(frozen=True, slots=True)
class _Taking:
    """How working trees become Git objects, which enter no store yet."""

    limits: SnapshotLimits
    folder: BundleFolder
    keep: Keep | None

    def take(
        self,
        repository: Repository,
        place: Place,
        meanwhile: Callable[[], object] = lambda: None,
        *,
        is_inner: bool = True,
    ) -> Taken:
        """Return what the working tree is, with the reason where that cannot be told.

        Args:
            is_inner: Whether it is a submodule's; of a clean one nobody asks for the tree.
        """
        code = Code()
        try:
            with ExitStack() as stack:
                top = repository.work_tree or Path()
                submodules = stack.enter_context(
                    SubmoduleCaptures(top, self.folder, self.take, self.keep)
                )
                seen, off = _enter_look(
                    stack, repository, submodules, meanwhile, is_in_haste=not is_inner
                )
                tree = seen.tree
                captured = submodules.finish(tree.pinned)
                seen = seen.with_submodules(captured.commits, submodules.links)
                kept, left_out = choose_untracked(top, tree.untracked, self.limits)
                code = Code(
                    base=tree.base,
                    branch=tree.branch,
                    left_out=(*left_out, *captured.left_out),
                    submodules=captured.submodules,
                )
                is_clean = tree.base is not None and seen.is_clean and not kept
                if is_clean and is_inner:
                    taken = Taken(replace(code, commit=tree.base))
                elif is_clean and (base := seen.read_base()):
                    taken = _clean(code, base)
                else:
                    code = replace(code, dirty=True)
                    taken = _snapshot(repository, code, seen, kept, off, place)
        except (GitxpError, OSError) as error:
            taken = Taken(_failed(code, error))
        return replace(taken, code=replace(taken.code, left_out=bounded(taken.code.left_out)))


def _enter_look(
    stack: ExitStack,
    repository: Repository,
    submodules: SubmoduleCaptures,
    meanwhile: Callable[[], object],
    *,
    is_in_haste: bool,
) -> tuple[Look, tuple[str, ...]]:
    """Look at the working tree, and return the filters that Git must do without for it."""

    def begin(links: Mapping[str, str]) -> None:
        submodules.start(links)
        meanwhile()

    try:
        return stack.enter_context(look(repository, (), begin, is_in_haste=is_in_haste)), ()
    except GitFailed:
        off = broken_filters(repository)
        if not off:
            raise
        settings = switched_off(off)
        return stack.enter_context(look(repository, settings, submodules.start)), off


def _clean(code: Code, base: Base) -> Taken:
    return Taken(replace(code, commit=base.commit, tree=base.tree, dirty=False))


def _snapshot(
    repository: Repository,
    code: Code,
    seen: Look,
    kept: Sequence[str],
    off: Sequence[str],
    place: Place,
) -> Taken:
    make_folder(place.pack.parent)
    top = repository.work_tree or Path()
    base = seen.read_base()
    found = None if off else unfiltered_tree(top, seen, base, kept)
    if found is None:
        with scratch_index(repository, off, place.scratch) as index:
            return _by_index(index, code, seen, base, kept, place.pack)
    tree, objects = found
    if base and tree == base.tree:
        return _clean(code, base)
    commit = _commit(tree, base)
    pack = write_pack(place.pack, [*objects, commit])
    return Taken(replace(code, commit=commit.oid, tree=tree), pack)


def _by_index(
    index: ScratchIndex,
    code: Code,
    seen: Look,
    base: Base | None,
    kept: Sequence[str],
    pack_path: Path,
) -> Taken:
    index.reveal(seen.hidden)
    index.remove(seen.tree.deleted)
    left_out = index.add([*seen.tree.changed, *seen.hidden, *kept])
    index.link(seen.moved)
    code = replace(code, left_out=(*left_out, *code.left_out))
    tree = index.write_tree()
    if base and tree == base.tree:
        return _clean(code, base)
    commit = _commit(tree, base)
    pack = index.pack(commit, code.base, pack_path)
    return Taken(replace(code, commit=commit.oid, tree=tree), pack)


def _commit(tree: str, base: Base | None) -> GitObject:
    return code_commit(tree, base.commit if base else None, base.seconds if base else 0)
