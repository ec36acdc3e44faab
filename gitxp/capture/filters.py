"""Clean filters that Git must not do without: where one does not work, raw bytes are kept."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gitxp.errors import GitFailed
from gitxp.model.run import LeftOut
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
    return tuple(key.split(".", 1)[1].rpartition(".")[0] for key in keys if "=" not in key)


def optional(names: Iterable[str]) -> tuple[str, ...]:
    """Return the settings by which Git takes the bytes as they are where a filter fails."""
    return tuple(word for name in names for word in ("-c", f"filter.{name}.required=false"))


def kept_raw(
    repository: Repository, paths: Sequence[str], names: Iterable[str], kept: Mapping[str, str]
) -> list[LeftOut]:
    """Return which of the paths were kept as they are since their filter does not work.

    Args:
        names: Of the filters to look for.
        kept: By path the id of the blob that was kept.
    """
    found = []
    for name, filtered in _by_filter(repository, paths, frozenset(names)).items():
        raw = _raw_ids(repository, filtered)
        same = [path for path in filtered if kept.get(path) == raw[path]]
        if same and not _works(repository, same[0]):
            reason = f"kept as raw bytes: its filter {name!r} does not work here"
            found += [LeftOut(path, reason) for path in same]
    return found


def _by_filter(
    repository: Repository, paths: Sequence[str], names: frozenset[str]
) -> dict[str, list[str]]:
    given = b"".join(os.fsencode(path) + b"\0" for path in paths)
    answer = repository.git("check-attr", "-z", "--stdin", "filter", given=given)
    words = [os.fsdecode(word) for word in answer.split(b"\0")[:-1]]
    top = repository.work_tree or Path()
    found: dict[str, list[str]] = {}
    for path, name in zip(words[::3], words[2::3], strict=True):
        if name in names and _is_file(top / path):
            found.setdefault(name, []).append(path)
    return found


def _is_file(place: Path) -> bool:
    try:
        return stat.S_ISREG(place.lstat().st_mode) and os.access(place, os.R_OK)
    except OSError:
        return False


def _raw_ids(repository: Repository, paths: Sequence[str]) -> dict[str, str]:
    words = ("hash-object", "--no-filters", "--")
    step = 200  # as arguments, which may hold line feeds; a command line takes as many
    oids: list[str] = []
    for start in range(0, len(paths), step):
        oids += repository.git(*words, *paths[start : start + step]).decode().split()
    return dict(zip(paths, oids, strict=True))


def _works(repository: Repository, path: str) -> bool:
    try:
        repository.git("hash-object", "--", path)
    except GitFailed:
        return False
    return True
