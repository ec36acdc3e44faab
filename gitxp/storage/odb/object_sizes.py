"""Asking how large an object is before it is read, so that no object decides how much memory."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gitxp.errors import GitFailed
from gitxp.storage.git import abandon_git

if TYPE_CHECKING:
    import subprocess

    import pygit2

    from gitxp.storage.repository import Repository

# Raises `KeyError` for an object that is missing.
SizeOf = Callable[[Any], int]


def size_reader(repository: Repository, opened: pygit2.Repository) -> SizeOf:
    """Return what tells the size of an object by its id, as cheaply as this libgit2 can."""
    odb: Any = opened.odb
    if hasattr(odb, "read_header"):  # since pygit2 1.19.2
        read_header = odb.read_header
        return lambda oid: read_header(oid)[1]
    return GitSizes(repository)


class GitSizes:
    """Asks one `git cat-file` process, which starts with the first question."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, oid: Any) -> int:
        """Return the size of an object.

        Raises:
            KeyError: If it is missing.
            GitFailed: If Git ends before it has answered.
        """
        if self._process is None:
            self._process = self._repository.start_git(
                "cat-file", "--batch-check=%(objectsize)", reads_input=True
            )
            weakref.finalize(self, abandon_git, self._process)
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None
        assert answers is not None
        try:
            questions.write(f"{oid}\n".encode())
            questions.flush()
        except BrokenPipeError as error:
            raise GitFailed("git cat-file ended early") from error
        answer = answers.readline().strip()
        if not answer:
            raise GitFailed("git cat-file ended early")
        if not answer.isdigit():  # "… missing"
            raise KeyError(str(oid))
        return int(answer)
