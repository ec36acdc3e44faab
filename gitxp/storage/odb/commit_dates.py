"""When commits were made, asked of Git for many at once."""

from __future__ import annotations

from collections.abc import Iterable

from gitxp.errors import DamagedRecord
from gitxp.storage.odb.object_stream import object_stream
from gitxp.storage.odb.object_text import parse_commit
from gitxp.storage.repository import Repository


def commit_dates(repository: Repository, names: Iterable[str]) -> dict[str, int]:
    """Return committer dates in seconds since 1970 by name; what is no commit is left out.

    Raises:
        GitFailed: If Git gives up on one that is damaged.
    """
    asked = list(dict.fromkeys(names))
    with object_stream(repository) as stream:
        answers = stream.read(asked)
    dates: dict[str, int] = {}
    for name, answer in zip(asked, answers, strict=True):
        if answer is None:
            continue
        try:
            dates[name] = parse_commit(answer[1]).seconds
        except DamagedRecord:  # a tag, say: not ours to complain of
            continue
    return dates
