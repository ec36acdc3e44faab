"""Params in a command's own arguments: `--lr 0.1`, `--lr=0.1`, `lr=0.1`."""

from __future__ import annotations

import re
from collections.abc import Sequence

_OPTION = re.compile(r"--?([A-Za-z][\w.-]*)(?:=(.*))?", re.DOTALL)
_ASSIGNMENT = re.compile(r"([A-Za-z_][\w.]*)=(.*)", re.DOTALL)
_WHOLE = re.compile(r"[+-]?\d+")
# The most digits that a record takes; Python, too, turns no text of many more into a number.
_MOST_DIGITS = 3011
_TRUTH = {"true": True, "false": False}

Plain = str | int | float | bool


def params_in_arguments(argv: Sequence[str]) -> dict[str, Plain]:
    """Return the params that a command line holds.

    Example:
        >>> params_in_arguments(["train.py", "--lr", "0.1", "--depth=3", "--fast"])
        {'lr': 0.1, 'depth': 3, 'fast': True}
    """
    params: dict[str, Plain] = {}
    words = list(argv)
    for number, word in enumerate(words):
        if match := _OPTION.fullmatch(word):
            following = words[number + 1] if number + 1 < len(words) else "-"
            if match[2] is not None:
                params[match[1]] = plain_value(match[2])
            elif word.startswith("--"):
                params[match[1]] = True if _is_option(following) else plain_value(following)
        elif match := _ASSIGNMENT.fullmatch(word):
            params[match[1]] = plain_value(match[2])
    return params


def plain_value(text: str) -> Plain:
    """Return the number or truth value that `text` spells, else the text.

    Example:
        >>> plain_value("3"), plain_value("1e-3"), plain_value("true"), plain_value("adam")
        (3, 0.001, True, 'adam')
    """
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if _WHOLE.fullmatch(text):
        return int(text) if len(text) <= _MOST_DIGITS else text
    try:
        return float(text)
    except ValueError:
        return text


def _is_option(word: str) -> bool:
    try:
        float(word)  # a negative number is a value
    except ValueError:
        return word.startswith("-")
    return False
