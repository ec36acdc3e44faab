"""When commits were made, asked of Git for many at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitxp.errors import DamagedRecord
from gitxp.storage.object_text import parse_commit
from gitxp.storage.repository import Repository


def commit_dates(repository: Repository, names: Iterable[str]) -> dict[str, int]:
    """Return committer dates in seconds since 1970 by name; what is no commit is left out.

    Raises:
        GitFailed: If one of them is damaged, with Git's own words.
    """
    asked = list(dict.fromkeys(names))
    if not asked:
        return {}
    given = "".join(f"{name}\n" for name in asked)
    answer = repository.git("cat-file", "--batch", given=given.encode())
    return dict(_dates(asked, answer))


def _dates(asked: list[str], answer: bytes) -> Iterator[tuple[str, int]]:
    place = 0
    for name in asked:
        end = answer.index(b"\n", place)
        words = answer[place:end].split(b" ")
        place = end + 1
        if len(words) != 3 or not words[2].isdigit():  # "missing"
            continue
        size = int(words[2])
        try:
            if words[1] == b"commit":
                yield name, parse_commit(answer[place : place + size]).seconds
        except DamagedRecord:
            continue
        finally:
            place += size + 1
