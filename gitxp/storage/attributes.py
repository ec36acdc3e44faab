"""What Git's attributes say of paths."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable

from gitxp.storage.repository import Repository

_NO_FILTER = frozenset({"unspecified", "unset", "set"})


def parse_filters(answer: bytes) -> dict[str, str]:
    r"""Return what `git check-attr -z filter` answered: the filter of each path that has one.

    Example:
        >>> parse_filters(b"a.bin\0filter\0lfs\0a.py\0filter\0unspecified\0")
        {'a.bin': 'lfs'}
    """
    words = [os.fsdecode(word) for word in answer.split(b"\0")[:-1]]
    named = zip(words[::3], words[2::3], strict=True)
    return {path: name for path, name in named if name not in _NO_FILTER}


def filters_in_tree(repository: Repository, tree: str, paths: Iterable[str]) -> dict[str, str]:
    """Return the filter of each path that has one, by the attributes that stand in a tree.

    Raises:
        GitFailed: If the tree cannot be read.
    """
    given = b"".join(os.fsencode(path) + b"\0" for path in paths)
    with tempfile.TemporaryDirectory(prefix="gitxp-") as folder:
        environment = {"GIT_INDEX_FILE": f"{folder}/index"}
        repository.git("read-tree", tree, environment=environment)
        words = ("check-attr", "-z", "--cached", "--stdin", "filter")
        return parse_filters(repository.git(*words, given=given, environment=environment))
