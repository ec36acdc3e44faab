"""A record's `code.diff` with what was masked put back, so that it can be applied and compared."""

from __future__ import annotations

from functools import cache

from gitxp.errors import GitFailed
from gitxp.policy.secrets.diff_lines import parse_diff
from gitxp.policy.secrets.findings import REDACTED_BYTES
from gitxp.storage.git_path import encode_path
from gitxp.storage.repository import Repository


def unmasked_diff(repository: Repository, base: str | None, code: str, diff: bytes) -> bytes:
    """Return a difference with its masked lines as the two commits have them.

    A line that is not, whatever stands for `<redacted>`, stays as it is.
    """
    if REDACTED_BYTES not in diff:
        return diff

    @cache
    def lines_of(commit: str | None, path: str) -> list[bytes]:
        if commit is None:
            return []
        try:
            place = b"%s:%s" % (commit.encode(), encode_path(path))
            content = repository.git("cat-file", "blob", place)
        except GitFailed:  # there is no such file
            return []
        return content.split(b"\n")

    lines = parse_diff(diff)
    ends = [*(line.start for line in lines[1:]), len(diff)]
    pieces: list[bytes] = []
    for line, end in zip(lines, ends, strict=True):
        sign, shown = diff[line.start : line.content], diff[line.content : end]
        if REDACTED_BYTES in shown and sign in (b" ", b"+", b"-"):
            exact = lines_of(code if line.stays else base, line.path)[line.number - 1 :][:1]
            text = shown.removesuffix(b"\n")
            if exact and _is_masked(text, exact[0]):
                shown = exact[0] + shown[len(text) :]
        pieces.append(sign + shown)
    return b"".join(pieces)


def _is_masked(shown: bytes, exact: bytes) -> bool:
    """Return whether a line is `exact` with parts of it masked."""
    first, *rest = shown.split(REDACTED_BYTES)
    last = rest.pop()
    end = len(exact) - len(last)
    if not exact.startswith(first) or not exact.endswith(last) or len(first) > end:
        return False
    position = len(first)
    for piece in rest:
        found = exact.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True
