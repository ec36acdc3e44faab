"""Asking the store which objects it has."""

from __future__ import annotations

from collections.abc import Iterable

from gitxp.storage.repository import Repository


def missing_objects(repository: Repository, oids: Iterable[str]) -> set[str]:
    """Return those of `oids` that the store does not have, in one question for all."""
    given = "".join(f"{oid}\n" for oid in oids)
    if not given:
        return set()
    answer = repository.git("cat-file", "--batch-check", given=given.encode()).decode()
    told = (line.split(" ") for line in answer.splitlines())
    return {oid for oid, what, *_ in told if what == "missing"}
