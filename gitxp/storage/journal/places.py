"""Where journals lie: in gitxp's private folder, or while that is read-only in the fallback."""

from __future__ import annotations

from pathlib import Path

from gitxp.errors import JournalFailed
from gitxp.model.identity import RunId
from gitxp.storage.disk import is_read_only
from gitxp.storage.journal.reader import list_journals
from gitxp.storage.layout import journal_dir
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import OWNER_ONLY, make_folder

# Told to people who wonder what the folder is about.
_ABOUT = "repository"


def all_journals(repository: Repository) -> list[tuple[RunId, Path]]:
    """Return the run and folder of every journal; those of the fallback folder come first.

    One that was copied home a moment ago is there twice: the later of the two counts.
    """
    return [*list_journals(repository.fallback_dir), *list_journals(repository.private_dir)]


def find_journal(repository: Repository, run: RunId) -> Path:
    """Return the folder of a run's journal, there or not."""
    away = journal_dir(repository.fallback_dir, run)
    return away if away.is_dir() else journal_dir(repository.private_dir, run)


def make_journal_folder(repository: Repository, run: RunId) -> Path:
    """Make the folder of a run that starts: where `.git` is read-only, in the fallback folder.

    Raises:
        JournalFailed: If it can be made in neither.
    """
    folder = journal_dir(repository.private_dir, run)
    try:
        make_folder(folder, OWNER_ONLY)
    except OSError as error:
        if not is_read_only(error):
            raise _failed(folder, error) from error
        folder = journal_dir(repository.fallback_dir, run)
        try:
            make_folder(folder, OWNER_ONLY)
            (repository.fallback_dir / _ABOUT).write_text(f"{str(repository.common_dir)!r}\n")
        except OSError as also:
            raise _failed(folder, also) from error
    return folder


def _failed(folder: Path, error: OSError) -> JournalFailed:
    return JournalFailed(f"cannot write the journal {str(folder)!r}: {error}")
