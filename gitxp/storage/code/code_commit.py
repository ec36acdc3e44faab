"""The code of a run: the exact bytes of a snapshot commit, and its difference from the base."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gitxp.storage.odb.objects import EMPTY_TREE, GitObject
from gitxp.storage.record_commit import IDENTITY
from gitxp.storage.repository import Repository

_MESSAGE = "gitxp: the working tree as it ran\n"
_CUT = b"# gitxp: cut here, %d of %d bytes kept; the whole code is the record's second parent\n"
_LEFT_OUT = b"# gitxp: left out: %s\n"
_MOST_NAMES = 100
# No line of a hunk or of a binary patch begins so.
_FILE_START = re.compile(rb"^diff --git (.*)\n", re.M)


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
    return repository.git(
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
        environment=environment,
    )


def cut_diff(whole: bytes, limit: int) -> bytes:
    """Return as much of a difference as `limit` bytes hold; what is shorter comes back as it is.

    Of a longer one whole files are left out, which its last lines name, as comments that `git
    apply` passes over.
    """
    if len(whole) <= limit:
        return whole
    starts = list(_FILE_START.finditer(whole))
    ends = [*(start.start() for start in starts[1:]), len(whole)]
    patches = [whole[start.start() : end] for start, end in zip(starts, ends, strict=True)]
    paths = [_path(start[1]) for start in starts]
    kept: set[int] = set()
    size = 0
    for group in _inseparable(paths):
        needed = sum(len(patches[number]) for number in group)
        if size + needed <= limit:
            size += needed
            kept.update(group)
    left_out = [path for number, path in enumerate(paths) if number not in kept]
    names = [_LEFT_OUT % path for path in dict.fromkeys(left_out)]
    if len(names) > _MOST_NAMES:
        names[_MOST_NAMES:] = [_LEFT_OUT % (b"%d more" % (len(names) - _MOST_NAMES))]
    return b"".join([*(patches[n] for n in sorted(kept)), *names, _CUT % (size, len(whole))])


def _inseparable(paths: list[bytes]) -> list[list[int]]:
    """Return the numbers of patches that apply only together, groups and members in order.

    They are about one path, or about a file that became a folder, or the reverse.
    """
    groups: list[list[int]] = []
    outer = b""
    # With NUL for `/`, what lies in a folder follows at once what has the folder's name.
    for number in sorted(range(len(paths)), key=lambda n: paths[n].replace(b"/", b"\0")):
        path = paths[number]
        if groups and (path == outer or path.startswith(outer + b"/")):
            groups[-1].append(number)
        else:
            groups.append([number])
            outer = path
    return sorted(sorted(group) for group in groups)


def _path(header: bytes) -> bytes:
    """Return the path of `a/<path> b/<path>` as Git spells it, without quotes around it."""
    half = header[: len(header) // 2]
    return half[3:-1] if half.startswith(b'"') else half[2:]
