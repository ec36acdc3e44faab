"""Runs that were removed here and lie in the trash, as far as somebody asks for one."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import Final

from gitxp.errors import GitxpError
from gitxp.storage.operations import changes_backwards
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import TRASH, parse_trash_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository

# Each has its record read for its name, only where somebody named what is not there.
_MOST: Final = 100


def removal_of(repository: Repository, text: str) -> str | None:
    """Return the id of the operation that put the run called `text` into the trash.

    Args:
        text: Its id or its name; of several, and of the last hundred that were removed, the one
            that was removed last counts.
    """
    trash = reversed(list_refs(repository, TRASH).items())
    for ref, tip in islice(trash, _MOST):
        if parse_trash_ref(ref) == text or _name(repository, tip) == text:
            for operation, change in changes_backwards(repository.private_dir):
                if change.ref == ref and change.after is not None:
                    return operation.id
    return None


def _name(repository: Repository, tip: str) -> str | None:
    with suppress(GitxpError):
        return RecordReader(repository).run(tip).name or None
    return None
