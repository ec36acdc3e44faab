"""The code of a run searched for secrets: it stays exact, and the record says where they are.

What differs from the commit that was checked out is searched, since that is what a run adds to
Git (`docs/decisions/0012-what-of-the-code-is-searched.md`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gitxp.errors import GitFailed, GitxpError
from gitxp.model.finding import Finding, Unsearched, told_findings, told_unsearched
from gitxp.model.run import Code, Submodule
from gitxp.storage.code.bounded_diff import BoundedDiff, DiffBounds, bounded_diff
from gitxp.storage.code.cut_diff import cut_diff
from gitxp.storage.git_path import decode_path, unquoted_path
from gitxp.storage.layout import parse_bundle_path, scratch_dir
from gitxp.storage.odb.bundle import bundled_objects
from gitxp.storage.odb.objects import Entry
from gitxp.storage.records import Content
from gitxp.storage.repository import Repository, open_repository_at
from gitxp.storage.sharing import make_folder
from gitxp.tracking.recording.limits import RecordLimits
from gitxp.tracking.recording.redact import Redactor

# Searched in three seconds, and twice what a record holds where nobody sets `diff.limit`.
_HELD = 8 << 20
# The memory of a search is many times that of what is searched at once.
_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class SearchedCode:
    """What a search of a run's code has come to.

    Attributes:
        diff: Content of `code.diff`, without secrets; None where nothing differs.
        findings: Where the code holds what looks secret.
        unsearched: What was not searched.
        has_failed: Whether some of it could not be read, and may be another time.
    """

    diff: bytes | None = None
    findings: tuple[Finding, ...] = ()
    unsearched: tuple[Unsearched, ...] = ()
    has_failed: bool = False


def search_code(
    repository: Repository, code: Code, files: Mapping[str, Content], limits: RecordLimits
) -> SearchedCode:
    """Search what differs from the commit that was checked out, in submodules too.

    Args:
        files: Of the record, among them the bundles of submodules.
    """
    if not code.dirty or code.commit is None:
        return SearchedCode()
    bounds = DiffBounds(max(_HELD, limits.diff))
    findings: list[Finding] = []
    unsearched: list[Unsearched] = []
    has_failed = False
    for submodule in code.submodules:
        inside = f"{submodule.path}/"
        try:
            difference = _difference(repository, submodule, files, bounds)
            findings += _masked(difference.patches, limits.redactor, inside)[1]
            unsearched += _unsearched(difference, inside)
        except (GitxpError, OSError) as error:
            has_failed = True
            unsearched.append(Unsearched(submodule.path, _told(error)))
    try:
        scratch = scratch_dir(repository.private_dir)
        difference = bounded_diff(repository, code.base, code.commit, bounds, scratch=scratch)
        masked, found = _masked(difference.patches, limits.redactor)
        findings += found
        unsearched += _unsearched(difference)
        diff = cut_diff(masked, limits.diff, missing=[one.path for one in difference.missing])
    except (GitFailed, OSError) as error:
        has_failed = True
        unsearched.append(Unsearched(".", _told(error)))
        diff = f"# gitxp: no difference could be made: {_told(error)}\n".encode()
    return SearchedCode(diff, told_findings(findings), told_unsearched(unsearched), has_failed)


def _masked(
    patches: Sequence[bytes], redactor: Redactor, inside: str = ""
) -> tuple[bytes, list[Finding]]:
    """Return patches as one, without secrets, and what was found, as paths `inside` a submodule."""
    pieces: list[bytes] = []
    findings: list[Finding] = []
    for piece in _gathered(patches):
        masked = redactor.code(piece)
        pieces.append(masked.value)
        findings += (replace(one, path=f"{inside}{one.path}") for one in masked.findings)
    return b"".join(pieces), findings


def _gathered(patches: Sequence[bytes]) -> Iterator[bytes]:
    """Yield patches joined, as many as are searched at once."""
    gathered: list[bytes] = []
    for patch in patches:
        if gathered and sum(map(len, gathered)) + len(patch) > _AT_ONCE:
            yield b"".join(gathered)
            gathered = []
        gathered.append(patch)
    yield b"".join(gathered)


def _unsearched(difference: BoundedDiff, inside: str = "") -> Iterator[Unsearched]:
    """Yield what no difference shows; binary files are not looked into in any case."""
    for one in difference.missing:
        if not one.is_binary:
            yield Unsearched(f"{inside}{decode_path(unquoted_path(one.path))}", one.reason)


def _told(error: Exception) -> str:
    return " ".join(str(error).split())  # on one line, by which it is told from a difference


def _difference(
    repository: Repository, submodule: Submodule, files: Mapping[str, Content], bounds: DiffBounds
) -> BoundedDiff:
    """Return how a submodule differs from its HEAD, as the record's bundle has it."""
    bundles = [path for path in submodule.bundles if parse_bundle_path(path) == submodule.commit]
    if not submodule.dirty or not bundles:  # what is lost stands in the code's `left_out`
        return BoundedDiff()
    inner = open_repository_at((repository.work_tree or Path()) / submodule.path)
    parent = scratch_dir(repository.private_dir)
    make_folder(parent)
    with tempfile.TemporaryDirectory(dir=parent, prefix="bundle-") as name:
        pieces = _pieces(repository, files[bundles[0]])
        objects = bundled_objects(inner, pieces, scratch=Path(name))
        base, tip = submodule.head, submodule.commit
        return bounded_diff(inner, base, tip, bounds, scratch=parent, objects=objects)


def _pieces(repository: Repository, content: Content) -> Iterable[bytes]:
    if isinstance(content, bytes):
        return [content]
    if isinstance(content, Entry):
        return repository.git_pieces("cat-file", "blob", content.oid)
    return content.pieces()
