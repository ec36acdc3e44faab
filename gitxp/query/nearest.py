"""What somebody probably meant who typed a name that there is not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Final

# Where nothing is like it: where a notebook and a shell have them all.
ALL_COLUMNS: Final = "all are in gitxp.runs().columns, or the fields of git xp list --json"
_FIELD = re.compile(r"[a-z_]*")
# Each look at how alike two names are takes some ten microseconds.
_MOST = 1000
# How alike two names are, of 1, that one may have been meant by the other. A word that names no
# field may as well be text that lacks its quotes.
_ALIKE, _MUCH_ALIKE = 0.6, 0.75
# With less of a name any column may be meant that begins so.
_TELLING = 3
# Of names that there are.
_SHOWN = 10


def nearest_hint(typed: str, known: Iterable[str], *, otherwise: str) -> str:
    """Return a question for the name that is most like what was typed.

    Args:
        otherwise: The answer where none is like it.

    Example:
        >>> nearest_hint("lsit", ["list", "log"], otherwise="git xp --help")
        "did you mean 'list'?"
    """
    nearest = nearest_name(typed, known)
    return f"did you mean {nearest!r}?" if nearest is not None else otherwise


def known_hint(known: Iterable[str]) -> str:
    """Return some of the names that there are, for what is like none of them.

    Example:
        >>> known_hint(["b", "a"]), known_hint([]), known_hint(map(str, range(1000)))[-9:]
        ('known are: a, b', 'known are: none', ' 990 more')
    """
    names = sorted(known)
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"known are: {', '.join(names[:_SHOWN]) or 'none'}{more}"


def nearest_name(typed: str, known: Iterable[str]) -> str | None:
    """Return the name that is most like what was typed, in large letters or small; else None.

    Example:
        >>> nearest_name("LOSS", ["acc", "loss"]), nearest_name("mx", ["min", "max"])
        ('loss', 'max')
    """
    spellings = _by_folded(known)
    found = _best(typed.casefold(), {folded: folded for folded in spellings}, _ALIKE)
    return None if found is None else _spelled_like(typed, spellings[found])


def nearest_column(text: str, known: Iterable[str]) -> str | None:
    """Return the name of the column that was probably meant; None where none is like it.

    Example:
        >>> nearest_column("lr", ["status", "params.lr"]), nearest_column("statu", ["status"])
        ('params.lr', 'status')
        >>> nearest_column("metrics.val", ["metrics.loss", "metrics.val/accuracy"])
        'metrics.val/accuracy'
        >>> nearest_column("lss", ["status", "metrics.loss"]), nearest_column("metrics.LOSS", [])
        ('metrics.loss', None)
    """
    spellings = _by_folded(known)
    found = _nearest_folded(text.casefold(), list(spellings))
    return None if found is None else _spelled_like(text, spellings[found])


def _by_folded(known: Iterable[str]) -> dict[str, list[str]]:
    """Return names by what they are but for the size of their letters."""
    spellings: dict[str, list[str]] = {}
    for name in known:
        spellings.setdefault(name.casefold(), []).append(name)
    return spellings


def _spelled_like(text: str, names: list[str]) -> str:
    """Return of names that differ in the size of letters the one that is most like a text."""
    return names[0] if len(names) == 1 else difflib.get_close_matches(text, names, 1, 0.0)[0]


def _nearest_folded(text: str, names: list[str]) -> str | None:
    if text in names:
        return text
    # `lr` is most likely `params.lr`, however unlike the two are spelled.
    endings = (f".{text}", f'["{text}"]', f"/{text}")
    for found in names:
        if found.endswith(endings):
            return found
    for found in names:
        if len(text) >= _TELLING and found.startswith(text):
            return found
    return _most_alike(text, names) or _ending_alike(text, names)


def _most_alike(text: str, names: list[str]) -> str | None:
    """Return the name that is most like a text; of one field where that has any."""
    field = _FIELD.match(text)
    start = field.end() if field else 0
    # What both begin with makes no two names alike.
    ends = {name[start:].lstrip("."): name for name in names if name.startswith(text[:start])}
    candidates = ends if start and ends else {name: name for name in names}
    wanted = text[start:].lstrip(".") if candidates is ends else text
    return _best(wanted, candidates, _ALIKE)


def _ending_alike(text: str, names: list[str]) -> str | None:
    """Return the name that is like a word behind its field, as `params.lr` is like `lrr`."""
    ends = {name.partition(".")[2]: name for name in reversed(names) if "." in name}
    return _best(text, ends, _MUCH_ALIKE)


def _best(wanted: str, candidates: Mapping[str, str], least: float) -> str | None:
    middle = len(wanted) // 2
    start, end = wanted[:middle], wanted[middle:]

    def unlikely(name: str) -> tuple[bool, int]:
        # One slip leaves one half of a name as it was.
        is_half = name.startswith(start) or name.endswith(end)
        return not is_half, abs(len(name) - len(wanted))

    likely = sorted(candidates, key=unlikely)[:_MOST]
    for found in difflib.get_close_matches(wanted, likely, 1, least):
        return candidates[found]
    return None
