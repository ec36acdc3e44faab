"""What somebody probably meant who typed a name that there is not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

# Where nothing is like it: where a notebook and a shell have them all.
ALL_COLUMNS: Final = "all are in gitxp.runs().columns, or the fields of git xp list --json"
_FIELD = re.compile(r"[a-z_]*")
# Each look at how alike two names are takes some ten microseconds.
_MOST = 1000
# With less of a name any column may be meant that begins so.
_TELLING = 3


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


def nearest_column(text: str, known: Iterable[str]) -> str | None:
    """Return the name of the column that was probably meant; None where none is like it.

    Example:
        >>> nearest_column("lr", ["status", "params.lr"]), nearest_column("statu", ["status"])
        ('params.lr', 'status')
        >>> nearest_column("metrics.val", ["metrics.loss", "metrics.val/accuracy"])
        'metrics.val/accuracy'
    """
    names = list(known)
    # `lr` is most likely `params.lr`, however unlike the two are spelled.
    endings = (f".{text}", f'["{text}"]', f"/{text}")
    for found in names:
        if found.endswith(endings):
            return found
    for found in names:
        if len(text) >= _TELLING and found.startswith(text):
            return found
    return _most_alike(text, names)


def _most_alike(text: str, names: list[str]) -> str | None:
    """Return the name that is most like a text; of one field where that has any."""
    field = _FIELD.match(text)
    start = field.end() if field else 0
    # What both begin with makes no two names alike.
    ends = {name[start:].lstrip("."): name for name in names if name.startswith(text[:start])}
    candidates = ends if start and ends else {name: name for name in names}
    wanted = text[start:].lstrip(".") if candidates is ends else text
    by_length = sorted(candidates, key=lambda name: abs(len(name) - len(wanted)))
    for found in difflib.get_close_matches(wanted, by_length[:_MOST], 1):
        return candidates[found]
    return None
