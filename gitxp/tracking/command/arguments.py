"""Params in a command's own arguments: `--lr 0.1`, `--lr=0.1`, `lr=0.1`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_OPTION = re.compile(r"--?([A-Za-z][\w.-]*)(?:=(.*))?", re.DOTALL)
# As Hydra has them, too: `model/optim=adam`, `+model=x`, `++opt.lr=2`.
_ASSIGNMENT = re.compile(r"\+{0,2}([A-Za-z_][\w.@/-]*)=([^\n;]*)")
_WHOLE = re.compile(r"-?(?:0|[1-9]\d*)")
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_SPELLED_OUT = re.compile(r"[+-]?(?:nan|inf)", re.IGNORECASE)
# So many digits with an `e` among them are the first ones of a commit's id.
_COMMIT = re.compile(r"(?=.{7})\d+[eE]\d+")
# The most digits that a record takes; Python, too, turns no text of many more into a number.
_MOST_DIGITS = 3011
_TRUTH = {"true": True, "false": False}
# What follows is a program, as in `python -c` and `sh -c`.
_CODE = "-c"

Plain = str | int | float | bool


def params_in_arguments(argv: Sequence[str]) -> dict[str, Plain | list[Plain]]:
    """Return the params that a command line holds.

    Several numbers after one option are a list; of several texts, only the first is the option's,
    since those that follow may be anything. What follows `-c` is code.

    Example:
        >>> params_in_arguments(["train.py", "--lr", "0.1", "--depth=3", "--fast"])
        {'lr': 0.1, 'depth': 3, 'fast': True}
        >>> params_in_arguments(["train.py", "--layers", "64", "128", "out", "+opt.lr=2"])
        {'layers': [64, 128], 'opt.lr': 2}
    """
    params: dict[str, Plain | list[Plain]] = {}
    for number, word in enumerate(argv):
        if number and argv[number - 1] == _CODE:
            continue
        if match := _OPTION.fullmatch(word):
            if match[2] is not None:
                params[match[1]] = plain_value(match[2])
            elif word.startswith("--"):
                params[match[1]] = _values(argv[number + 1 :])
        elif (match := _ASSIGNMENT.fullmatch(word)) and not _is_path(match[1], match[2]):
            params[match[1]] = plain_value(match[2])
    return params


def plain_value(text: str) -> Plain:
    """Return the number or truth value that `text` spells, else the text.

    A number is spelled as programs print them: without zeros in front, spaces or underscores, and
    no larger than a float holds. Digits around an `e` that may be the id of a commit are text.

    Example:
        >>> plain_value("3"), plain_value("1e-3"), plain_value("true"), plain_value("adam")
        (3, 0.001, True, 'adam')
        >>> plain_value("007"), plain_value("4e12345"), plain_value("1234e56"), plain_value("inf")
        ('007', '4e12345', '1234e56', inf)
    """
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if _WHOLE.fullmatch(text):
        return int(text) if len(text) <= _MOST_DIGITS else text
    if _SPELLED_OUT.fullmatch(text):
        return float(text)
    if _NUMBER.fullmatch(text) and not _COMMIT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def exact_value(text: str) -> Plain:
    """Return the number or truth value whose only spelling is `text`, else the text.

    So a version such as 1.10 stays what it is.

    Example:
        >>> exact_value("3"), exact_value("0.5"), exact_value("1.10"), exact_value("1e3")
        (3, 0.5, '1.10', '1e3')
    """
    found = plain_value(text)
    is_same = isinstance(found, bool) or str(found) == text
    return found if is_same else text


def _values(words: Sequence[str]) -> Plain | list[Plain]:
    """Return what an option has that is followed by these words."""
    if not words or _is_option(words[0]):
        return True
    values: list[Plain] = [plain_value(words[0])]
    for value in map(plain_value, words[1:]):
        if not _is_number(values[-1]) or not _is_number(value):
            break
        values.append(value)
    return values if len(values) > 1 else values[0]


def _is_option(word: str) -> bool:
    return word.startswith("-") and not _is_number(plain_value(word))


def _is_number(value: Plain) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_path(name: str, value: str) -> bool:
    """Whether a word such as `out/lr=0.1/model.pt` assigns nothing."""
    return "/" in name and "/" in value
