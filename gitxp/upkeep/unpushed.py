"""Which code lies in no remote, as far as a clone knows."""

from __future__ import annotations

from collections.abc import Sequence

from gitxp.storage.repository import Repository

_REMOTES = "refs/remotes/"


def unpushed_codes(
    repository: Repository, codes: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the code that no remote has, and the commits that one has and it builds on."""
    if not codes or not repository.git("for-each-ref", "--count=1", _REMOTES):
        return codes, ()
    words = ("rev-list", "--boundary", "--ignore-missing", *codes, "--not", "--remotes")
    listed = repository.git(*words).decode().split()
    pushed = [commit[1:] for commit in listed if commit.startswith("-")]
    return [code for code in codes if code in listed], pushed
