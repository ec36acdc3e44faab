"""The code that a record says ran: the commit, every object of its tree, and the difference."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gitxp.errors import DamagedRecord, GitFailed
from gitxp.model.run import Code
from gitxp.storage.applied_diff import applied_diff, is_cut
from gitxp.storage.code_commit import code_commit
from gitxp.storage.objects import TREE_MODE, Entry
from gitxp.storage.proved import ProvedObjects
from gitxp.storage.repository import Repository
from gitxp.upkeep.verify.flaw import LOST_HINT, Flaw, unreadable, unreadable_parent
from gitxp.upkeep.verify.unmasked import unmasked_diff

_SUBMODULE_MODE = 0o160000
# Where a whole pack is gone, the others say nothing new.
_MOST_NAMED = 3


class CodeChecker:
    """Checks the code of records; trees that many share are gone through once.

    Everything must be there, and the trees' digests be true; `is_deep` also reads each file and
    applies each difference to its base.
    """

    def __init__(
        self, repository: Repository, objects: ProvedObjects, *, is_deep: bool = False
    ) -> None:
        self._repository = repository
        self._objects = objects
        self._is_deep = is_deep
        self._whole: set[str] = set()
        self._known: dict[tuple[Code, bytes | None], tuple[Flaw, ...]] = {}

    def check(self, code: Code, diff: bytes | None) -> tuple[Flaw, ...]:
        """Return what is wrong with a session's code.

        Args:
            diff: Content of `code.diff`; None without one.
        """
        key = (code, diff)
        if key not in self._known:
            self._known[key] = tuple(self._check(code, diff))
        return self._known[key]

    def check_commit(self, commit: str) -> list[Flaw]:
        """Return what of a commit that holds code is not there."""
        try:
            tree = self._objects.commit(commit).tree
        except DamagedRecord as error:
            return [unreadable(self._objects, commit, error, of="its code")]
        return list(self._check_tree(tree))

    def _check(self, code: Code, diff: bytes | None) -> Iterator[Flaw]:
        if code.commit is None:
            return
        try:
            tree = self._objects.commit(code.commit).tree
        except DamagedRecord as error:
            yield unreadable_parent(self._objects, code.commit, error, of="its code")
            return
        if tree != code.tree:
            yield Flaw(f"its code has the tree {tree}: run.toml says {code.tree}")
        yield from self._check_spelling(code, tree)
        yield from self._check_tree(tree)
        yield from self._check_findings(code, tree)
        if self._is_deep and diff is not None:
            yield from self._check_diff(code, code.commit, tree, diff)

    def _check_spelling(self, code: Code, tree: str) -> Iterator[Flaw]:
        """A snapshot must be the commit that everybody would make of the same code."""
        if not code.dirty:
            if code.commit != code.base:
                yield Flaw(f"its code is {code.commit}: expected its base {code.base}, unchanged")
            return
        seconds = 0
        if code.base is not None:
            try:
                seconds = self._objects.commit(code.base).seconds
            except DamagedRecord as error:
                of = "the commit it set out from"
                yield unreadable_parent(self._objects, code.base, error, of=of)
                return
        if code_commit(tree, code.base, seconds).oid != code.commit:
            yield Flaw(f"its code {code.commit} is not the snapshot commit of its tree and base")

    def _check_tree(self, top: str) -> Iterator[Flaw]:
        if top in self._whole:
            return
        seen, waiting = {top}, [top]
        flaws: list[Flaw] = []
        while waiting:
            oid = waiting.pop()
            try:
                entries = self._objects.tree(oid)
            except DamagedRecord as error:
                flaws.append(unreadable(self._objects, oid, error, of="a folder of its code"))
                continue
            for name, entry in entries.items():
                if entry.oid in seen or entry.oid in self._whole or entry.mode == _SUBMODULE_MODE:
                    continue
                seen.add(entry.oid)
                if entry.mode == TREE_MODE:
                    waiting.append(entry.oid)
                else:
                    flaws += self._check_blob(entry.oid, name)
        if not flaws:
            self._whole |= seen
        yield from flaws[:_MOST_NAMED]
        if len(flaws) > _MOST_NAMED:
            yield Flaw(f"its code lacks {len(flaws) - _MOST_NAMED} more objects", LOST_HINT)

    def _check_findings(self, code: Code, tree: str) -> Iterator[Flaw]:
        """What is listed must be there, or whoever looks for it finds nothing."""
        inner = tuple(f"{submodule.path}/" for submodule in code.submodules)
        paths = dict.fromkeys(finding.path for finding in code.findings)
        for path in paths:
            if not path.startswith(inner) and not self._holds(tree, path):
                yield Flaw(f"it lists a secret in {path!r}, which its code does not hold")

    def _holds(self, tree: str, path: str) -> bool:
        found: Entry | None = Entry(tree, TREE_MODE)
        try:
            for name in os.fsencode(path).split(b"/"):
                if found is None or found.mode != TREE_MODE:
                    return False
                found = self._objects.tree(found.oid).get(name)
        except UnicodeEncodeError:  # the path of no file
            return False
        except DamagedRecord:  # told where the trees are gone through
            return True
        return found is not None

    def _check_blob(self, oid: str, name: bytes) -> Iterator[Flaw]:
        try:
            if self._is_deep:
                self._objects.read(oid, "blob")
            elif not self._objects.has(oid):
                raise DamagedRecord(f"blob {oid} is missing")
        except DamagedRecord as error:
            shown = name.decode(errors="replace")
            yield unreadable(self._objects, oid, error, of=f"{shown!r} of its code")

    def _check_diff(self, code: Code, commit: str, tree: str, diff: bytes) -> Iterator[Flaw]:
        if is_cut(diff):
            return
        exact = unmasked_diff(self._repository, code.base, commit, diff)
        try:
            made = applied_diff(self._repository, code.base, exact)
        except GitFailed as error:
            yield Flaw(f"code.diff does not apply to its base: {error}", LOST_HINT)
            return
        if made != tree:
            yield Flaw(f"code.diff applied to its base gives the tree {made}: expected {tree}")
