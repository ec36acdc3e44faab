"""The rules for the names of metrics, params, tags and data sets."""

from __future__ import annotations

import unicodedata

from gitxp.errors import InvalidName
from gitxp.text import shown, type_of

LONGEST_NAME = 250
METRIC_REDUCERS = ("first", "last", "min", "max", "mean", "count")
# How the names of the machine's series begin, which nobody logs by hand.
SYSTEM_PREFIX = "system/"


def check_name(kind: str, name: object) -> str:
    """Return `name` if it may name a `kind` of thing.

    Any text is a name but the empty one, one over 250 characters, and one with control
    characters or lone surrogates: those cannot be shown, typed or stored as UTF-8.

    Raises:
        InvalidName: Quoting the name and saying what was expected.

    Example:
        >>> check_name("metric", "val/accuracy")
        'val/accuracy'
    """
    if not isinstance(name, str):
        raise InvalidName(f"{kind} name {shown(name)} is {type_of(name)}: expected a string")
    if not name.strip():
        raise InvalidName(f"{kind} name {shown(name)} is empty")
    if len(name) > LONGEST_NAME:
        raise InvalidName(
            f"{kind} name {name[:40] + '…'!r} has {len(name)} characters: "
            f"expected at most {LONGEST_NAME}"
        )
    if name.isprintable():  # most are, and every name of every record is checked
        return name
    for character in name:
        if unicodedata.category(character) in ("Cc", "Cs"):
            raise InvalidName(f"{kind} name {name!r} holds the control character {character!r}")
    return name


def check_metric_name(name: object) -> str:
    """Return `name` if it may name a metric.

    A metric's name may not end in `:min` and the like, which name its columns in frames.

    Raises:
        InvalidName: Quoting the name and saying what was expected.
    """
    text = check_name("metric", name)
    _, colon, last = text.rpartition(":")
    if colon and last in METRIC_REDUCERS:
        raise InvalidName(f"metric name {text!r} ends in ':{last}', which names a summary of it")
    return text


def is_system_metric(name: str) -> bool:
    """Return whether a series tells of the machine, and is no result of the run.

    Example:
        >>> is_system_metric("system/gpu/0/power"), is_system_metric("val/accuracy")
        (True, False)
    """
    return name.startswith(SYSTEM_PREFIX)
