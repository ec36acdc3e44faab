"""Lists of words, written as they are read."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text.

    Example:
        >>> sorted(word_set("red green"))
        ['green', 'red']
    """
    return frozenset(text.split())
