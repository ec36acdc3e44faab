"""The difference of two commits in bounded time and memory, however much of it there is.

Files are weighed before Git compares any of them. Those that are too heavy stay as the base has
them, in a tree that is made for the comparison alone; so what is told applies to the base.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitxp.storage.code.changes import Change, inseparable, list_changes
from gitxp.storage.code.code_commit import diff_words
from gitxp.storage.code.patches import SmallestPatches, split_patches
from gitxp.storage.git_path import decode_path, unquoted_path
from gitxp.storage.odb.alternates import objects_beside
from gitxp.storage.odb.object_stream import ObjectStream, object_stream
from gitxp.storage.odb.objects import write_loose
from gitxp.storage.odb.tree_edit import edited_tree
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder

# An edited binary file takes Git half a second a mebibyte, text a tenth of that.
_BINARY_WEIGHT = 4
# Below that nothing takes long, and no content is looked at.
_LIGHT = 4 << 20
# Git looks no further to tell whether a file is binary.
_HEAD = 8000


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that a difference does not hold.

    Attributes:
        path: As Git spells it, without quotes around it.
        reason: A short sentence for people.
        is_binary: Whether it is known to be binary.
    """

    path: bytes
    reason: str
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class BoundedDiff:
    """As much of a difference as may be held.

    Attributes:
        patches: One a file, in Git's order.
        missing: The files that differ as well.
    """

    patches: Sequence[bytes] = ()
    missing: Sequence[Missing] = ()


@dataclass(frozen=True, slots=True)
class DiffBounds:
    """How much of a difference is made.

    Attributes:
        held: Bytes of patches in all; the smallest come first.
    """

    held: int

    @property
    def file(self) -> int:
        """Bytes of one version of a file that is edited; more is not compared."""
        return 2 * self.held

    @property
    def all_files(self) -> int:
        """Bytes of all versions that are compared; the smallest come first."""
        return 4 * self.held


def bounded_diff(
    repository: Repository,
    base: str | None,
    code: str,
    bounds: DiffBounds,
    *,
    scratch: Path,
    objects: Path | None = None,
) -> BoundedDiff:
    """Return the difference of two commits, as `code_diff` does, but for what is too much.

    Args:
        base: None for the empty tree.
        scratch: A folder that may be made, for a while.
        objects: A folder of objects to take for the store.

    Raises:
        GitFailed: If an object is missing.
    """
    environment = {} if objects is None else {"GIT_OBJECT_DIRECTORY": str(objects)}
    changes = list_changes(repository, base, code, environment=environment)
    missing = _too_heavy(repository, changes, bounds, environment)
    if not missing:
        return _made(repository, diff_words(base, code), bounds, environment)
    store = objects or repository.common_dir / "objects"
    heavy = [change for change in changes if change.path in missing]
    with _without(repository, code, heavy, store, scratch) as (tree, around):
        made = _made(repository, diff_words(base, tree), bounds, around)
    return BoundedDiff(made.patches, [*missing.values(), *made.missing])


def _too_heavy(
    repository: Repository,
    changes: Sequence[Change],
    bounds: DiffBounds,
    environment: Mapping[str, str],
) -> dict[bytes, Missing]:
    """Return by path what shall not be compared; changes that apply only together go together."""
    weights = [sum(change.sizes) for change in changes]
    if sum(weights) <= min(_LIGHT, bounds.held):
        return {}
    reasons: dict[int, str] = {}
    groups = inseparable(change.path for change in changes)
    left = bounds.all_files
    with object_stream(repository, environment) as stream:
        for group in sorted(groups, key=lambda one: sum(weights[n] for n in one)):
            reason = next((why for n in group if (why := _refusal(changes[n], bounds))), "")
            weight = sum(weights[n] for n in group)
            if not reason and weight <= left:
                weight = sum(weights[n] * _factor(stream, changes[n]) for n in group)
            if not reason and weight > left:
                reason = f"changed files over {bounds.all_files} bytes in all"
            if reason:
                reasons.update(dict.fromkeys(group, reason))
            else:
                left -= weight
    return {changes[n].path: Missing(changes[n].path, reasons[n]) for n in sorted(reasons)}


def _refusal(change: Change, bounds: DiffBounds) -> str:
    most = bounds.file if change.is_edit else bounds.held  # else the patch is all of the file
    return f"a file over {most} bytes" if max(change.sizes, default=0) > most else ""


def _factor(stream: ObjectStream, change: Change) -> int:
    if not change.is_edit or change.after is None:
        return 1
    (found,) = stream.read([change.after.oid])
    return _BINARY_WEIGHT if found and b"\0" in found[1][:_HEAD] else 1


@contextmanager
def _without(
    repository: Repository, code: str, heavy: Sequence[Change], store: Path, scratch: Path
) -> Iterator[tuple[str, dict[str, str]]]:
    """Make the tree of `code` with some paths as the base has them.

    Yields:
        Its id, and with what variables Git finds it.
    """
    make_folder(scratch)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="diff-") as folder:
        objects = objects_beside(store, Path(folder))
        environment = {"GIT_OBJECT_DIRECTORY": str(objects)}
        edits = {decode_path(unquoted_path(change.path)): change.before for change in heavy}
        with object_stream(repository, environment) as stream:
            tree, made = edited_tree(stream, f"{code}^{{tree}}", edits)
        for one in made:
            write_loose(objects, one)
        yield tree, environment


def _made(
    repository: Repository,
    words: Sequence[str],
    bounds: DiffBounds,
    environment: Mapping[str, str],
) -> BoundedDiff:
    """Let Git make a difference, and hold the smallest patches of it."""
    smallest = SmallestPatches(bounds.held)
    pieces = repository.git_pieces(*words, environment=environment)
    for patch in split_patches(pieces, bounds.held):
        smallest.add(patch)
    reason = f"a file whose difference is too much: over {bounds.held} bytes in all"
    let_go = [Missing(one.path, reason, one.is_binary) for one in smallest.let_go]
    return BoundedDiff(smallest.held(), let_go)
