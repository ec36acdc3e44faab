"""The code that a record says ran: the commit, every object of its tree, and the difference."""

from __future__ import annotations

from collections.abc import Iterator, Set
from operator import attrgetter

from gitxp.errors import DamagedRecord, GitFailed
from gitxp.model.run import Code
from gitxp.storage.attributes import filters_in_tree
from gitxp.storage.code.applied_diff import applied_diff, is_cut
from gitxp.storage.code.code_commit import code_commit
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.storage.repository import Repository
from gitxp.upkeep.verify.code_trees import CodeTrees
from gitxp.upkeep.verify.flaw import LOST_HINT, Flaw, Weight, unreadable, unreadable_parent
from gitxp.upkeep.verify.large_files import FETCH_HINT, LargeFiles
from gitxp.upkeep.verify.lost_files import LostFiles
from gitxp.upkeep.verify.unmasked import unmasked_diff

# Where a whole pack is gone, the others say nothing new.
_MOST_NAMED = 3
_FILTER = "lfs"


class CodeChecker:
    """Checks the code of records, each once.

    `is_deep` also applies each difference to its base, and looks at all large files rather than
    those that differ from the base.
    """

    def __init__(
        self,
        repository: Repository,
        objects: ProvedObjects,
        trees: CodeTrees,
        large: LargeFiles,
        *,
        is_deep: bool,
        lost: LostFiles,
    ) -> None:
        """Look into the code of one repository.

        Args:
            lost: Large files that are nowhere.
        """
        self._repository = repository
        self._objects = objects
        self._trees = trees
        self._large = large
        self._is_deep = is_deep
        self._lost = lost
        self._known: dict[tuple[Code, bool], tuple[Flaw, ...]] = {}
        self._known_differences: dict[tuple[Code, str], tuple[Flaw, ...]] = {}

    def check(self, code: Code, *, is_home: bool) -> tuple[Flaw, ...]:
        """Return what is wrong with a session's code.

        Args:
            is_home: Whether the run was started in this clone, so that its files must be here.
        """
        key = (code, is_home)
        if key not in self._known:
            self._known[key] = tuple(self._check(code, is_home=is_home))
        return self._known[key]

    def check_commit(self, commit: str) -> list[Flaw]:
        """Return what of a commit that holds code is not there."""
        try:
            tree = self._objects.commit(commit).tree
        except DamagedRecord as error:
            return [unreadable(self._objects, commit, error, of="its code")]
        return list(self._check_tree(tree))

    def check_difference(self, code: Code, oid: str) -> tuple[Flaw, ...]:
        """Return what is wrong with `code.diff`, the file `oid`; only a deep look tells."""
        key = (code, oid)
        if self._is_deep and key not in self._known_differences:
            self._known_differences[key] = tuple(self._check_difference(code, oid))
        return self._known_differences.get(key, ())

    def _check(self, code: Code, *, is_home: bool) -> Iterator[Flaw]:
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
        yield from self._check_large(code, tree, is_home=is_home)

    def _check_difference(self, code: Code, oid: str) -> Iterator[Flaw]:
        if code.tree is None or code.commit is None:
            return
        try:
            diff = self._objects.read(oid, "blob")
        except DamagedRecord:  # said of the file
            return
        if is_cut(diff):
            return
        try:
            exact = unmasked_diff(self._repository, code.base, code.commit, diff)
            made = applied_diff(self._repository, code.base, exact)
        except GitFailed as error:
            yield Flaw(f"code.diff does not apply to its base: {error}", LOST_HINT)
            return
        if made != code.tree:
            yield Flaw(f"code.diff applied to its base gives the tree {made}: expected {code.tree}")

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
        flaws = self._trees.below(top).flaws
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
        try:
            return self._trees.at(tree, path) is not None
        except UnicodeEncodeError:  # the path of no file
            return False
        except DamagedRecord:  # told where the trees are gone through
            return True

    def _check_large(self, code: Code, tree: str, *, is_home: bool) -> Iterator[Flaw]:
        """Large files that differ from the base lie nowhere else; others a server may have."""
        new = self._new_pointers(code, tree)
        absent = {path for path, pointer in new.items() if not self._large.has(pointer)}
        # What was not here from the start, the record says itself.
        unsaid = absent.difference(left.path for left in code.left_out)
        for path in sorted((new.keys() - absent) | self._filtered(tree, unsaid)):
            of = f"{path!r} of its code"
            yield from self._large.check(of, new[path], is_home=is_home)
        others = self._trees.below(tree).pointers.difference(new.values())
        lost = others & self._lost.of(code.commit or "") if is_home else frozenset()
        yield from self._check_lost(code, tree, lost)
        if self._is_deep:
            yield from self._check_others(others - lost, is_home=is_home)

    def _check_lost(self, code: Code, tree: str, lost: Set[Pointer]) -> Iterator[Flaw]:
        """What no remote has must be here, where the run was started."""
        if not lost:
            return
        found = self._pointers(None, tree)
        unsaid = {path for path, one in found.items() if one in lost}
        paths = sorted(self._filtered(tree, unsaid.difference(one.path for one in code.left_out)))
        for path in paths[:_MOST_NAMED]:
            yield from self._large.check(f"{path!r} of its code", found[path], is_home=True)
        if len(paths) > _MOST_NAMED:
            what = f"Git LFS files of its code that are not here: {len(paths) - _MOST_NAMED} more"
            yield Flaw(what, FETCH_HINT)

    def _check_others(self, others: Set[Pointer], *, is_home: bool) -> Iterator[Flaw]:
        here = {pointer for pointer in others if self._large.has(pointer)}
        for pointer in sorted(here, key=attrgetter("digest")):
            yield from self._large.check("a file of its code", pointer, is_home=is_home)
        if others - here:
            what = f"Git LFS files of its code that are not here: {len(others - here)}"
            yield Flaw(what, FETCH_HINT, Weight.NOTE)

    def _new_pointers(self, code: Code, tree: str) -> dict[str, Pointer]:
        try:
            base = None if code.base is None else self._objects.commit(code.base).tree
        except DamagedRecord:  # said of the tree
            return {}
        return self._pointers(base, tree)

    def _pointers(self, before: str | None, tree: str) -> dict[str, Pointer]:
        """Return the large files of a tree that another one has not, by path."""
        try:
            files = dict(self._trees.new_files(before, tree))
        except DamagedRecord:  # said of the tree
            return {}
        found = {path: self._trees.pointer(oid) for path, oid in files.items()}
        return {path: pointer for path, pointer in found.items() if pointer is not None}

    def _filtered(self, tree: str, paths: set[str]) -> set[str]:
        """Return the paths that Git LFS filters: any other file may look like a pointer, too."""
        if not paths:
            return paths
        try:
            filters = filters_in_tree(self._repository, tree, paths)
        except GitFailed:  # nothing tells them from others: better one too many
            return paths
        return {path for path in paths if filters.get(path) == _FILTER}
