"""What somebody probably meant who typed a name that there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest_hint(typed: str, known: Iterable[str], *, otherwise: str) -> str:
    """Return a question for the name that is most like what was typed.

    Args:
        otherwise: The answer where none is like it.

    Example:
        >>> nearest_hint("lsit", ["list", "log"], otherwise="git xp --help")
        "did you mean 'list'?"
    """
    nearest = difflib.get_close_matches(typed, list(known), 1)
    return f"did you mean {nearest[0]!r}?" if nearest else otherwise
