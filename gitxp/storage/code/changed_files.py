"""Which files differ between the code of two runs, and by how many lines: by Git's own diff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from gitxp.errors import GitFailed
from gitxp.storage.git import finish_git
from gitxp.storage.git_path import decode_path
from gitxp.storage.repository import Repository

_COMMAND: Final = (
    "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--no-textconv",
    "--ignore-submodules=none",
)  # fmt: skip
_LINES: Final = "--numstat"
# So many processes at once keep a machine busy; more only take its memory.
_AT_ONCE: Final = 8
_SUBMODULE: Final = b"160000"
_KINDS: Final = {b"A": "added", b"D": "removed"}


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file of one tree that another has otherwise, or not at all.

    Attributes:
        kind: `added`, `removed` or `changed`.
        insertions: Lines that the later tree has more; None of a file that is not text, or whose
            content is not here.
        deletions: Lines that it has less; None likewise.
    """

    kind: str
    insertions: int | None = None
    deletions: int | None = None
    is_submodule: bool = False

    def __str__(self) -> str:
        words = [] if self.kind == "changed" else [self.kind]
        if self.is_submodule:
            words.append("submodule")
        elif self.insertions is None:
            words.append("not as text")
        elif self.kind == "changed" and not (self.insertions or self.deletions):
            words.append("mode")
        else:
            words += [f"+{self.insertions}"] if self.kind != "removed" else []
            words += [f"-{self.deletions}"] if self.kind != "added" else []
        return " ".join(words)


def changed_files(
    repository: Repository, before: str, trees: Sequence[str]
) -> dict[str, Mapping[str, ChangedFile] | GitFailed]:
    """Return for each of `trees` what differs from the tree `before`, by path.

    A file that was renamed is one removed and one added. Where the content of a file is not here,
    as in a partial clone, no lines are counted; where a tree is not here, it is why.
    """
    found: dict[str, Mapping[str, ChangedFile] | GitFailed] = {}
    for start in range(0, len(trees), _AT_ONCE):
        chosen = trees[start : start + _AT_ONCE]
        asked = [repository.start_git(*_COMMAND, _LINES, before, tree) for tree in chosen]
        for tree, process in zip(chosen, asked, strict=True):
            try:
                found[tree] = dict(_parsed(finish_git(process)))
            except GitFailed as error:
                found[tree] = error
                with suppress(GitFailed):  # the trees may be here, if not the files
                    found[tree] = dict(_parsed(repository.git(*_COMMAND, before, tree)))
    return found


def _parsed(answer: bytes) -> Iterator[tuple[str, ChangedFile]]:
    """Yield path and change out of what `--raw --numstat -z` prints.

    First come lines of `:<modes> <modes> <ids> <status>`, each before a path of its own, then
    those of `<insertions> <deletions> <path>`.
    """
    words = iter(answer.split(b"\0"))
    raw: dict[bytes, bytes] = {}
    lines: dict[bytes, tuple[int | None, int | None]] = {}
    for word in words:
        if word.startswith(b":"):
            raw[next(words)] = word
        elif word:
            insertions, deletions, path = word.split(b"\t", 2)
            if insertions != b"-":
                lines[path] = (int(insertions), int(deletions))
    for path, told in raw.items():
        kind = _KINDS.get(told[-1:], "changed")
        is_submodule = _SUBMODULE in told[1:].split(b" ")[:2]
        more, less = lines.get(path, (None, None))
        yield decode_path(path), ChangedFile(kind, more, less, is_submodule)
