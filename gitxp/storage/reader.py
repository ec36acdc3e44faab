"""Reading records: through libgit2, which is loaded at the first question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gitxp.errors import DamagedRecord, UnsupportedRepository
from gitxp.model.event import Event, fold_events, in_order
from gitxp.model.run import Artifact, Run
from gitxp.storage.codecs.datasets import decode_datasets
from gitxp.storage.codecs.event import decode_event
from gitxp.storage.codecs.metrics import decode_summaries
from gitxp.storage.codecs.params import decode_params
from gitxp.storage.codecs.pointer import LONGEST_POINTER, decode_pointer
from gitxp.storage.codecs.run import decode_run
from gitxp.storage.codecs.toml import loads
from gitxp.storage.extensions import accept_extensions
from gitxp.storage.layout import (
    ARTIFACTS,
    DATASETS,
    ENVIRONMENT,
    EVENTS,
    METRICS,
    PARAMS,
    RUN,
    SEGMENTS,
    EventName,
    parse_event_path,
)
from gitxp.storage.objects import TREE_MODE, Entry
from gitxp.storage.repository import Repository
from gitxp.storage.segment import read_segment

if TYPE_CHECKING:
    import pyarrow as pa
    import pygit2


class RecordReader:
    """Reads the records of one repository.

    Every method takes the id of a record commit, and raises `DamagedRecord` where an object is
    missing or its bytes break the format.
    """

    def __init__(self, repository: Repository) -> None:
        """Open the repository's objects.

        Raises:
            UnsupportedRepository: If libgit2 cannot; with its own words.
        """
        import pygit2

        # By the id of the file: runs of one process share it, and it is the longest to decode.
        self._environments: dict[str, Mapping[str, Any]] = {}
        self._unreadable = (KeyError, pygit2.GitError)  # missing; its bytes damaged
        try:
            accept_extensions(pygit2.settings)
            self._git = pygit2.Repository(str(repository.git_dir))
        except pygit2.GitError as error:
            raise UnsupportedRepository(
                f"libgit2 cannot open {str(repository.git_dir)!r}: {error}"
            ) from error

    def run(self, tip: str) -> Run:
        """Return the run that a record tells of, as it stands after the record's events."""
        tree = self._tree(tip)
        run = decode_run(self._content(tree, RUN))
        parts: dict[str, Any] = {"tip": tip}
        if PARAMS in tree:
            parts["params"] = decode_params(loads(self._content(tree, PARAMS), PARAMS))
        if METRICS in tree:
            parts["metrics"] = decode_summaries(self._content(tree, METRICS))
        if ENVIRONMENT in tree:
            parts["environment"] = self._environment(tree)
        if DATASETS in tree:
            parts["datasets"] = decode_datasets(self._content(tree, DATASETS))
        if ARTIFACTS in tree:
            parts["artifacts"] = tuple(self._artifacts(tree))
        run = replace(run, **parts)
        return fold_events(run, self._events(tree)) if EVENTS in tree else run

    def events(self, tip: str) -> tuple[Event, ...]:
        """Return what was said of a record, in the order in which it counts."""
        return in_order(self._events(self._tree(tip)))

    def points(self, tip: str) -> pa.Table:
        """Return every point of the run, session after session."""
        import pyarrow as pa

        from gitxp.storage.segment import segment_schema

        tree = self._tree(tip)
        segments = [
            read_segment(self._content(tree, path))
            for path in sorted(self._paths(tree, SEGMENTS), key=_segment_number)
        ]
        tables = [table.unify_dictionaries() for table in segments]
        return pa.concat_tables(tables) if tables else segment_schema().empty_table()

    def file(self, tip: str, path: str) -> bytes | None:
        """Return one file of the record; None where it has no such file."""
        tree = self._tree(tip)
        return self._content(tree, path) if path in tree else None

    def entries(self, tip: str) -> dict[str, Entry]:
        """Return every file of the record by path."""
        tree = self._tree(tip)
        return {
            path: Entry(str(found.id), int(found.filemode)) for path, found in self._walk(tree, "")
        }

    def event_names(self, tip: str) -> tuple[EventName, ...]:
        """Return clock and id of what was said of a record, without reading what it was."""
        names = map(parse_event_path, self._paths(self._tree(tip), EVENTS))
        return tuple(sorted(name for name in names if name))

    def folder(self, tip: str, *names: str) -> dict[str, Entry]:
        """Return what stands in one folder of the record, by name; empty where there is none.

        Args:
            names: The folders that lead to it, outermost first.
        """
        inside: Any = self._tree(tip)
        for depth, name in enumerate(names):
            found = self._opened(inside, "/".join(names[:depth]))
            inside = next((one for one in found if one.name == name), None)
            if inside is None:
                return {}
        opened = self._opened(inside, "/".join(names))
        return {found.name: Entry(str(found.id), int(found.filemode)) for found in opened}

    def _environment(self, tree: pygit2.Tree) -> Mapping[str, Any]:
        oid = str(tree[ENVIRONMENT].id)
        if oid not in self._environments:
            self._environments[oid] = loads(self._content(tree, ENVIRONMENT), ENVIRONMENT)
        return self._environments[oid]

    def _tree(self, tip: str) -> pygit2.Tree:
        try:
            tree: pygit2.Tree = self._git[tip].tree
        except (*self._unreadable, AttributeError, ValueError) as error:
            raise DamagedRecord(f"record {tip} is missing, damaged or no commit") from error
        return tree

    def _content(self, tree: pygit2.Tree, path: str) -> bytes:
        try:
            content: bytes = self._git.read(tree[path].id)[1]
        except self._unreadable as error:
            raise DamagedRecord(f"the record has no readable file {path!r}") from error
        return content

    def _paths(self, tree: pygit2.Tree, folder: str) -> Iterator[str]:
        if folder in tree:
            for path, _ in self._walk(tree[folder], f"{folder}/"):
                yield path

    def _walk(self, tree: Any, prefix: str) -> Iterator[tuple[str, Any]]:
        for found in self._opened(tree, prefix):
            if found.filemode == TREE_MODE:
                yield from self._walk(found, f"{prefix}{found.name}/")
            else:
                yield f"{prefix}{found.name}", found

    def _opened(self, tree: Any, path: str) -> list[Any]:
        try:
            return list(tree)
        except (*self._unreadable, TypeError) as error:  # a file where a folder should be
            raise DamagedRecord(f"the record has no readable folder {path!r}") from error

    def _events(self, tree: pygit2.Tree) -> list[Event]:
        return [
            decode_event(self._content(tree, path), path)
            for path in self._paths(tree, EVENTS)
            if parse_event_path(path)
        ]

    def _artifacts(self, tree: pygit2.Tree) -> Iterator[Artifact]:
        for path, found in self._walk(tree[ARTIFACTS], ""):
            try:
                size = found.size
                pointer = decode_pointer(found.data) if size <= LONGEST_POINTER else None
            except self._unreadable as error:
                raise DamagedRecord(f"the record has no readable artifact {path!r}") from error
            if pointer is not None:
                yield Artifact(path, pointer.size, pointer.digest, is_lfs=True)
            else:
                yield Artifact(path, size, str(found.id), is_lfs=False)


def _segment_number(path: str) -> int:
    stem = path.rpartition("/")[2].removesuffix(".parquet")
    return int(stem) if stem.isdecimal() else -1
