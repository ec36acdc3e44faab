"""What looks secret: where it stands and what it looks like, never the secret itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# As many as anyone reads; a record is read whole each time it is looked at.
MOST_FINDINGS = 100
MOST_UNSEARCHED = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret that was found.

    Attributes:
        what: What it looks like, for people: `GitHub token`, or `value of db_password`.
        line: Counted from 1, in the text or file.
        path: The file, or the param with its keys joined by dots; empty for plain text.
    """

    what: str
    line: int = 1
    path: str = ""


@dataclass(frozen=True, slots=True)
class Unsearched:
    """Code that was not searched for secrets.

    Attributes:
        path: That of a file or submodule; `.` for all that is in none.
        reason: A short sentence for people.
    """

    path: str
    reason: str


def told_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in files as they are listed: once each, sorted by path and line.

    At most `MOST_FINDINGS`; the last then stands for the rest, and says where that begins.

    Example:
        >>> told_findings([Finding("JWT", 7, "b.py"), Finding("JWT", 7, "a.py")])[0].path
        'a.py'
    """
    found = sorted(set(findings), key=lambda one: (one.path, one.line, one.what))
    if len(found) <= MOST_FINDINGS:
        return tuple(found)
    told, rest = found[: MOST_FINDINGS - 1], found[MOST_FINDINGS - 1 :]
    return (*told, Finding(f"{len(rest)} more from here on", rest[0].line, rest[0].path))


def told_unsearched(unsearched: Iterable[Unsearched]) -> tuple[Unsearched, ...]:
    """Return what was not searched as it is listed: sorted by path.

    At most `MOST_UNSEARCHED`; the last then stands for the rest.

    Example:
        >>> told_unsearched([Unsearched("b.csv", "large"), Unsearched("a.csv", "large")])[0].path
        'a.csv'
    """
    found = sorted(unsearched, key=lambda one: (one.path, one.reason))
    if len(found) <= MOST_UNSEARCHED:
        return tuple(found)
    rest = len(found) - (MOST_UNSEARCHED - 1)
    return (*found[: MOST_UNSEARCHED - 1], Unsearched(".", f"{rest} more"))
