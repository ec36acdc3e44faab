"""Verifying what refs lead to: the records of runs and experiments, and code that is held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from gitxp.errors import DamagedRecord, UnknownRun
from gitxp.model.identity import RunId
from gitxp.storage.proved import ProvedObjects
from gitxp.storage.record_commit import EMPTY_ROOT
from gitxp.storage.refs import (
    LIVE_CODE,
    SHARED,
    TRASH,
    parse_about_ref,
    parse_run_ref,
    parse_trash_ref,
)
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.upkeep.verify.code import CodeChecker
from gitxp.upkeep.verify.flaw import Flaw, RefFlaw, Verified, Weight, unreadable_parent
from gitxp.upkeep.verify.history import History
from gitxp.upkeep.verify.large_files import LargeFiles
from gitxp.upkeep.verify.record import RecordChecker

# Called after each ref and now and then within: how many are done, of how many.
Watch = Callable[[int, int], None]


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
    tips = _tips(repository)
    chosen = tips if refs is None else {name: tips[name] for name in refs if name in tips}
    verification = _Verification(repository, home=home, is_deep=is_deep, watch=watch)
    verification.total = len(chosen)
    flaws = verification.check_all(chosen)
    if flaws:
        # What was removed or went on meanwhile may have lost objects by right.
        now = _tips(repository)
        moved = {name for name, tip in chosen.items() if now.get(name) != tip}
        flaws = [flaw for flaw in flaws if flaw.ref not in moved]
        flaws += verification.check_all({name: now[name] for name in moved if name in now})
    return verification.verified(chosen, flaws)


def matching_refs(repository: Repository, text: str) -> Sequence[str]:
    """Return the refs of the one run whose id begins with `text`, or the ref of that name.

    Damaged records are found too, which no list of runs can hold.

    Raises:
        UnknownRun: If there is none.
    """
    names = [*_tips(repository)]
    if text in names:
        return [text]
    runs = {name: run for name in names if (run := _run_of(name)) is not None}
    found = {run for run in runs.values() if run.startswith(text)}
    if len(found) != 1 or len(text) < _SHORTEST_PREFIX:
        raise UnknownRun(f"no ref of a run begins with {text!r} alone", hint="git xp list")
    return [name for name, run in runs.items() if run in found]


_SHORTEST_PREFIX = 4


def _tips(repository: Repository) -> Mapping[str, str]:
    return list_refs(repository, SHARED, TRASH, LIVE_CODE)


def _run_of(name: str) -> RunId | None:
    of = parse_run_ref(name)
    return of.run if of else parse_trash_ref(name)


class _Verification:
    """One pass over refs; what several lead to is checked once.

    Attributes:
        total: How many refs are to be checked.
    """

    def __init__(
        self, repository: Repository, *, home: str, is_deep: bool, watch: Watch | None
    ) -> None:
        self._objects = ProvedObjects(repository)
        self._code = CodeChecker(repository, self._objects, is_deep=is_deep)
        self._large = LargeFiles(repository, self._tell)
        self._records = RecordChecker(self._objects, self._code, self._large, home=home)
        self._root = self._check_root()
        self._done = self.total = 0
        self._watch = watch

    def check_all(self, tips: Mapping[str, str]) -> list[RefFlaw]:
        flaws: list[RefFlaw] = []
        for name, tip in tips.items():
            # Two sides of a merge may share a flaw.
            found = dict.fromkeys(self._check(name, tip))
            flaws += [RefFlaw(name, flaw.what, flaw.hint, flaw.weight) for flaw in found]
            self._done += 1
            self._tell()
        return flaws

    def verified(self, tips: Mapping[str, str], flaws: Sequence[RefFlaw]) -> Verified:
        return Verified(
            runs=sum(_run_of(name) is not None for name in tips),
            experiments=sum(parse_about_ref(name) is not None for name in tips),
            codes=sum(name.startswith(LIVE_CODE) for name in tips),
            commits=self._records.count,
            points=self._records.points,
            files=self._large.count,
            file_bytes=self._large.size,
            flaws=tuple(flaws),
        )

    def _tell(self) -> None:
        if self._watch is not None:
            self._watch(self._done, self.total)

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
        else:
            yield Flaw("a ref that this gitxp does not know: not looked at", "", Weight.NOTE)

    def _check_record(self, name: str, tip: str) -> Iterator[Flaw]:
        history = History(self._records, tip)
        yield from history.flaws
        if history.records:
            yield from self._root
        tip_record = history.records.get(tip)
        if tip_record is None:
            return
        run, told = tip_record.run, parse_run_ref(name)
        if parse_about_ref(name) is not None:
            if run is not None:
                yield Flaw(f"it is the record of run {run.id}: expected an experiment's own")
        elif run is None:
            if not history.flaws:
                yield Flaw("it is an experiment's own record: expected that of a run")
        elif run.id != _run_of(name) or (told and told.experiment != run.experiment):
            yield Flaw(f"it is the record of {run.experiment}/{run.id}: the ref says another run")
