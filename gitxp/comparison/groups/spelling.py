"""What groups have in a column, as people read it: never alike where the values are not."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Any, Final

from gitxp.model.identity import SHORT_ID
from gitxp.query.rows import ID_COLUMNS
from gitxp.text import safe, value

# Larger floats are not told from their neighbours by being whole, and have up to 308 digits.
_WHOLE_BELOW: Final = 2**53
# Of several spaces in a row whoever shows text on one line keeps one.
_SPACES: Final = re.compile(r" (?= )")


def spelled_keys(name: str, values: Sequence[Any], *, exactly: bool = False) -> list[str]:
    """Return what groups have in a column as people read it, no two of these values alike.

    Where two would be, text stands in quotes, a number has all its digits, and an id is whole.

    Args:
        exactly: Spell all of them so.

    Example:
        >>> spelled_keys("params.n", ["a", None, "None", 0.1, 0.1 + 1e-6])
        ['a', 'None', "'None'", '0.1', '0.100001']
    """
    texts = [(_exact if exactly else _short)(name, one) for one in values]
    while clashing := _clashing(texts, values):
        # What is spelled exactly now may look like what was fine before.
        told = [
            _exact(name, one) if text in clashing else text
            for text, one in zip(texts, values, strict=True)
        ]
        if told == texts:  # of kinds that have no other spelling
            break
        texts = told
    return texts


def _clashing(texts: Sequence[str], values: Sequence[Any]) -> set[str]:
    """Return those texts that stand for several values."""
    meant: dict[str, set[Hashable]] = {}
    for text, one in zip(texts, values, strict=True):
        meant.setdefault(text, set()).add(_identity(one))
    return {text for text, those in meant.items() if len(those) > 1}


def _identity(one: Any) -> Hashable:
    """Return what is the same for values of one group alone: 1 and 1.0, NaN and NaN."""
    if isinstance(one, int | float) and not isinstance(one, bool) and one == one:
        return one
    return type(one), repr(one)


def _short(name: str, one: Any) -> str:
    return str(one)[:SHORT_ID] if name in ID_COLUMNS else value(one)


def _exact(name: str, one: Any) -> str:
    if name in ID_COLUMNS:
        return str(one)
    match one:
        case float() if one.is_integer() and abs(one) < _WHOLE_BELOW:
            return repr(int(one))  # 1 and 1.0 are of one group
        case str() | float() | list() | tuple() | bytes():
            return _SPACES.sub(r"\\x20", safe(repr(one)))
    return value(one)
