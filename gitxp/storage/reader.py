"""Reading records: through libgit2, which is loaded at the first question.

So is what understands events and points: whoever asks what a run is need not have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from gitxp.errors import DamagedRecord, InvalidValue
from gitxp.model.artifact_path import checked_artifact_path
from gitxp.model.checkpoint import Checkpoint
from gitxp.model.run import Artifact, Run
from gitxp.storage.bounds import (
    LARGEST_DOCUMENT,
    LARGEST_EVENT,
    LARGEST_EVENTS,
    LARGEST_FILE,
    LARGEST_SEGMENT,
    MOST_POINTS,
)
from gitxp.storage.codecs.checkpoint import decode_checkpoint
from gitxp.storage.codecs.datasets import decode_datasets
from gitxp.storage.codecs.metrics import decode_summaries
from gitxp.storage.codecs.params import decode_params
from gitxp.storage.codecs.pointer import LONGEST_POINTER, decode_pointer
from gitxp.storage.codecs.run import decode_run
from gitxp.storage.codecs.toml import loads
from gitxp.storage.git_path import decode_path
from gitxp.storage.layout import (
    ARTIFACTS,
    CHECKPOINT,
    DATASETS,
    ENVIRONMENT,
    EVENTS,
    METRICS,
    PARAMS,
    RUN,
    SEGMENTS,
    EventName,
    parse_event_path,
    parse_segment_path,
)
from gitxp.storage.odb.object_reader import ObjectReader
from gitxp.storage.odb.objects import TREE_MODE, Entry
from gitxp.storage.odb.stored_objects import StoredObjects

if TYPE_CHECKING:
    import pyarrow as pa

    from gitxp.model.event import Event
    from gitxp.storage.refs import RunRef
    from gitxp.storage.repository import Repository

# A few megabytes at most of what records usually hold.
_MOST_DECODED = 1000


def _decode_params(content: bytes) -> Mapping[Any, Any]:
    return decode_params(loads(content, PARAMS))


def _decode_environment(content: bytes) -> Mapping[str, Any]:
    return loads(content, ENVIRONMENT)


class RecordReader:
    """Reads the records of one repository.

    Every method takes the id of a record commit, and raises `DamagedRecord` where an object is
    missing, its bytes break the format, or it is beyond the bounds of the format.
    """

    def __init__(
        self,
        repository: Repository,
        *,
        objects: ObjectReader | None = None,
        decoded: dict[tuple[str, str], Any] | None = None,
    ) -> None:
        """Open the repository's objects.

        Args:
            objects: Where the records are read from instead of the repository's store.
            decoded: What readers of one repository may share: documents that were decoded.

        Raises:
            UnsupportedRepository: If libgit2 cannot; with its own words.
        """
        # By name and id of the file: many runs have the same environment, data sets and params.
        self._decoded = {} if decoded is None else decoded
        self._objects = StoredObjects(repository) if objects is None else objects

    def run(self, tip: str, also: Sequence[Event] = ()) -> Run:
        """Return the run that a record tells of, as it stands after the record's events.

        Args:
            also: Events that the record does not hold yet.
        """
        with _within_memory(tip):
            top = self._objects.top(tip)
            run = self._as_recorded(top, tip)
            if EVENTS not in top and not also:
                return run
            from gitxp.model.standing import fold_events

            events = self._events(top[EVENTS], most=LARGEST_EVENTS) if EVENTS in top else []
            # Of one that has just been recorded the record and its journal's neighbour tell alike.
            known = {event.id for event in events}
            return fold_events(run, [*events, *(one for one in also if one.id not in known)])

    def recorded_run(self, tip: str) -> Run:
        """Return the run as its sessions left it, whatever was said of it since."""
        with _within_memory(tip):
            return self._as_recorded(self._objects.top(tip), tip)

    def outline(self, tip: str) -> Run:
        """Return what a run's record says of the run alone, without what its other files tell."""
        with _within_memory(tip):
            return decode_run(self._document(self._objects.top(tip), RUN), {"tip": tip})

    def run_at(self, place: RunRef, tip: str, also: Sequence[Event] = ()) -> Run:
        """Return the run of the record at which the ref of `place` stands; see `run`.

        Raises:
            DamagedRecord: Also where the record is that of another run.
        """
        run = self.run(tip, also)
        if (run.experiment, run.id) != (place.experiment, place.run):
            raise DamagedRecord(f"the record is that of {run.experiment}/{run.id}")
        return run

    def checkpoint(self, tip: str) -> Checkpoint:
        """Return when a checkpoint was made, and when the next one was to come."""
        with _within_memory(tip):
            return decode_checkpoint(self._document(self._objects.top(tip), CHECKPOINT))

    def events(self, tip: str) -> tuple[Event, ...]:
        """Return what was said of a record, in the order in which it counts."""
        with _within_memory(tip):
            top = self._objects.top(tip)
            if EVENTS not in top:
                return ()
            from gitxp.model.event import in_order

            return in_order(self._events(top[EVENTS], most=None))

    def points(self, tip: str) -> pa.Table:
        """Return every point of the run, session after session."""
        import pyarrow as pa

        from gitxp.storage.points.segment import no_points, read_segment

        with _within_memory(tip):
            tables: list[pa.Table] = []
            for _, content in self.segments(tip):
                left = MOST_POINTS - sum(table.num_rows for table in tables)
                tables.append(read_segment(content, most=left))
            return pa.concat_tables(tables) if tables else no_points()

    def point_batches(self, tip: str) -> Iterator[pa.Table]:
        """Yield the points of the run in the same order, some at a time: never all are held."""
        from gitxp.storage.points.segment import segment_batches

        left = MOST_POINTS
        with _within_memory(tip):
            for _, content in self.segments(tip):
                for table in segment_batches(content, most=left):
                    yield table
                    left -= table.num_rows

    def segments(self, tip: str, *, most: int = LARGEST_SEGMENT) -> Iterator[tuple[int, bytes]]:
        """Yield number and content of each segment of points, in the order of their numbers.

        Args:
            most: The bytes that each may have.
        """
        for number, path, found in self._segments(tip):
            yield number, self._objects.content(found, path, most=most)

    def file(self, tip: str, path: str) -> bytes | None:
        """Return one file of the record; None where it has no such file."""
        *folders, name = path.split("/")
        found = self._in_folder(tip, folders).get(name)
        if found is None or found.filemode == TREE_MODE:
            return None
        return self._objects.content(found, path, most=LARGEST_FILE)

    def entries(self, tip: str) -> dict[str, Entry]:
        """Return every file of the record by path."""
        files: dict[str, Entry] = {}
        with _within_memory(tip):
            for name, found in self._objects.top(tip).items():
                if found.filemode == TREE_MODE:
                    walked = self._objects.walk(found, name)
                    files |= {path: _entry(inside) for path, inside in walked}
                else:
                    files[name] = _entry(found)
        return files

    def event_names(self, tip: str) -> tuple[EventName, ...]:
        """Return clock and id of what was said of a record, without reading what it was."""
        top = self._objects.top(tip)
        if EVENTS not in top:
            return ()
        names = (parse_event_path(path) for path, _ in self._event_files(top[EVENTS]))
        return tuple(sorted(name for name in names if name))

    def events_size(self, tip: str) -> int:
        """Return the bytes of all that was said of a record."""
        top = self._objects.top(tip)
        if EVENTS not in top:
            return 0
        return sum(
            self._objects.size(found, path) for path, found in self._event_files(top[EVENTS])
        )

    def folder(self, tip: str, *names: str) -> dict[str, Entry]:
        """Return what stands in one folder of the record, by name; empty where there is none.

        Args:
            names: The folders that lead to it, outermost first.
        """
        return {name: _entry(found) for name, found in self._in_folder(tip, names).items()}

    def _as_recorded(self, top: Mapping[str, Any], tip: str) -> Run:
        content = self._document(top, RUN)
        parts: dict[str, Any] = {"tip": tip}
        if PARAMS in top:
            parts["params"] = self._shared(top, PARAMS, _decode_params)
        if METRICS in top:
            parts["metrics"] = decode_summaries(self._document(top, METRICS))
        if ENVIRONMENT in top:
            parts["environment"] = self._shared(top, ENVIRONMENT, _decode_environment)
        if DATASETS in top:
            parts["datasets"] = self._shared(top, DATASETS, decode_datasets)
        if ARTIFACTS in top:
            parts["artifacts"] = tuple(self._artifacts(top[ARTIFACTS]))
        return decode_run(content, parts)

    def _in_folder(self, tip: str, names: Iterable[str]) -> dict[str, Any]:
        inside = self._objects.top(tip)
        path = ""
        for name in names:
            if name not in inside:
                return {}
            path = f"{path}{name}/"
            found = self._objects.inside(inside[name], path)
            inside = {decode_path(one.raw_name): one for one in found}
        return inside

    def _document(self, top: Mapping[str, Any], name: str) -> bytes:
        if name not in top:
            raise DamagedRecord(f"the record has no readable file {name!r}")
        return self._objects.content(top[name], name, most=LARGEST_DOCUMENT)

    def _shared(self, top: Mapping[str, Any], name: str, decode: Callable[[bytes], Any]) -> Any:
        """Return what a document says, decoded once for all records that hold the same bytes."""
        key = (name, str(top[name].id))
        if key not in self._decoded:
            if len(self._decoded) >= _MOST_DECODED:
                self._decoded.clear()
            self._decoded[key] = decode(self._document(top, name))
        return self._decoded[key]

    def _segments(self, tip: str) -> list[tuple[int, str, Any]]:
        """Return the segments with their numbers and paths, in the order of the sessions."""
        inside = self._in_folder(tip, [SEGMENTS])
        numbered = [(parse_segment_path(f"{SEGMENTS}/{name}"), name) for name in inside]
        known = sorted((number, name) for number, name in numbered if number is not None)
        return [(number, f"{SEGMENTS}/{name}", inside[name]) for number, name in known]

    def _events(self, folder: Any, *, most: int | None) -> list[Event]:
        """Return every event.

        Args:
            most: The bytes that all of them together may have.
        """
        from gitxp.storage.codecs.event import decode_event

        files = self._event_files(folder)
        if most is not None:
            size = sum(self._objects.size(found, path) for path, found in files)
            if size > most:
                raise DamagedRecord(f"the events have {size} bytes: expected at most {most}")
        return [
            decode_event(self._objects.content(found, path, most=LARGEST_EVENT), path)
            for path, found in files
        ]

    def _event_files(self, folder: Any) -> list[tuple[str, Any]]:
        return [
            (path, found)
            for path, found in self._objects.walk(folder, EVENTS)
            if parse_event_path(path)
        ]

    def _artifacts(self, folder: Any) -> Iterator[Artifact]:
        for whole, found in sorted(self._objects.walk(folder, ARTIFACTS), key=itemgetter(0)):
            path = _checked_path(whole.removeprefix(f"{ARTIFACTS}/"))
            size = self._objects.size(found, whole)
            pointer = None
            if size <= LONGEST_POINTER:
                pointer = decode_pointer(self._objects.content(found, whole, most=LONGEST_POINTER))
            if pointer is not None:
                yield Artifact(path, pointer.size, pointer.digest, is_lfs=True)
            else:
                yield Artifact(path, size, str(found.id), is_lfs=False)


@contextmanager
def _within_memory(tip: str) -> Iterator[None]:
    """Take what exhausts Python for damage of the one record that was being read."""
    try:
        yield
    except (RecursionError, MemoryError) as error:
        raise DamagedRecord(f"record {tip} cannot be read: {type(error).__name__}") from error


def _checked_path(path: str) -> str:
    try:
        return checked_artifact_path(path)
    except InvalidValue as error:
        raise DamagedRecord(
            f"the record has an artifact of a name that none has: {error}"
        ) from error


def _entry(found: Any) -> Entry:
    return Entry(str(found.id), int(found.filemode))
