"""A command line without what gave the run its seed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from gitxp.comparison.groups.seeds import is_seed
from gitxp.query.columns import column

_SEED: Final = "<seed>"
# Where Python stands, and what it is called there, says nothing: its version is recorded.
_PYTHON: Final = re.compile(r"(?:.*/)?python[\d.]*")
# Jupyter makes one anew for each kernel.
_CONNECTION: Final = re.compile(r".*/(?:kernel-)?[\w-]+\.json")
_CONNECTION_OPTION: Final = "-f"
_KERNEL: Final = "ipykernel_launcher"


def seedless_command(argv: Sequence[str], seeds: Collection[str]) -> tuple[str, ...]:
    """Return the words of a command line but for those that are certain to be the run's seed.

    Those are the values of options that are called like one; and that word that no option stands
    before, where a single one is a seed. Each has to be one that was recorded: `--seeds 5` may
    well say how many there are to be.

    Args:
        seeds: Those that were recorded of the run, as they are spelled.

    Example:
        >>> seedless_command(["/usr/bin/python3", "train.py", "--seed", "7", "--lr=0.1"], ["7"])
        ('python', 'train.py', '--lr=0.1')
        >>> seedless_command(["./go", "7", "0.1"], ["7"]), seedless_command(["t", "-n", "7"], "7")
        (('./go', '<seed>', '0.1'), ('t', '-n', '7'))
    """
    words = list(_without_options(argv, seeds))
    places = [
        place
        for place, word in enumerate(words)
        if place and word in seeds and not words[place - 1].startswith("-")
    ]
    if len(places) == 1:
        words[places[0]] = _SEED
    return tuple(words)


def _without_options(argv: Sequence[str], seeds: Collection[str]) -> Iterator[str]:
    """Yield the words but for options that give the seed, and where Python and a kernel stand."""
    words = enumerate(argv)
    for place, word in words:
        name, equals, given = word.partition("=")
        following = argv[place + 1] if place + 1 < len(argv) else ""
        if word == _CONNECTION_OPTION and _KERNEL in argv and _CONNECTION.fullmatch(following):
            next(words)
        elif equals and given in seeds and _names_seed(name):
            continue
        elif word.startswith("-") and following in seeds and _names_seed(word):
            next(words)
        else:
            yield "python" if not place and _PYTHON.fullmatch(word) else word


def _names_seed(option: str) -> bool:
    return is_seed(column("params", option.lstrip("-+").replace("-", "_")))
