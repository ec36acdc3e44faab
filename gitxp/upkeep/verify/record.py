"""One record commit on its own: its spelling, its files, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from gitxp.errors import DamagedRecord
from gitxp.model.event import Event
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.storage.bounds import LARGEST_EVENTS
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.layout import (
    CODE_DIFF,
    EVENTS,
    FORMAT,
    METRICS,
    RUN,
    SEGMENTS,
    SUBMODULES,
    parse_bundle_path,
    parse_event_path,
    parse_segment_path,
    written_at_home,
)
from gitxp.storage.odb.object_text import Commit
from gitxp.storage.odb.objects import TREE_MODE, Entry
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.storage.record_commit import (
    EMPTY_ROOT,
    EVENT_TRAILER,
    EXPERIMENT_TRAILER,
    FORMAT_TRAILER,
    RUN_TRAILER,
    STATUS_TRAILER,
    commit_identity,
    parse_trailers,
)
from gitxp.upkeep.verify.bundles import BundleChecker
from gitxp.upkeep.verify.code import CodeChecker
from gitxp.upkeep.verify.documents import Documents
from gitxp.upkeep.verify.flaw import Flaw, unreadable
from gitxp.upkeep.verify.folders import Folders, Seen
from gitxp.upkeep.verify.large_files import LargeFiles
from gitxp.upkeep.verify.points import SegmentSum, compare_points

_HEADERS = ("author", "committer")
# More than the name of any experiment or event.
_LONGEST_SAID = 1000
_SIGNATURE = "gpgsig"


@dataclass(frozen=True, slots=True)
class Record:
    """What a history needs to know of a record commit: little, as there may be many.

    Attributes:
        seconds: The committer date in seconds since 1970.
        run: Whose record it is; None of an experiment's own, and where `run.toml` cannot be read.
        experiment: To which it says that it belongs; empty where it does not.
        event: The event that its message names; empty where it names none.
        author: Who wrote the commit, as commits spell it.
        is_about: Whether it is an experiment's own.
        is_first: Whether it was made of the empty root.
        before: The records it was made of, the empty root left out.
        code: The code commit among its parents.
    """

    oid: str
    tree: str
    seconds: int
    run: RunId | None
    experiment: str
    event: str
    author: str
    is_about: bool
    is_first: bool
    before: tuple[str, ...]
    code: str | None


@dataclass(frozen=True, slots=True)
class CheckedRecord:
    """A commit with what is wrong with it; `record` is None where it is none that can be read."""

    record: Record | None
    flaws: tuple[Flaw, ...]


class RecordChecker:
    """Checks record commits."""

    def __init__(
        self,
        objects: ProvedObjects,
        folders: Folders,
        code: CodeChecker,
        bundles: BundleChecker,
        large: LargeFiles,
        *,
        home: str,
    ) -> None:
        self._objects = objects
        self._folders = folders
        self._code = code
        self._bundles = bundles
        self._large = large
        self._home = home
        self._documents = Documents(objects)
        self._records: set[str] = set()
        self._segments: dict[str, int] = {}

    @property
    def count(self) -> int:
        """How many record commits were checked."""
        return len(self._records)

    @property
    def points(self) -> int:
        """How many points were compared with their summaries."""
        return sum(self._segments.values())

    def check(self, oid: str, seen: Seen) -> CheckedRecord:
        """Return the record at a commit, checked by itself.

        Args:
            seen: What was checked in other records of the same history, which is not done again;
                what is now is added.
        """
        try:
            commit = self._objects.commit(oid)
        except DamagedRecord as error:
            return CheckedRecord(None, (unreadable(self._objects, oid, error, of="the record"),))
        top = self._folders.read("", commit.tree)
        is_about = list(top.entries) == [EVENTS] and top.entries[EVENTS].mode == TREE_MODE
        if _file(top.entries, RUN) is None and not is_about:
            lost = top.flaws if not top.entries else ()
            return CheckedRecord(None, lost or (Flaw(f"{oid} is no record: it holds no {RUN}"),))
        listing = self._folders.listing(commit.tree, seen)
        if not listing.is_whole:
            return CheckedRecord(None, listing.flaws)
        self._records.add(oid)
        run = self._run(top.entries)
        record = self._record(oid, commit, run, is_about=is_about)
        flaws = [*listing.flaws, *_spelling(commit), *_wrong_parents(commit, record, run)]
        if len(record.before) < 2:  # else it is spelled as merges are
            flaws += _wrong_trailers(commit, run)
        flaws += self._check_files(listing.files, run)
        if run is not None and seen.is_new(tuple(written_at_home(top.entries).items())):
            flaws += self._check_run(run, top.entries, seen)
        return CheckedRecord(record, tuple(flaws))

    def pass_over(self, oid: str, seen: Seen) -> None:
        """Take what stands in the record at a commit for checked."""
        with suppress(DamagedRecord):  # and of one that cannot be read, nothing
            tree = self._objects.commit(oid).tree
            self._folders.listing(tree, seen)
            seen.is_new(tuple(written_at_home(self._folders.read("", tree).entries).items()))

    def check_extent(self, record: Record) -> Iterator[Flaw]:
        """Whoever reads a record reads all of it, so that there may only be so much."""
        listing = self._folders.listing(record.tree, Seen())
        if not listing.is_whole:
            yield from listing.flaws
        if record.is_about or not listing.is_whole:
            return
        events = [path for path in listing.files if parse_event_path(path) is not None]
        try:
            size = sum(self._objects.size(listing.files[path].oid) for path in events)
        except DamagedRecord:  # said of the event
            return
        if size > LARGEST_EVENTS:
            yield Flaw(f"the events have {size} bytes: expected at most {LARGEST_EVENTS}")

    def event_author(self, path: str, entry: Entry) -> str | None:
        """Return who said an event, as commits spell it; None where it cannot be read."""
        event = self._documents.read(path, entry).value
        return commit_identity(event.author) if isinstance(event, Event) else None

    def _run(self, top: Mapping[str, Entry]) -> Run | None:
        written = _file(top, RUN)
        run: Run | None = self._documents.read(RUN, written).value if written else None
        return run

    def _record(self, oid: str, commit: Commit, run: Run | None, *, is_about: bool) -> Record:
        second = commit.parents[1] if len(commit.parents) > 1 and not is_about else None
        # Where nothing tells what the second parent is, it is the code, as in all records but few.
        code = second if run is None or run.code.commit == second else None
        is_end = oid in self._objects.shallow
        parents = () if is_end else tuple(one for one in commit.parents if one != code)
        trailers = parse_trailers(commit.message)
        told = trailers.get(EXPERIMENT_TRAILER, "") if is_about else ""
        return Record(
            oid,
            commit.tree,
            commit.seconds,
            run=run.id if run is not None else None,
            experiment=str(run.experiment) if run is not None else told[:_LONGEST_SAID],
            event=trailers.get(EVENT_TRAILER, "")[:_LONGEST_SAID],
            author=commit.author[: _LONGEST_SAID + len(">")],
            is_about=is_about,
            is_first=EMPTY_ROOT.oid in parents,
            # Made of more it is no record, whatever they are.
            before=tuple(one for one in parents[:2] if one != EMPTY_ROOT.oid),
            code=code,
        )

    def _check_files(self, files: Mapping[str, Entry], run: Run | None) -> Iterator[Flaw]:
        is_home = run is not None and run.home == self._home
        for path, entry in files.items():
            if parse_bundle_path(path) is not None:
                yield from self._bundles.check_file(path, entry.oid)
                continue
            document = self._documents.read(path, entry)
            yield from document.flaws
            if isinstance(document.value, Pointer):
                yield from self._large.check(repr(path), document.value, is_home=is_home)

    def _check_run(self, run: Run, top: Mapping[str, Entry], seen: Seen) -> Iterator[Flaw]:
        yield from self._check_points(run, top)
        is_home = run.home == self._home
        bundles = self._inside(top, SUBMODULES)
        for code in dict.fromkeys(session.code for session in run.sessions):
            if seen.is_new(("code", code, *bundles.items())):
                yield from self._code.check(code, is_home=is_home)
                yield from self._bundles.check(code, bundles, is_home=is_home)
        difference = _file(top, CODE_DIFF)
        if difference is not None and seen.is_new(("difference", run.code, difference)):
            yield from self._code.check_difference(run.code, difference.oid)

    def _check_points(self, run: Run, top: Mapping[str, Entry]) -> Iterator[Flaw]:
        segments: dict[int, SegmentSum] = {}
        for path, entry in self._inside(top, SEGMENTS).items():
            number = parse_segment_path(path)
            if number is None:
                continue
            summed = self._documents.read(path, entry).value
            if summed is None:  # said of the file
                return
            segments[number] = summed
            self._segments[entry.oid] = sum(summed.points.values())
        summaries = _file(top, METRICS)
        told = self._documents.read(METRICS, summaries).value if summaries else {}
        if told is not None:
            yield from compare_points(run, told, segments)

    def _inside(self, top: Mapping[str, Entry], name: str) -> dict[str, Entry]:
        """Return the files of one folder at the top of a record, by path."""
        if name not in top or top[name].mode != TREE_MODE:
            return {}
        entries = self._folders.read(f"{name}/", top[name].oid).entries
        return {f"{name}/{inner}": e for inner, e in entries.items() if e.mode != TREE_MODE}


def _file(top: Mapping[str, Entry], name: str) -> Entry | None:
    entry = top.get(name)
    return entry if entry is not None and entry.mode != TREE_MODE else None


def _spelling(commit: Commit) -> Iterator[Flaw]:
    """Yield what Git may take and the record format does not."""
    names = [name for name, _ in commit.headers if name != _SIGNATURE]
    if names != ["tree", *["parent"] * len(commit.parents), *_HEADERS]:
        yield Flaw(f"the commit has the headers {', '.join(names)}: expected no others than Git's")
    if commit.zone != "+0000" or commit.seconds < 0:
        yield Flaw(f"the commit is dated {commit.seconds} {commit.zone}: expected +0000, from 1970")


def _wrong_trailers(commit: Commit, run: Run | None) -> Iterator[Flaw]:
    """The message must tell plain Git the same as the record does."""
    trailers = parse_trailers(commit.message)
    expected = {FORMAT_TRAILER: str(FORMAT)}
    if run is not None:
        expected |= {
            RUN_TRAILER: run.id,
            EXPERIMENT_TRAILER: run.experiment,
            STATUS_TRAILER: str(run.status),
        }
    for name, value in expected.items():
        if trailers.get(name) != value:
            yield Flaw(f"the message says {name} {trailers.get(name)!r}: expected {str(value)!r}")


def _wrong_parents(commit: Commit, record: Record, run: Run | None) -> Iterator[Flaw]:
    parents = commit.parents
    wanted = run.code.commit if run is not None else None
    if wanted is not None and wanted not in parents[1:2]:
        found = parents[1] if len(parents) > 1 else "missing"
        yield Flaw(f"the code {wanted} is not the second parent, which is {found}")
    records = [one for one in parents if one != record.code]
    if not records:
        yield Flaw(f"the commit has no parent: expected {EMPTY_ROOT.oid} or a record")
    if len(records) > 2:
        yield Flaw(f"the commit was made of {len(records)} records: expected two at most")
