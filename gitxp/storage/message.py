"""Texts that people write in an editor, as Git tidies and comments them."""

from __future__ import annotations

from typing import Final

from gitxp.storage.repository import Repository

# Whatever bytes a word on the command line has, and a file that an editor leaves behind.
ENCODING: Final = ("utf-8", "surrogateescape")


def cleaned(repository: Repository, text: str, *, is_commented: bool = False) -> str:
    """Return a text without blanks at the ends of lines and empty lines around it.

    Args:
        is_commented: Whether lines that begin with `core.commentChar` are left out.
    """
    options = ["--strip-comments"] if is_commented else []
    return _stripped(repository, text, *options).rstrip("\n")


def commented(repository: Repository, text: str) -> str:
    """Return a text each line of which is a comment, by `core.commentChar`."""
    return _stripped(repository, text, "--comment-lines")


def _stripped(repository: Repository, text: str, *options: str) -> str:
    answer = repository.git("stripspace", *options, given=text.encode(*ENCODING))
    return answer.decode(*ENCODING)
