"""What completion offers: asked by the shells' scripts at every press of the key.

It says nothing but words: where something is wrong there are none, and the next command tells why.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from gitxp.errors import GitxpError
from gitxp.model.identity import SHORT_ID
from gitxp.query.run_names import experiment_names, run_names
from gitxp.storage.repository import Repository, open_repository
from gitxp.text import safe

_DIGITS: Final = re.compile(r"[0-9a-f]{1,32}")


def print_words(asked: Sequence[str]) -> None:
    """Print what the last word that is being typed may become, a word a line.

    Args:
        asked: `run` or `experiment`, and what is typed of it so far.
    """
    what, typed = (*asked, "", "")[:2]
    find = _FINDERS.get(what)
    with suppress(GitxpError, OSError):
        words = find(open_repository(), typed) if find else []
        shown = [word for word in words if word.startswith(typed) and _can_be_typed(word)]
        # Not through `sys.stdout`, which would complain at the end that nobody reads it.
        with open(sys.stdout.fileno(), "w", encoding=sys.stdout.encoding, closefd=False) as out:
            out.writelines(f"{word}\n" for word in shown)


def _can_be_typed(word: str) -> bool:
    """Whether a terminal shows a word as it is, and has its letters."""
    encoding = sys.stdout.encoding
    return safe(word) == word and word.encode(encoding, "ignore").decode(encoding) == word


def _runs(repository: Repository, typed: str) -> list[str]:
    """Return names, and ids where digits of one are typed or a run has nothing else."""
    names = run_names(repository)
    are_digits = _DIGITS.fullmatch(typed) is not None
    nameless = [run for run, name in names.items() if not name]
    begun = [run for run in names if run.startswith(typed)] if are_digits else []
    return sorted({*filter(None, names.values()), *_shortened(nameless + begun, names)})


def _shortened(ids: Sequence[str], among: Mapping[str, str]) -> list[str]:
    """Return each id as short as people are shown it, longer where several begin so."""
    in_order = sorted(among)
    places = {run: place for place, run in enumerate(in_order)}
    short = []
    for run in ids:
        place = places[run]
        beside = [*in_order[max(place - 1, 0) : place], *in_order[place + 1 : place + 2]]
        digits = SHORT_ID
        while any(run[:digits] == other[:digits] for other in beside):
            digits += 1
        short.append(run[:digits])
    return short


_FINDERS: Final[Mapping[str, Callable[[Repository, str], list[str]]]] = {
    "run": _runs,
    "experiment": lambda repository, _: experiment_names(repository),
}
