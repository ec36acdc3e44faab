"""What a remote says that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gitxp.storage.refs import SHARED

# Of refs that a service makes for itself there may be any number.
OF_INTEREST: Final = (SHARED, "refs/heads/", "refs/tags/")
_OID: Final = slice(0, 40)
_REF: Final = 41


@dataclass(frozen=True, slots=True)
class Advertised:
    """What the place has where runs are pushed.

    Attributes:
        tips: Of what is under `refs/experiments/`, by ref.
        commits: All tips: those, and of branches and tags.
    """

    tips: Mapping[str, str]
    commits: frozenset[str]


def parse_advertised(listing: str) -> Advertised:
    r"""Return what a listing tells, and pass over what is of no interest.

    Example:
        >>> oid = "c0ffee00" * 5
        >>> found = parse_advertised(f"ok\n{oid} refs/pull/7/head\n{oid}\trefs/heads/main\n\n")
        >>> found.tips, len(found.commits)
        ({}, 1)
    """
    found = parse_tips(listing, OF_INTEREST)
    tips = {ref: oid for ref, oid in found.items() if ref.startswith(SHARED)}
    return Advertised(tips, frozenset(found.values()))


def parse_tips(listing: str, prefixes: tuple[str, ...] = (SHARED,)) -> dict[str, str]:
    r"""Return tips by ref from lines of an object id, a tab or a space, and a ref.

    So `git ls-remote` prints them, and Git's helpers for remotes. There are ten thousand of them
    while somebody waits: their places tell them apart from any other line, not a pattern.

    Example:
        >>> oid = "c0ffee00" * 5
        >>> parse_tips(f"{oid}\trefs/experiments/lr/about\n{oid}\trefs/heads/main\nnoise\n")
        {'refs/experiments/lr/about': 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'}
    """
    lines = listing.split("\n")
    return {line[_REF:]: line[_OID] for line in lines if line.startswith(prefixes, _REF)}
