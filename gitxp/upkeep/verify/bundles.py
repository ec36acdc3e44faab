"""Submodules: their bundles in the record, and whether the code names what these bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from functools import partial
from operator import attrgetter

from gitxp.errors import DamagedRecord
from gitxp.model.run import Code, Submodule
from gitxp.storage.bounds import LARGEST_DELTIFIED
from gitxp.storage.code.code_commit import code_commit
from gitxp.storage.layout import parse_bundle_path
from gitxp.storage.odb.objects import GITLINK_MODE, Entry
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.upkeep.verify.bundle_contents import BundleContents, bundle_contents
from gitxp.upkeep.verify.checkouts import Checkouts
from gitxp.upkeep.verify.code_trees import CodeTrees
from gitxp.upkeep.verify.flaw import Flaw, unreadable
from gitxp.upkeep.verify.large_files import LargeFiles

# Where more was left out than is listed, this stands for the rest.
_ALL = "."


class BundleChecker:
    """Checks submodules and their bundles; bundles of the same bytes are opened once.

    Attributes:
        elsewhere: Commits of submodules that records count on their remotes to have.
    """

    def __init__(
        self,
        objects: ProvedObjects,
        trees: CodeTrees,
        large: LargeFiles,
        checkouts: Checkouts | None,
    ) -> None:
        """Look into the records of one repository.

        Args:
            checkouts: Of the submodules, where they are to be asked for what bundles build on.
        """
        self._objects = objects
        self._trees = trees
        self._large = large
        self._checkouts = checkouts
        self._opened: dict[tuple[str, ProvedObjects | None], BundleContents | DamagedRecord] = {}
        self.elsewhere: set[str] = set()

    @property
    def count(self) -> int:
        """How many bundles were opened."""
        return len({oid for oid, _ in self._opened})

    def check_file(self, path: str, oid: str) -> Iterator[Flaw]:
        """Yield what is wrong with a bundle by itself."""
        found = self._open(oid)
        named = parse_bundle_path(path)
        if isinstance(found, DamagedRecord):
            yield unreadable(self._objects, oid, found, of=f"bundle {path!r}")
        elif found.tip != named:
            yield Flaw(f"bundle {path!r} brings {found.tip}: expected {named}")

    def check(self, code: Code, files: Mapping[str, Entry], *, is_home: bool) -> Iterator[Flaw]:
        """Yield what is wrong with how the submodules of a session and their bundles agree.

        Args:
            files: Of the record, by path; the bundles are among them.
            is_home: Whether the run was started in this clone.
        """
        brought: dict[str, Sequence[BundleContents]] = {}
        for submodule in code.submodules:
            for path in submodule.bundles:
                if path not in files:
                    yield Flaw(f"bundle {path!r} of submodule {submodule.path!r} is missing")
            oids = [files[path].oid for path in submodule.bundles if path in files]
            opened = map(self._open, oids)
            bundles = [one for one in opened if isinstance(one, BundleContents)]
            brought[submodule.path] = bundles
            yield from self._check_large(code, submodule, bundles, is_home=is_home)
            if len(bundles) == len(submodule.bundles):  # else that is what is wrong
                yield from _disagreements(code, submodule, bundles)
                yield from self._check_rest(submodule, oids, _counted_on(code, submodule, bundles))
        for submodule in code.submodules:
            yield from self._check_link(code, submodule, brought)

    def _check_large(
        self, code: Code, submodule: Submodule, bundles: Sequence[BundleContents], *, is_home: bool
    ) -> Iterator[Flaw]:
        """Large files of a snapshot lie nowhere else; a deep look reads those of commits, too."""
        left_out = {left.path for left in code.left_out}
        for bundle in bundles:
            listed = self._large.listed(bundle.tip)
            if submodule.dirty and bundle.tip == submodule.commit:
                for inner, pointer in bundle.pointers.items():
                    path = f"{submodule.path}/{inner}"
                    if self._large.has(pointer) or path not in left_out:
                        of, must_be_here = f"{path!r} of its code", is_home and pointer in listed
                        yield from self._large.check(of, pointer, is_home=must_be_here)
            else:
                of = f"a file of submodule {submodule.path!r}"
                for pointer in sorted(listed, key=attrgetter("digest")):
                    if self._checkouts is not None or not self._large.has(pointer):
                        yield from self._large.check(of, pointer, is_home=is_home)

    def _check_rest(
        self, submodule: Submodule, oids: Sequence[str], counted_on: Set[str]
    ) -> Iterator[Flaw]:
        """With what the submodule has today, its bundles must hold all of their commits."""
        store = self._checkouts.store(submodule.path) if self._checkouts else None
        if store is None or not all(map(store.has, counted_on)):
            self.elsewhere |= counted_on
            return
        before: list[BundleContents] = []
        for bundle in (self._open(oid, store) for oid in oids):
            if isinstance(bundle, DamagedRecord):
                yield Flaw(f"a bundle of submodule {submodule.path!r}: {bundle}")
                return
            lacking = [oid for oid in _lacking(bundle, before) if not store.has(oid)]
            if lacking:
                yield _lacks(submodule, lacking)
            before.append(bundle)

    def _open(self, oid: str, store: ProvedObjects | None = None) -> BundleContents | DamagedRecord:
        """Return what a bundle brings, or why that cannot be told.

        Args:
            store: Asked for what it builds on.
        """
        key = (oid, store)
        if key not in self._opened:
            outside = None if store is None else partial(store.find, most=LARGEST_DELTIFIED)
            try:
                self._opened[key] = bundle_contents(self._objects.read(oid, "blob"), outside)
            except DamagedRecord as error:  # without its traceback, which holds the bytes
                self._opened[key] = DamagedRecord(str(error), hint=error.hint)
        return self._opened[key]

    def _check_link(
        self, code: Code, submodule: Submodule, brought: Mapping[str, Sequence[BundleContents]]
    ) -> Iterator[Flaw]:
        """The code around a submodule must name the commit that the record says."""
        around = _around(submodule, code)
        found: str | None = submodule.commit
        if around is not None:
            inner = submodule.path.removeprefix(f"{around.path}/")
            trees = [one for one in brought[around.path] if one.tip == around.commit]
            found = trees[0].links.get(inner, found) if trees else found
        elif code.tree is not None:
            with suppress(DamagedRecord):  # said of the code
                entry = self._trees.at(code.tree, submodule.path)
                found = entry.oid if entry is not None and entry.mode == GITLINK_MODE else None
        if found != submodule.commit:
            yield Flaw(
                f"submodule {submodule.path!r} is at {submodule.commit} as run.toml says, "
                f"and at {found or 'no commit'} in the code"
            )


def _disagreements(
    code: Code, submodule: Submodule, bundles: Sequence[BundleContents]
) -> Iterator[Flaw]:
    """Yield where bundles bring something else than what the session says of their submodule."""
    of = f"submodule {submodule.path!r}"
    for number, bundle in enumerate(bundles):
        if bundle.tip not in (submodule.head, submodule.commit):
            yield Flaw(f"a bundle of {of} brings {bundle.tip}, which it had not checked out")
        if bundle.beyond and not _is_left_out(code, submodule):
            beyond = min(bundle.beyond)
            yield Flaw(f"a bundle of {of} builds on {beyond}, which it neither holds nor asks for")
        before = bundles[:number]
        lacking = _lacking(bundle, before)
        if lacking and not _outside([*before, bundle]):
            yield _lacks(submodule, lacking)
    is_brought = any(bundle.tip == submodule.commit for bundle in bundles)
    needs_one = submodule.dirty or bool(bundles)
    if needs_one and not is_brought and not _is_left_out(code, submodule):
        yield Flaw(f"no bundle of {of} brings {submodule.commit}, at which it was")
    if submodule.dirty:
        yield from _wrong_snapshot(submodule, bundles)


def _lacks(submodule: Submodule, lacking: Sequence[str]) -> Flaw:
    count = f"{len(lacking)} object{'' if len(lacking) == 1 else 's'}"
    return Flaw(f"the bundles of submodule {submodule.path!r} lack {count}, such as {lacking[0]}")


def _counted_on(code: Code, submodule: Submodule, bundles: Sequence[BundleContents]) -> set[str]:
    if bundles:
        return _outside(bundles)
    return set() if _is_left_out(code, submodule) else {submodule.commit}


def _outside(bundles: Sequence[BundleContents]) -> set[str]:
    """Return the commits that none of these bundles brings, and on which they build."""
    stated = {oid for bundle in bundles for oid in bundle.prerequisites}
    return {oid for oid in stated if not any(oid in bundle.held for bundle in bundles)}


def _lacking(bundle: BundleContents, before: Sequence[BundleContents]) -> list[str]:
    return [oid for oid in bundle.lacking if not any(oid in earlier.held for earlier in before)]


def _is_left_out(code: Code, submodule: Submodule) -> bool:
    return any(left.path in (submodule.path, _ALL) for left in code.left_out)


def _wrong_snapshot(submodule: Submodule, bundles: Sequence[BundleContents]) -> Iterator[Flaw]:
    """The snapshot of a submodule must be the commit that everybody would make of it."""
    heads = [one.seconds for one in bundles if one.tip == submodule.head]
    wanted = {submodule.head} if submodule.head else set()
    for bundle in bundles:
        if bundle.tip != submodule.commit:
            continue
        seconds = heads[0] if heads else bundle.seconds
        if code_commit(bundle.tree, submodule.head, seconds).oid != submodule.commit:
            yield Flaw(
                f"{submodule.commit} of submodule {submodule.path!r} is not the snapshot commit "
                "of its tree and head"
            )
        if bundle.prerequisites != wanted:
            yield Flaw(
                f"the bundle of {submodule.commit} builds on other commits than the head "
                f"of submodule {submodule.path!r}"
            )


def _around(submodule: Submodule, code: Code) -> Submodule | None:
    """Return the innermost of the submodules in which another one lies."""
    inside = [one for one in code.submodules if submodule.path.startswith(f"{one.path}/")]
    return max(inside, key=lambda one: len(one.path), default=None)
