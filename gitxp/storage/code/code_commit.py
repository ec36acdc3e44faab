"""The code of a run: the exact bytes of a snapshot commit, and its difference from the base."""

from __future__ import annotations

from collections.abc import Mapping

from gitxp.storage.odb.objects import EMPTY_TREE, GitObject
from gitxp.storage.record_commit import IDENTITY
from gitxp.storage.repository import Repository

_MESSAGE = "gitxp: the working tree as it ran\n"


def code_commit(tree: str, base: str | None, seconds: int) -> GitObject:
    """Return the snapshot commit of a working tree: the same for everybody who has the same.

    Args:
        tree: Id of the working tree as a Git tree.
        base: The commit that was checked out; None on an unborn branch.
        seconds: The base's committer date in seconds since 1970; 0 without a base.

    Example:
        >>> code_commit("4b825dc642cb6eb9a060e54bf8d69288fbee4904", None, 0).oid
        'dfceae4b754688ecc224f5563f7cfd8115d5f051'
    """
    lines = [
        f"tree {tree}",
        *([f"parent {base}"] if base else []),
        f"author {IDENTITY} {seconds} +0000",
        f"committer {IDENTITY} {seconds} +0000",
        "",
        _MESSAGE,
    ]
    return GitObject("commit", "\n".join(lines).encode())


def code_diff(
    repository: Repository,
    base: str | None,
    code: str,
    *,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """Return the difference of two commits as `git apply` takes it, whatever the user's settings.

    Args:
        base: None for the empty tree.
        environment: For Git, such as where objects lie beside the store.

    Raises:
        GitFailed: If an object is missing.
    """
    return repository.git(*diff_words(base, code), environment=environment)


def diff_words(base: str | None, code: str) -> list[str]:
    """Return the arguments with which Git prints that difference.

    Args:
        base: None for the empty tree.
        code: A commit or tree.
    """
    return [
        "-c",
        "core.quotePath=true",
        "diff-tree",
        "-p",
        "--binary",
        "--full-index",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--unified=3",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        "--ignore-submodules=none",
        "--submodule=short",
        base or EMPTY_TREE,
        code,
    ]
