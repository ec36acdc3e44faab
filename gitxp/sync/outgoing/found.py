"""What a look at outgoing objects finds: where a secret stands, never the secret itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitxp.model.finding import Finding, Unsearched, told_findings
from gitxp.policy.secrets.findings import REDACTED
from gitxp.policy.secrets.private_keys import PRIVATE_KEY
from gitxp.policy.secrets.search import clean
from gitxp.policy.secrets.text import redact_path
from gitxp.storage.codecs.pointer import Pointer
from gitxp.text import cell, cut

# A longer line, such as of a minified script, tells nobody anything.
_LONGEST_LINE = 1 << 12
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class OutgoingSecret:
    """Something that looks secret and would leave this clone.

    Attributes:
        path: Of the file, secrets in its name masked; empty for the message of a commit.
        commit: One that has it: `git show <commit>:<path>`.
        what: What it looks like, or why the whole file looks like one of secrets.
        line: Counted from 1; 0 for a file as a whole.
        excerpt: The line with what looks secret masked; empty where none can be shown.
    """

    path: str
    commit: str
    what: str
    line: int = 0
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Oversized:
    """A file that is larger than files that are pushed may be.

    Attributes:
        path: Secrets in its name masked.
        commit: One that has it.
        size: In bytes.
    """

    path: str
    commit: str
    size: int


@dataclass(frozen=True, slots=True)
class LargeFile:
    """A file that goes to where the remote keeps large files, and not to Git.

    Attributes:
        path: Secrets in its name masked.
        commit: One that names it.
    """

    pointer: Pointer
    path: str
    commit: str


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A commit of the user's own history that would go along with a run.

    Attributes:
        subject: First line of its message, safe to print, secrets masked.
        author: Likewise.
    """

    commit: str
    subject: str
    author: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """All that is to be known before anything leaves.

    Attributes:
        secrets: By file; those that were allowed are not among them.
        oversized: Files that are too large, none of which was searched.
        unpublished: Commits of the user's own history, the newest first.
        unsearched: Files that were not searched, or not to their end, and why; those that a partial
            clone lacks by their ids.
        large_files: What pointers of Git LFS among them stand for, each once.
    """

    secrets: tuple[OutgoingSecret, ...] = ()
    oversized: tuple[Oversized, ...] = ()
    unpublished: tuple[Unpublished, ...] = ()
    unsearched: tuple[Unsearched, ...] = ()
    large_files: tuple[LargeFile, ...] = ()


def shown_path(path: str) -> str:
    """Return a path as it may be printed."""
    return cell(redact_path(path).value)


def shown_text(text: bytes) -> str:
    """Return a short text on one line, without secrets."""
    masked = clean(text[:_LONGEST_LINE]).data
    return cut(cell(masked.decode("utf-8", "replace")), _SHOWN)


def told_secrets(
    found: list[Finding], content: bytes, path: str, commit: str
) -> Iterator[OutgoingSecret]:
    """Yield what was found in a file, or in a message where the path is empty.

    Args:
        content: What was searched.
    """
    lines = content.split(b"\n")
    for one in told_findings(found):
        line = lines[one.line - 1] if one.line <= len(lines) else b""
        excerpt = "" if one.what == PRIVATE_KEY else _excerpt(line)
        yield OutgoingSecret(shown_path(path), commit, one.what, one.line, excerpt)


def _excerpt(line: bytes) -> str:
    """Return a line without its secrets; empty where none of it was masked."""
    if len(line) > _LONGEST_LINE or b"\0" in line:
        return ""
    masked = clean(line).data.decode("utf-8", "replace")
    return cut(cell(masked), _SHOWN) if REDACTED in masked else ""
