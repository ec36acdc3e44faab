"""Which code lies in no remote, as far as a clone knows."""

from __future__ import annotations

from collections.abc import Sequence, Set

from gitxp.errors import GitFailed
from gitxp.storage.repository import Repository

_REMOTES = "refs/remotes/"


def remote_tips(repository: Repository) -> Set[str]:
    """Return the commits to which remote-tracking refs lead."""
    answer = repository.git("for-each-ref", "--format=%(objectname)", _REMOTES)
    return frozenset(answer.decode().split())


def has_lost_any(repository: Repository, before: Set[str], now: Set[str]) -> bool:
    """Return whether remotes lack a commit that they had.

    Args:
        before: The commits to which remote-tracking refs led.
        now: Those to which they lead.
    """
    gone = before - now
    if not gone:
        return False
    given = "".join([*(f"{tip}\n" for tip in gone), *(f"^{tip}\n" for tip in now)])
    try:
        return bool(repository.git("rev-list", "--max-count=1", "--stdin", given=given.encode()))
    except GitFailed:  # it is not even here any more
        return True


def unpushed_codes(
    repository: Repository, codes: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the code that no remote has, and the commits that one has and it builds on."""
    if not codes or not repository.git("for-each-ref", "--count=1", _REMOTES):
        return codes, ()
    words = ("rev-list", "--boundary", "--ignore-missing", "--not", "--remotes", "--not", "--stdin")
    given = "".join(f"{code}\n" for code in codes).encode()
    listed = frozenset(repository.git(*words, given=given).decode().split())
    pushed = [commit[1:] for commit in listed if commit.startswith("-")]
    return [code for code in codes if code in listed], pushed
