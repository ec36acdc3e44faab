"""What functions that read are given, looked at before anything is read."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable
from typing import Any, Final

from gitxp.errors import InvalidValue
from gitxp.text import shown

# By argument what a text stands for there, and how one is written.
_TEXTS: Final = {
    "where": ("a filter, as text", "gitxp.runs('params.lr > 1e-3')"),
    "experiment": ("the name of an experiment", "gitxp.runs(experiment='lr-schedule')"),
    "sort": ("the name of a column", "gitxp.runs(sort='-metrics.loss')"),
    "remote": ("the name of a remote", "gitxp.runs(remote='origin')"),
    "run": ("the id, a prefix of it, or the name of a run", "gitxp.get_run('@') is the newest"),
}
_COLUMNS: Final = "gitxp.runs(columns=['params.lr', 'metrics.loss'])"


def check_texts(**given: object) -> None:
    """Refuse what is not text, of arguments that may be left out; `run` may not.

    Raises:
        InvalidValue: If one is something else.
    """
    for argument, value in given.items():
        if not isinstance(value, str) and (value is not None or argument == "run"):
            expected, hint = _TEXTS[argument]
            raise InvalidValue(f"{argument} is {shown(value)}: expected {expected}", hint=hint)


def check_path(path: object) -> None:
    """Refuse what is no path of a folder; None is the working folder.

    Raises:
        InvalidValue: If it is something else, or holds a NUL.
    """
    text = os.fspath(path) if isinstance(path, os.PathLike) else path
    if text is not None and (not isinstance(text, str) or "\0" in text):
        raise InvalidValue(
            f"path is {shown(path)}: expected the path of a folder, as text or a Path",
            hint="gitxp.open('.')",
        )


def checked_limit(limit: Any) -> int | None:
    """Return how many are wanted at most; None where there is no limit.

    Raises:
        InvalidValue: If it is no count.
    """
    if limit is None:
        return None
    try:
        count = -1 if isinstance(limit, bool) else operator.index(limit)
    except TypeError:
        count = -1
    if count < 0:
        raise InvalidValue(
            f"limit is {shown(limit)}: expected a whole number, 0 or more",
            hint="gitxp.runs(limit=10)",
        )
    return count


def checked_columns(columns: object) -> list[str] | None:
    """Return the columns wanted, of which one may be given by itself; None where all are.

    Raises:
        InvalidValue: If it is something else than names.
    """
    if columns is None:
        return None
    if isinstance(columns, str):
        return [columns]
    if not isinstance(columns, Iterable) or isinstance(columns, bytes):
        raise InvalidValue(
            f"columns is {shown(columns)}: expected the names of columns", hint=_COLUMNS
        )
    names: list[str] = []
    for name in columns:
        if not isinstance(name, str):
            raise InvalidValue(
                f"columns holds {shown(name)}: expected the names of columns", hint=_COLUMNS
            )
        names.append(name)
    return names
