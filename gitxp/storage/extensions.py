"""Opening a repository with libgit2, also one whose extensions it refuses for no reason of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitxp.errors import UnsupportedRepository

if TYPE_CHECKING:
    import pygit2

    from gitxp.storage.repository import Repository

# What libgit2 does not know, and what changes nothing of how an object is read.
_HARMLESS_EXTENSIONS = ["partialclone", "relativeworktrees"]


def open_with_libgit2(repository: Repository) -> pygit2.Repository:
    """Return the repository as libgit2 has it.

    Raises:
        UnsupportedRepository: If libgit2 cannot open it; with its own words.
    """
    import pygit2

    try:
        _accept_extensions(pygit2.settings)
        return pygit2.Repository(str(repository.git_dir))
    except pygit2.GitError as error:
        raise UnsupportedRepository(
            f"libgit2 cannot open {str(repository.git_dir)!r}: {error}"
        ) from error


def _accept_extensions(settings: Any) -> None:
    """Tell libgit2, whose `settings` these are, to open what it can read all the same."""
    accept = getattr(settings, "set_extensions", None)
    if accept is not None:  # older pygit2 cannot be told
        accept(_HARMLESS_EXTENSIONS)
