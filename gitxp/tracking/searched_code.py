"""The code of a run searched for secrets: it stays exact, and the record says where they are.

What differs from the commit that was checked out is searched, since that is what a run adds to
Git (`docs/decisions/0012-what-of-the-code-is-searched.md`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gitxp.errors import GitFailed, GitxpError
from gitxp.model.finding import Finding, Unsearched, told_findings
from gitxp.model.run import Code, Submodule
from gitxp.storage.code.code_commit import code_diff, cut_diff
from gitxp.storage.layout import parse_bundle_path, scratch_dir
from gitxp.storage.odb.bundle import bundled_diff
from gitxp.storage.odb.objects import Entry
from gitxp.storage.records import Content
from gitxp.storage.repository import Repository, open_repository_at
from gitxp.storage.sharing import make_folder
from gitxp.tracking.recording.limits import RecordLimits


@dataclass(frozen=True, slots=True)
class SearchedCode:
    """What a search of a run's code has come to.

    Attributes:
        diff: Content of `code.diff`, without secrets; None where nothing differs.
        findings: Where the code holds what looks secret.
        unsearched: What could not be searched.
    """

    diff: bytes | None = None
    findings: tuple[Finding, ...] = ()
    unsearched: tuple[Unsearched, ...] = ()


def search_code(
    repository: Repository, code: Code, files: Mapping[str, Content], limits: RecordLimits
) -> SearchedCode:
    """Search what differs from the commit that was checked out, in submodules too.

    Args:
        files: Of the record, among them the bundles of submodules.
    """
    if not code.dirty or code.commit is None:
        return SearchedCode()
    findings: list[Finding] = []
    unsearched: list[Unsearched] = []
    for submodule in code.submodules:
        try:
            found = limits.redactor.code(_difference(repository, submodule, files)).findings
            findings += (replace(one, path=f"{submodule.path}/{one.path}") for one in found)
        except (GitxpError, OSError) as error:
            unsearched.append(Unsearched(submodule.path, _told(error)))
    try:
        masked = limits.redactor.code(code_diff(repository, code.base, code.commit))
        findings += masked.findings
        diff = cut_diff(masked.value, limits.diff)
    except GitFailed as error:
        unsearched.append(Unsearched(".", _told(error)))
        diff = f"# gitxp: no difference could be made: {_told(error)}\n".encode()
    return SearchedCode(diff, told_findings(findings), tuple(unsearched))


def _told(error: Exception) -> str:
    return " ".join(str(error).split())  # on one line, by which it is told from a difference


def _difference(
    repository: Repository, submodule: Submodule, files: Mapping[str, Content]
) -> bytes:
    """Return how a submodule differs from its HEAD, as the record's bundle has it."""
    bundles = [path for path in submodule.bundles if parse_bundle_path(path) == submodule.commit]
    if not submodule.dirty or not bundles:  # what is lost stands in the code's `left_out`
        return b""
    inner = open_repository_at((repository.work_tree or Path()) / submodule.path)
    bundle = _content(repository, files[bundles[0]])
    parent = scratch_dir(repository.private_dir)
    make_folder(parent)
    with tempfile.TemporaryDirectory(dir=parent, prefix="bundle-") as scratch:
        return bundled_diff(inner, bundle, submodule.head, submodule.commit, scratch=Path(scratch))


def _content(repository: Repository, content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    if isinstance(content, Entry):
        return repository.git("cat-file", "blob", content.oid)
    return b"".join(content.pieces())
