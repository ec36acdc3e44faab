"""Extensions of a repository that libgit2 refuses for no reason of ours."""

from __future__ import annotations

from typing import Any

# What libgit2 does not know, and what changes nothing of how an object is read.
_HARMLESS_EXTENSIONS = ["partialclone", "relativeworktrees"]


def accept_extensions(settings: Any) -> None:
    """Tell libgit2, whose `settings` these are, to open what it can read all the same."""
    accept = getattr(settings, "set_extensions", None)
    if accept is not None:  # older pygit2 cannot be told
        accept(_HARMLESS_EXTENSIONS)
