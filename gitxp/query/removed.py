"""Runs that were removed here and lie in the trash, as far as somebody asks for one."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from gitxp.errors import GitxpError
from gitxp.query.lookup import is_prefix
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import Repository
from gitxp.storage.trash import Removed, Trashed, list_trash, removals

# Each has its record read for its name, only where somebody named what is not there.
_MOST: Final = 100


def removal_of(repository: Repository, text: str) -> Removed | None:
    """Return what became of the run in the trash that `text` means; None where it means none.

    Args:
        text: A prefix of its id, or, of one of the last hundred that were removed, its name; of
            several the one counts that was removed last.
    """
    trash = list_trash(repository)
    by_id = (one for one in trash if is_prefix(text) and one.run.startswith(text))
    found = next(by_id, None)
    if found is None:
        found = next((one for one in trash[:_MOST] if _name(repository, one) == text), None)
    return None if found is None else removals(repository, [found.run]).get(found.run)


def _name(repository: Repository, trashed: Trashed) -> str | None:
    with suppress(GitxpError):
        return RecordReader(repository).run(trashed.tip).name or None
    return None
