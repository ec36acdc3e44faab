"""One record commit on its own: its spelling, its files, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitxp.errors import DamagedRecord
from gitxp.model.run import Run
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.layout import ARTIFACTS, CODE_DIFF, EVENTS, METRICS, RUN, parse_segment_path
from gitxp.storage.object_text import Commit
from gitxp.storage.objects import Entry
from gitxp.storage.proved import ProvedObjects
from gitxp.storage.record_commit import EMPTY_ROOT
from gitxp.upkeep.verify.code import CodeChecker
from gitxp.upkeep.verify.documents import Documents
from gitxp.upkeep.verify.flaw import Flaw, unreadable
from gitxp.upkeep.verify.large_files import LargeFiles
from gitxp.upkeep.verify.listing import Lister
from gitxp.upkeep.verify.points import SegmentSum, compare_points

_HEADERS = ("author", "committer")
_SIGNATURE = "gpgsig"


@dataclass(frozen=True, slots=True)
class Record:
    """A record commit.

    Attributes:
        run: None in an experiment's own record, and where `run.toml` cannot be read.
        before: The records it was made of, the empty root left out.
        code: The code commit among its parents.
    """

    oid: str
    commit: Commit
    files: Mapping[str, Entry]
    run: Run | None
    before: tuple[str, ...]
    code: str | None


@dataclass(frozen=True, slots=True)
class CheckedRecord:
    """A commit with what is wrong with it; `record` is None where it is none at all."""

    record: Record | None
    flaws: tuple[Flaw, ...]


class RecordChecker:
    """Checks record commits, each once however many refs lead to it."""

    def __init__(
        self, objects: ProvedObjects, code: CodeChecker, large: LargeFiles, *, home: str
    ) -> None:
        self._objects = objects
        self._code = code
        self._large = large
        self._home = home
        self._lister = Lister(objects)
        self._documents = Documents(objects)
        self._known: dict[str, CheckedRecord] = {}
        self._segments: dict[str, int] = {}

    @property
    def count(self) -> int:
        """How many record commits were checked."""
        return sum(checked.record is not None for checked in self._known.values())

    @property
    def points(self) -> int:
        """How many points were compared with their summaries."""
        return sum(self._segments.values())

    def check(self, oid: str) -> CheckedRecord:
        """Return the record at a commit, checked by itself."""
        if oid not in self._known:
            self._known[oid] = self._check(oid)
        return self._known[oid]

    def _check(self, oid: str) -> CheckedRecord:
        try:
            commit = self._objects.commit(oid)
        except DamagedRecord as error:
            return CheckedRecord(None, (unreadable(self._objects, oid, error, of="the record"),))
        listing = self._lister.listing(commit.tree)
        is_about = bool(listing.files) and all(
            path.startswith(f"{EVENTS}/") for path in listing.files
        )
        if RUN not in listing.files and not is_about:
            lost = tuple(flaw for flaw in listing.flaws if not listing.files)
            return CheckedRecord(None, lost or (Flaw(f"{oid} is no record: it holds no {RUN}"),))
        said, flaws = self._read(listing.files)
        run: Run | None = said.get(RUN)
        code = _code_parent(commit, run, is_about=is_about)
        parents = [one for one in commit.parents if one != code]
        is_end = oid in self._objects.shallow
        before = () if is_end else tuple(one for one in parents if one != EMPTY_ROOT.oid)
        record = Record(oid, commit, listing.files, run, before, code)
        flaws = [*listing.flaws, *_spelling(commit), *flaws, *_wrong_parents(commit, run, parents)]
        if run is not None:
            flaws += self._check_run(record, run, said)
        return CheckedRecord(record, tuple(flaws))

    def _read(self, files: Mapping[str, Entry]) -> tuple[dict[str, Any], list[Flaw]]:
        said: dict[str, Any] = {}
        flaws: list[Flaw] = []
        for path, entry in files.items():
            document = self._documents.read(path, entry)
            flaws += document.flaws
            if document.value is not None:
                said[path] = document.value
        return said, flaws

    def _check_run(self, record: Record, run: Run, said: Mapping[str, Any]) -> Iterator[Flaw]:
        numbers = {path: parse_segment_path(path) for path in record.files}
        segments: dict[int, SegmentSum] = {
            number: said[path]
            for path, number in numbers.items()
            if number is not None and path in said
        }
        are_readable = METRICS not in record.files or METRICS in said
        if are_readable and len(segments) == sum(one is not None for one in numbers.values()):
            yield from compare_points(run, said.get(METRICS, {}), segments)
        self._segments |= {
            record.files[path].oid: sum(said[path].points.values())
            for path, number in numbers.items()
            if number in segments
        }
        yield from self._code.check(run.code, said.get(CODE_DIFF))
        yield from _missing_bundles(record, run)
        for path, value in said.items():
            if path.startswith(f"{ARTIFACTS}/") and isinstance(value, Pointer):
                yield from self._large.check(path, value, is_home=run.home == self._home)


def _missing_bundles(record: Record, run: Run) -> Iterator[Flaw]:
    for session in run.sessions:
        for submodule in session.code.submodules:
            for path in submodule.bundles:
                if path not in record.files:
                    yield Flaw(f"bundle {path!r} of submodule {submodule.path!r} is missing")


def _spelling(commit: Commit) -> Iterator[Flaw]:
    """Yield what Git may take and the record format does not."""
    names = [name for name, _ in commit.headers if name != _SIGNATURE]
    if names != ["tree", *["parent"] * len(commit.parents), *_HEADERS]:
        yield Flaw(f"the commit has the headers {', '.join(names)}: expected no others than Git's")
    if commit.zone != "+0000" or commit.seconds < 0:
        yield Flaw(f"the commit is dated {commit.seconds} {commit.zone}: expected +0000, from 1970")


def _code_parent(commit: Commit, run: Run | None, *, is_about: bool) -> str | None:
    second = commit.parents[1] if len(commit.parents) > 1 and not is_about else None
    # Where nothing tells what the second parent is, it is the code, as in all records but few.
    return second if run is None or run.code.commit == second else None


def _wrong_parents(commit: Commit, run: Run | None, records: Sequence[str]) -> Iterator[Flaw]:
    wanted = run.code.commit if run is not None else None
    if wanted is not None and wanted not in commit.parents[1:2]:
        found = commit.parents[1] if len(commit.parents) > 1 else "missing"
        yield Flaw(f"the code {wanted} is not the second parent, which is {found}")
    if not records:
        yield Flaw(f"the commit has no parent: expected {EMPTY_ROOT.oid} or a record")
    if len(records) > 2:
        yield Flaw(f"the commit was made of {len(records)} records: expected two at most")
