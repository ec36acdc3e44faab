"""A record's `code.diff` applied to its base, beside the repository and never in it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gitxp.storage.odb.alternates import objects_beside
from gitxp.storage.odb.objects import EMPTY_TREE
from gitxp.storage.repository import Repository

_SAID_BY_US = b"# gitxp: "


def is_cut(diff: bytes) -> bool:
    """Return whether a difference is not the whole one, as its last line says."""
    return diff.rstrip(b"\n").rpartition(b"\n")[2].startswith(_SAID_BY_US)


def applied_diff(repository: Repository, base: str | None, diff: bytes) -> str:
    """Return the id of the tree that `diff` makes of `base`; no index and no object is kept.

    Args:
        base: None for the empty tree.

    Raises:
        GitFailed: If it does not apply.
    """
    with tempfile.TemporaryDirectory(prefix="gitxp-") as name:
        scratch = Path(name)
        objects = objects_beside(repository.common_dir / "objects", scratch)
        environment = {
            "GIT_INDEX_FILE": str(scratch / "index"),
            "GIT_OBJECT_DIRECTORY": str(objects),
        }
        repository.git("read-tree", base or EMPTY_TREE, environment=environment)
        if diff:
            repository.git(
                *("-c", "apply.whitespace=nowarn", "-c", "apply.ignoreWhitespace=no"),
                *("apply", "--cached", "-"),
                given=diff,
                environment=environment,
            )
        answer = repository.git("write-tree", "--missing-ok", environment=environment)
    return answer.decode().strip()
