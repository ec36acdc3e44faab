"""Clean filters that Git must not do without: where one does not work, raw bytes are kept."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from gitxp.errors import GitFailed
from gitxp.storage.attributes import parse_filters
from gitxp.storage.repository import Repository


def required_filters(repository: Repository) -> tuple[str, ...]:
    """Return the names of all filters without which Git adds no file."""
    try:
        answer = repository.git(
            "config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.required$"
        )
    except GitFailed:  # there is none
        return ()
    keys = (os.fsdecode(key) for key in answer.split(b"\0") if key)
    # A name with `=` cannot be told to Git on its command line.
    names = (key.split(".", 1)[1].rpartition(".")[0] for key in keys if "=" not in key)
    return tuple(dict.fromkeys(names))


def broken_filters(repository: Repository) -> tuple[str, ...]:
    """Return the required filters that fail on the first file that is theirs."""
    names = required_filters(repository)
    if not names:
        return ()
    answer = repository.git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    paths = [os.fsdecode(path) for path in answer.split(b"\0") if path]
    first: dict[str, str] = {}
    for path, name in filters_of(repository, paths).items():
        if name in names:
            first.setdefault(name, path)
    return tuple(name for name, path in first.items() if not _works_on(repository, path))


def switched_off(names: Iterable[str]) -> tuple[str, ...]:
    """Return the settings by which Git takes the bytes of these filters' files as they are."""
    lines = (
        f"filter.{name}.{setting}"
        for name in names
        for setting in ("clean=", "process=", "required=false")
    )
    return tuple(word for line in lines for word in ("-c", line))


def filters_of(repository: Repository, paths: Iterable[str]) -> Mapping[str, str]:
    """Return the filter that attributes name for each of the paths that is a file."""
    given = b"".join(os.fsencode(path) + b"\0" for path in paths)
    answer = repository.git("check-attr", "-z", "--stdin", "filter", given=given)
    top = repository.work_tree or Path()
    filters = parse_filters(answer).items()
    return {path: name for path, name in filters if _is_file(top / path)}


def _is_file(place: Path) -> bool:
    try:
        return stat.S_ISREG(place.lstat().st_mode) and os.access(place, os.R_OK)
    except OSError:
        return False


def _works_on(repository: Repository, path: str) -> bool:
    try:
        repository.git("hash-object", "--", path)
    except GitFailed:
        return False
    return True
