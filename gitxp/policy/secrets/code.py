"""Secrets in code that Git tracks, and in the difference that shows it.

The code itself stays exact, since it is what ran.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from gitxp.model.finding import Finding
from gitxp.policy.secrets.diff_lines import DiffLine, parse_diff
from gitxp.policy.secrets.findings import NOTHING, Allowed, Redacted, Span, without
from gitxp.policy.secrets.private_keys import PRIVATE_KEY
from gitxp.policy.secrets.search import ROUNDS, findings_of, search
from gitxp.policy.secrets.shapes import find_shapes
from gitxp.policy.secrets.words import word_set

# In them a bare word after `password =` is the password; in a program it is a variable.
_PLAIN_ENDINGS: Final = word_set(
    ".bash .cfg .conf .env .ini .properties .sh .tfvars .yaml .yml .zsh"
)
# What a line of code says of itself, here and for the detectors that many teams run already.
MARKS: Final = (b"gitxp: not a secret", b"gitleaks:allow", b"pragma: allowlist secret")
# Git looks no further to tell whether a file is binary.
_HEAD: Final = 8000


def find_in_bytes(data: bytes, path: str = "", allowed: Allowed = NOTHING) -> tuple[Finding, ...]:
    r"""Return what looks secret in the content of a file.

    Args:
        path: In the repository: its ending tells how the file writes values.

    Example:
        >>> find_in_bytes(b"import os\npassword = 'hunter2'\n", "train.py")
        (Finding(what='value of password', line=2, path='train.py'),)
        >>> find_in_bytes(b"password = ask_for_it\n", "train.py")
        ()
    """
    if not is_text(data):
        spans = [span for span in find_shapes(data) if not allowed.covers(span.what)]
    else:
        is_plain = holds_plain_values(path)
        spans = [
            span
            for span in search(data, allowed).spans
            if (is_plain or span.is_sure) and not _is_marked(data, span)
        ]
    return tuple(Finding(one.what, one.line, path) for one in findings_of(data, spans))


def is_text(data: bytes) -> bool:
    """Return whether Git takes the content of a file for text."""
    return b"\0" not in data[:_HEAD]


def may_hold_secret(texts: Iterable[bytes], allowed: Allowed = NOTHING) -> bool:
    """Return whether `find_in_bytes` can find anything in any of some texts.

    What looks secret never depends on another line, but for private keys, of which one line alone
    is found, too. So many short texts are searched as one, which takes a fraction of the time.
    """
    return bool(search(b"\n".join(texts), allowed).spans)


def mask_diff(diff: bytes, allowed: Allowed = NOTHING) -> Redacted[bytes]:
    """Return a difference as Git writes it, with `<redacted>` in place of what looks secret.

    Every line stays a line of its kind: where no line that goes or stays held a secret, the
    result applies and gives the masked code. Names of files and binary patches are left alone.
    The findings are those in the code as it is after the change, which lines that go are not.
    """
    findings: list[Finding] = []
    for _ in range(ROUNDS):
        found = _in_diff(diff, parse_diff(diff), allowed)
        findings += _findings([one for one in found if one[1].stays])
        diff = without(diff, [span for span, _ in found]) if found else diff
        if not found:
            break
    return Redacted(diff, tuple(findings))


def _findings(found: Sequence[tuple[Span, DiffLine]]) -> Iterator[Finding]:
    """Yield what was found, all lines of a private key as one finding."""
    last_of_key = ("", -1)
    for span, line in found:
        is_key = span.what == PRIVATE_KEY
        if not is_key or last_of_key != (line.path, line.number - 1):
            yield Finding(span.what, line.number, line.path)
        last_of_key = (line.path, line.number) if is_key else ("", -1)


def holds_plain_values(path: str) -> bool:
    """Return whether a file of this name writes values without quotes."""
    name = PurePosixPath(path).name.lower()
    return PurePosixPath(name).suffix in _PLAIN_ENDINGS or name.startswith((".env", "dockerfile"))


def _in_diff(diff: bytes, lines: list[DiffLine], allowed: Allowed) -> list[tuple[Span, DiffLine]]:
    starts = [line.start for line in lines]
    found = []
    for span in search(_content(diff, lines), allowed).spans:
        line = lines[bisect_right(starts, span.start) - 1]
        if (span.is_sure or holds_plain_values(line.path)) and not _is_marked(diff, span):
            found.append((span, line))
    return found


def _content(diff: bytes, lines: list[DiffLine]) -> bytes:
    """Return the difference with blanks for all that is no code, every byte in its place."""
    content = bytearray(diff)
    for line in lines:
        content[line.start : line.content] = b" " * (line.content - line.start)
    return bytes(content)


def _is_marked(data: bytes, span: Span) -> bool:
    start = data.rfind(b"\n", 0, span.start) + 1
    end = data.find(b"\n", span.end)
    line = data[start : end if end >= 0 else len(data)]
    return any(mark in line for mark in MARKS)
