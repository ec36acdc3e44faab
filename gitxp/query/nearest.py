"""Which column somebody probably meant, who named one that no run has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# Each look at how alike two names are takes some ten microseconds.
_MOST = 1000


def nearest_column(text: str, known: Iterable[str]) -> str | None:
    """Return the name of the column that was probably meant; None where none is like it.

    Example:
        >>> nearest_column("lr", ["status", "params.lr"]), nearest_column("statu", ["status"])
        ('params.lr', 'status')
        >>> nearest_column("metrics.val", ["metrics.loss", "metrics.val/accuracy"])
        'metrics.val/accuracy'
    """
    # `lr` is most likely `params.lr`, however unlike the two are spelled.
    names = list(known)
    endings = (f".{text}", f'["{text}"]', f"/{text}")
    for found in names:
        if found.endswith(endings):
            return found
    for found in names:
        if text and found.startswith(text):
            return found
    names.sort(key=lambda name: abs(len(name) - len(text)))
    return next(iter(difflib.get_close_matches(text, names[:_MOST], 1)), None)
