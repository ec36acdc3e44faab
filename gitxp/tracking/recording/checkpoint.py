"""A checkpoint: the record of a run that goes on, as far as its journal has come.

It is made of the journal without touching it, and of nothing that the run captured anew: the code
is the commit that it started with. Points come in stretches, each a segment of its own: the next
checkpoint holds most of them unchanged, and only what is new has to travel.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from gitxp.model.checkpoint import Checkpoint
from gitxp.model.identity import RunId
from gitxp.model.run import Run, Status
from gitxp.storage import layout
from gitxp.storage.bounds import MOST_POINTS
from gitxp.storage.codecs.checkpoint import encode_checkpoint
from gitxp.storage.journal.fold import Folded, fold_journal
from gitxp.storage.journal.live import point_sources, with_points
from gitxp.storage.journal.places import find_journal
from gitxp.storage.journal.reader import Journal, read_journal
from gitxp.storage.odb.objects import Entry, FileBlob, GitObject, build_trees
from gitxp.storage.odb.pack import Pack, write_pack
from gitxp.storage.points.segment import segment_bytes, write_segment
from gitxp.storage.points.sorted_points import PointSource, first_points, sorted_points
from gitxp.storage.reader import RecordReader
from gitxp.storage.record_commit import EMPTY_ROOT, record_commit
from gitxp.storage.repository import Repository
from gitxp.tracking.recording.limits import RecordLimits
from gitxp.tracking.recording.record import fitting_documents

# A stretch is joined to the next until it has this many times its points: so there are few of
# them, and each point is written anew a few times at most.
_RATIO: Final = 2


@dataclass(frozen=True, slots=True)
class MadeCheckpoint:
    """A checkpoint whose objects lie in packs of their own.

    Attributes:
        run: As the checkpoint tells it.
        tip: The commit.
        packs: All that is needed for it and not in the repository.
    """

    run: Run
    tip: str
    packs: frozenset[Path]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Some points of each writer, as a segment.

    Attributes:
        starts: How many of each writer's points came before.
        count: How many they are.
    """

    starts: Mapping[str, int]
    count: int
    oid: str
    pack: Path


class Checkpoints:
    """The checkpoints of one run, each made from where the one before had come."""

    def __init__(
        self, repository: Repository, limits: RecordLimits, run: RunId, *, every: timedelta
    ) -> None:
        """Begin with a run that goes on in this clone.

        Args:
            every: How long after each the next one is to come.
        """
        self._repository = repository
        self._limits = limits
        self._run = run
        self._every = every
        self._stretches: list[_Stretch] = []
        self._ends: Mapping[str, int] = {}
        self._before: dict[str, Entry] | None = None

    def make(self, store: Path, now: datetime) -> MadeCheckpoint | None:
        """Write a checkpoint of what the journal holds; None where the run does not go on.

        Args:
            store: A folder of packs, in which its own are made.
            now: Aware.
        """
        try:
            journal = read_journal(self._run, find_journal(self._repository, self._run))
            folded = None if journal is None else fold_journal(journal)
        except FileNotFoundError:  # recorded this moment
            return None
        if journal is None or folded is None:
            return None
        if folded.run.status not in (Status.RUNNING, Status.UNKNOWN):
            return None
        run = self._with_points(journal, self._limits.redactor.run(folded.run), store)
        return self._made(folded, run, store, now)

    def _with_points(self, journal: Journal, run: Run, store: Path) -> Run:
        pools_ranks = run.sessions[-1].pools_ranks
        sources = point_sources(journal, pools_ranks=pools_ranks)
        known = [writer.metrics for writer in journal.writers]
        sources = [_named(one, names) for one, names in zip(sources, known, strict=True)]
        sources, _ = first_points(sources, max(0, MOST_POINTS - run.points))
        self._extend(sources, store)
        with sorted_points(sources, spill_in=store) as points:
            return with_points(run, points.summaries(), points.counts())

    def _extend(self, sources: Sequence[PointSource], store: Path) -> None:
        """Make a segment of what is new, together with the latest stretches if they are short."""
        ends = {one.writer: len(one.records) for one in sources}
        starts, count = self._ends, sum(ends.values()) - sum(self._ends.values())
        if not count:
            return
        while self._stretches and self._stretches[-1].count < _RATIO * count:
            last = self._stretches.pop()
            starts, count = last.starts, last.count + count
        new = [replace(one, records=one.records[starts.get(one.writer, 0) :]) for one in sources]
        pack = store / f"{secrets.token_hex(8)}.pack"
        self._stretches.append(_Stretch(starts, count, _packed_segment(new, pack), pack))
        self._ends = ends

    def _made(self, folded: Folded, run: Run, store: Path, now: datetime) -> MadeCheckpoint:
        run, documents = fitting_documents(run, folded, self._limits.redactor)
        documents[layout.CHECKPOINT] = encode_checkpoint(Checkpoint(now, self._every))
        blobs = {path: GitObject("blob", content) for path, content in documents.items()}
        entries = {**self._files_before(folded.before)}
        entries |= {path: Entry(blob.oid) for path, blob in blobs.items()}
        first = len(run.sessions) - 1
        for number, stretch in enumerate(self._stretches, start=first):
            entries[layout.segment_path(number)] = Entry(stretch.oid)
        tree, trees = build_trees(entries)
        commit = record_commit(run, tree, before=folded.before, code=run.code.commit, when=now)
        pack = store / f"{secrets.token_hex(8)}.pack"
        root = (EMPTY_ROOT, GitObject("tree", b""))
        write_pack(pack, [*root, *blobs.values(), *trees, commit])
        packs = frozenset({pack, *(stretch.pack for stretch in self._stretches)})
        return MadeCheckpoint(run, commit.oid, packs)

    def _files_before(self, before: str | None) -> Mapping[str, Entry]:
        """Return the files of the record that the run carries on."""
        if before is None:
            return {}
        if self._before is None:
            self._before = RecordReader(self._repository).entries(before)
        return self._before


def _named(source: PointSource, names: Collection[int]) -> PointSource:
    """Return a writer's points up to the first of a metric that it named after its lines were read.

    A stretch would lack that one for good, and the summary of the next checkpoint count it.
    """
    import numpy as np

    are_named = np.isin(source.records["metric"], list(names))
    if are_named.all():
        return source
    return replace(source, records=source.records[: int(are_named.argmin())])


def drop_packs(store: Path, *, but: frozenset[Path]) -> None:
    """Delete the packs of checkpoints that nobody asks for any more."""
    for path in store.glob("*.pack"):
        if path not in but:
            Pack(path).index_path.unlink(missing_ok=True)
            path.unlink(missing_ok=True)


def _packed_segment(sources: Sequence[PointSource], pack: Path) -> str:
    """Write points as a segment in a pack of its own, and return its id."""
    with sorted_points(sources, spill_in=pack.parent) as points:
        if points.is_small:
            blob: GitObject | FileBlob = GitObject("blob", segment_bytes(points))
            write_pack(pack, [blob])
            return blob.oid
        path = pack.with_suffix(".parquet")
        try:
            write_segment(points, path)
            blob = FileBlob.of(path)
            write_pack(pack, [blob])
        finally:
            path.unlink(missing_ok=True)
        return blob.oid
