"""Verifying what refs lead to: the records of runs and experiments, and code that is held."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from gitxp.errors import DamagedRecord, UnknownRun
from gitxp.model.identity import RunId
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.storage.record_commit import EMPTY_ROOT
from gitxp.storage.refs import (
    LIVE_CODE,
    SHARED,
    TRASH,
    parse_about_ref,
    parse_live_ref,
    parse_run_ref,
    parse_trash_ref,
)
from gitxp.storage.refstore import list_refs, unreadable_refs
from gitxp.storage.repository import Repository
from gitxp.upkeep.verify.bundles import BundleChecker
from gitxp.upkeep.verify.checkouts import Checkouts
from gitxp.upkeep.verify.code import CodeChecker
from gitxp.upkeep.verify.code_trees import CodeTrees
from gitxp.upkeep.verify.flaw import Flaw, RefFlaw, Verified, Weight, unreadable_parent
from gitxp.upkeep.verify.folders import Folders
from gitxp.upkeep.verify.history import CheckedHistory, check_history
from gitxp.upkeep.verify.large_files import LargeFiles
from gitxp.upkeep.verify.lost_files import lost_files
from gitxp.upkeep.verify.record import RecordChecker

# Called after each ref and now and then within: how many are done, of how many.
Watch = Callable[[int, int], None]

_NONE: Mapping[str, str] = MappingProxyType({})
_SHORTEST_PREFIX = 4
_REF_HINT = "delete its file, or put back what gitxp/operations.jsonl says that it held"


def verify(
    repository: Repository,
    refs: Iterable[str] | None = None,
    *,
    home: str,
    is_deep: bool = False,
    watch: Watch | None = None,
) -> Verified:
    """Check what refs lead to, byte by byte, and change nothing.

    Args:
        refs: Their names; all of gitxp's where None.
        home: The id of this clone, where large files of its own runs must be.
        is_deep: Whether the files of code are read too, and differences applied to their bases.

    Raises:
        UnsupportedRepository: If libgit2 cannot open the repository.
    """
    found = _Refs.read(repository)
    chosen = found if refs is None else found.only(set(refs))
    first = _Verification(repository, chosen, home=home, is_deep=is_deep, watch=watch)
    flaws = first.check_all()
    doubtful = {flaw.ref for flaw in flaws if flaw.weight is Weight.FAILURE}
    if doubtful:
        # What was removed or went on meanwhile may have lost objects by right; and a `git gc`
        # beside it moves them from pack to pack. What is wrong is so at a second look, too.
        again = _Refs.read(repository).only(doubtful)
        second = _Verification(repository, again, home=home, is_deep=is_deep, watch=watch)
        flaws = [flaw for flaw in flaws if flaw.ref not in doubtful]
        flaws += second.check_all()
    return first.verified(flaws)


def verify_tips(
    repository: Repository,
    tips: Mapping[str, str],
    *,
    own: Mapping[str, str] = _NONE,
    home: str,
    is_deep: bool = False,
    watch: Watch | None = None,
) -> Verified:
    """Check records as if refs led to them, byte by byte: of those that arrived and wait.

    Args:
        tips: Record commits by the ref that is to lead to each.
        own: What this clone's refs lead to: of what stands there nothing is new to it.
        home: The id of this clone; see `verify`.
        is_deep: See `verify`.

    Raises:
        UnsupportedRepository: If libgit2 cannot open the repository.
    """
    refs = _Refs(tips, ())
    found = _Verification(repository, refs, own=own, home=home, is_deep=is_deep, watch=watch)
    return found.verified(found.check_all())


def matching_refs(repository: Repository, text: str) -> Sequence[str]:
    """Return the refs of the one run whose id begins with `text`, or the ref of that name.

    Damaged records are found too, which no list of runs can hold.

    Raises:
        UnknownRun: If there is none.
    """
    refs = _Refs.read(repository)
    return matching_among([*refs.tips, *refs.unreadable], text)


def matching_among(names: Sequence[str], text: str) -> Sequence[str]:
    """Return those refs of some that `text` means; see `matching_refs`.

    Raises:
        UnknownRun: If there is none.
    """
    if text in names:
        return [text]
    runs = {name: run for name in names if (run := _run_of(name)) is not None}
    found = {run for run in runs.values() if run.startswith(text)}
    if len(found) != 1 or len(text) < _SHORTEST_PREFIX:
        raise UnknownRun(f"no ref of a run begins with {text!r} alone", hint="git xp list")
    return [name for name, run in runs.items() if run in found]


@dataclass(frozen=True, slots=True)
class _Refs:
    """Refs with the objects that they name, and those that name none."""

    tips: Mapping[str, str]
    unreadable: tuple[str, ...]

    @classmethod
    def read(cls, repository: Repository) -> Self:
        kinds = (SHARED, TRASH, LIVE_CODE)
        return cls(list_refs(repository, *kinds), tuple(unreadable_refs(repository, *kinds)))

    def only(self, names: Collection[str]) -> Self:
        tips = {name: tip for name, tip in self.tips.items() if name in names}
        return type(self)(tips, tuple(name for name in self.unreadable if name in names))


def _run_of(name: str) -> RunId | None:
    of = parse_run_ref(name)
    return of.run if of else parse_trash_ref(name)


class _Verification:
    """One pass over refs; what several lead to is checked once."""

    def __init__(
        self,
        repository: Repository,
        refs: _Refs,
        *,
        own: Mapping[str, str] = _NONE,
        home: str,
        is_deep: bool,
        watch: Watch | None,
    ) -> None:
        self._refs = refs
        self._own = own
        self._objects = ProvedObjects(repository)
        self._folders = Folders(self._objects)
        self._large = LargeFiles(repository, self._tell)
        tips = [tip for name, tip in refs.tips.items() if _run_of(name) is not None]
        lost = lost_files(repository, tips, self._large)
        trees = CodeTrees(
            self._objects, is_deep=is_deep, has_pointers=is_deep or bool(lost.pointers)
        )
        self._code = CodeChecker(
            repository, self._objects, trees, self._large, is_deep=is_deep, lost=lost
        )
        checkouts = Checkouts(repository) if is_deep else None
        self._bundles = BundleChecker(self._objects, trees, self._large, checkouts)
        self._records = RecordChecker(
            self._objects, self._folders, self._code, self._bundles, self._large, home=home
        )
        self._histories: dict[str, CheckedHistory] = {}
        self._root = self._check_root()
        self._done = self._total = 0
        self._watch = watch

    def check_all(self) -> list[RefFlaw]:
        refs = self._refs
        self._total = len(refs.tips)
        flaws = [
            RefFlaw(name, "the ref names no object, and stops Git", _REF_HINT, Weight.FAILURE)
            for name in refs.unreadable
        ]
        for name, tip in refs.tips.items():
            found = self._check(name, tip)
            flaws += [RefFlaw(name, flaw.what, flaw.hint, flaw.weight) for flaw in found]
            self._done += 1
            self._tell()
        return flaws

    def verified(self, flaws: Sequence[RefFlaw]) -> Verified:
        names = [*self._refs.tips, *self._refs.unreadable]
        return Verified(
            runs=sum(_run_of(name) is not None for name in names),
            experiments=sum(parse_about_ref(name) is not None for name in names),
            codes=sum(name.startswith(LIVE_CODE) for name in names),
            commits=self._records.count,
            points=self._records.points,
            files=self._large.count,
            file_bytes=self._large.size,
            bundles=self._bundles.count,
            elsewhere=len(self._bundles.elsewhere),
            flaws=tuple(flaws),
        )

    def _tell(self) -> None:
        if self._watch is not None:
            self._watch(self._done, self._total)

    def _check_root(self) -> list[Flaw]:
        try:
            self._objects.read(EMPTY_ROOT.oid, "commit")
        except DamagedRecord as error:
            of = "the empty root"
            return [unreadable_parent(self._objects, EMPTY_ROOT.oid, error, of=of)]
        return []

    def _check(self, name: str, tip: str) -> Iterator[Flaw]:
        if name.startswith(LIVE_CODE):
            if name != f"{LIVE_CODE}{tip}":
                yield Flaw(f"the ref holds {tip}: expected what its name says")
            yield from self._code.check_commit(tip)
        elif _run_of(name) is not None or parse_about_ref(name) is not None:
            yield from self._check_record(name, tip)
        elif parse_live_ref(name) is not None:
            yield Flaw("a checkpoint of a run that goes on: not looked at", "", Weight.NOTE)
        else:
            yield Flaw("a ref that this gitxp does not know: not looked at", "", Weight.NOTE)

    def _check_record(self, name: str, tip: str) -> Iterator[Flaw]:
        if tip not in self._histories:
            self._histories[tip] = check_history(
                self._records, self._folders, tip, self._own.get(name)
            )
        history = self._histories[tip]
        yield from history.flaws
        if history.is_record:
            yield from self._root
            yield from _wrong_place(name, history)


def _wrong_place(name: str, history: CheckedHistory) -> Iterator[Flaw]:
    """A record must be that of the run or experiment whose ref leads to it."""
    experiment = parse_about_ref(name)
    if experiment is not None:
        if history.run is not None:
            yield Flaw(f"it is the record of run {history.run}: expected an experiment's own")
        elif history.experiments != {experiment}:
            found = " and ".join(sorted(history.experiments)) or "nothing"
            yield Flaw(f"it is the record of {found}: the ref says another experiment")
        return
    told = parse_run_ref(name)
    if history.run is None:
        yield Flaw("it is an experiment's own record: expected that of a run")
    elif history.run != _run_of(name) or (told and {told.experiment} != history.experiments):
        found = f"{''.join(history.experiments)}/{history.run}"
        yield Flaw(f"it is the record of {found}: the ref says another run")
