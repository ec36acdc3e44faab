"""Recording a run: its journal becomes the commit under `refs/experiments/`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from gitxp.artifacts.kept import place_and_keep, restore_kept
from gitxp.model.metric import MetricSummary
from gitxp.model.run import Code, Run
from gitxp.storage import layout
from gitxp.storage.bounds import LARGEST_DOCUMENT, MOST_ENTRIES, MOST_POINTS
from gitxp.storage.codecs.datasets import encode_datasets
from gitxp.storage.codecs.metrics import encode_summaries
from gitxp.storage.codecs.notebook import encode_notebook
from gitxp.storage.codecs.params import encode_params
from gitxp.storage.codecs.pointer import encode_pointer
from gitxp.storage.codecs.run import encode_run
from gitxp.storage.codecs.toml import dumps, loads
from gitxp.storage.configuration import lfs_storage
from gitxp.storage.journal.fold import Folded, fold_journal
from gitxp.storage.journal.live import point_sources, with_points
from gitxp.storage.journal.reader import Journal
from gitxp.storage.large_layout import kept_objects_dir
from gitxp.storage.odb.objects import Entry, FileBlob
from gitxp.storage.points.segment import segment_bytes, write_segment
from gitxp.storage.points.sorted_points import first_points, sorted_points
from gitxp.storage.records import Content, NewRecord
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder
from gitxp.tracking.artifact_log import entries_of
from gitxp.tracking.command.kept_output import read_kept_output
from gitxp.tracking.environment import lock_files
from gitxp.tracking.recording.bundles import bundle_files
from gitxp.tracking.recording.fitted import fitted
from gitxp.tracking.recording.limits import RecordLimits
from gitxp.tracking.recording.redact import Redactor
from gitxp.tracking.recording.run_name import Naming
from gitxp.tracking.recording.with_events import write_with_events
from gitxp.tracking.searched_code import SearchedCode, search_code


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What a record was written of.

    Attributes:
        run: Without its environment, and the ids of its artifacts.
        environment: Content of `environment.toml`; empty where there is none.
        holds_events: Whether more was said of the run than `run` tells.
    """

    run: Run
    environment: bytes
    holds_events: bool

    def with_environment(self) -> Run:
        """Return the run with the environment that its record holds."""
        return replace(self.run, environment=_environment(self.environment))


@lru_cache(maxsize=4)  # the runs of one process have the same
def _environment(content: bytes) -> Mapping[str, Any]:
    return loads(content, layout.ENVIRONMENT)


def record_run(
    repository: Repository,
    journal: Journal,
    limits: RecordLimits,
    *,
    command: str,
    before_files: Mapping[str, Entry] | None = None,
    searches: dict[Code, SearchedCode] | None = None,
) -> RecordedRun:
    """Write the record of a journal and put the journal aside.

    The recording lock must be held.

    Args:
        command: What the user did, for the operation log.
        before_files: Files of the record that the run carries on.
        searches: What code was searched, kept from one run of a process to the next.

    Returns:
        The run as recorded.
    """
    folded = fold_journal(journal, is_over=True)
    points = _points(journal, folded.run)
    run = with_points(limits.redactor.run(folded.run), points.summaries, points.counts)
    naming = Naming.of(repository, run.experiment, run.params, run.seeds)
    run = naming.named(replace(run, failures=run.failures + points.lost))
    files: dict[str, Content] = dict(before_files or {})
    run, bundles = bundle_files(run, journal.folder, files)
    files |= bundles
    searched = _searched(repository, run.code, files, limits, {} if searches is None else searches)
    run = run.with_code(
        replace(run.code, findings=searched.findings, unsearched=searched.unsearched)
    )
    run, documents = fitting_documents(run, folded, limits.redactor)
    files |= documents
    files.update(_artifacts(repository, journal, folded, limits))
    if searched.diff is not None:
        files[layout.CODE_DIFF] = searched.diff
    files |= _session_files(journal, folded, points, limits)
    record = NewRecord(
        run=run,
        files=files,
        before=folded.before,
        code=run.code.commit,
        when=run.finished or datetime.now(UTC),
    )
    pack_path = layout.record_pack_path(journal.folder)
    written = write_with_events(
        repository, record, pack_path=pack_path, command=command, is_durable=limits.is_durable
    )
    naming.keep()
    put_aside(repository, journal)
    return RecordedRun(
        replace(run, tip=written.tip),
        documents.get(layout.ENVIRONMENT, b""),
        holds_events=written.holds_events,
    )


@dataclass(frozen=True, slots=True)
class _Points:
    """A session's points, as its record holds them.

    Attributes:
        counts: How many are each writer's.
        segment: None where there is no point.
        lost: How many points had no room.
    """

    summaries: Mapping[str, MetricSummary]
    counts: Mapping[str, int]
    segment: bytes | FileBlob | None
    lost: int


def is_all_in(journal: Journal, recorded: Run) -> bool:
    """Return whether a record holds all that a journal tells, and not a part of it.

    A copy of a clone may have recorded what it had of the journal, as that of a run that died.
    """
    told = fold_journal(journal, is_over=True).run
    if told.status is not recorded.status:
        return False
    there = {one.id: one.points for each in recorded.sessions for one in each.writers}
    logged = _points(journal, told).counts
    return all(there.get(writer, 0) >= count for writer, count in logged.items())


def _points(journal: Journal, run: Run) -> _Points:
    sources = point_sources(journal, pools_ranks=run.sessions[-1].pools_ranks)
    sources, lost = first_points(sources, max(0, MOST_POINTS - run.points))
    with sorted_points(sources, spill_in=journal.folder) as points:
        summaries, counts = points.summaries(), points.counts()
        if not summaries:
            return _Points({}, counts, None, lost)
        if points.is_small:
            return _Points(summaries, counts, segment_bytes(points), lost)
        path = layout.large_segment_path(journal.folder)
        write_segment(points, path)
        return _Points(summaries, counts, FileBlob.of(path), lost)


def fitting_documents(run: Run, folded: Folded, redactor: Redactor) -> tuple[Run, dict[str, bytes]]:
    """Return the run as far as a record has room for it, and its documents."""
    documents = _documents(run, folded, redactor)
    if max(map(len, documents.values())) > LARGEST_DOCUMENT:
        run = fitted(run)
        documents = _documents(run, folded, redactor)
    return run, documents


def _documents(run: Run, folded: Folded, redactor: Redactor) -> dict[str, bytes]:
    files = {layout.RUN: encode_run(run)}
    if run.params:
        files[layout.PARAMS] = dumps(encode_params(run.params))
    if run.metrics:
        files[layout.METRICS] = encode_summaries(run.metrics)
    if run.datasets:
        files[layout.DATASETS] = encode_datasets(run.datasets)
    if 0 < len(folded.environment) <= LARGEST_DOCUMENT:
        files[layout.ENVIRONMENT] = redactor.environment(folded.environment)
    return files


def _artifacts(
    repository: Repository, journal: Journal, folded: Folded, limits: RecordLimits
) -> Iterator[tuple[str, Content]]:
    storage = ""  # asked of Git where there is a large file
    kept = kept_objects_dir(journal.folder)
    entries: set[str] = set()
    for path, staged in folded.staged.items():
        if not staged.exists():  # the process died between its word and the file
            continue
        entries |= entries_of(path)
        if len(entries) > MOST_ENTRIES:  # several writers have logged them
            return
        if staged.stat().st_size <= limits.artifact:
            yield layout.artifact_path(path), FileBlob.of(staged)
        else:
            storage = storage or lfs_storage(repository)
            pointer = place_and_keep(staged, kept, repository.common_dir, storage)
            yield layout.artifact_path(path), encode_pointer(pointer)


def _searched(
    repository: Repository,
    code: Code,
    files: Mapping[str, Content],
    limits: RecordLimits,
    searches: dict[Code, SearchedCode],
) -> SearchedCode:
    found = searches.get(code) or search_code(repository, code, files, limits)
    if not found.has_failed:
        searches[code] = found
    return found


def _session_files(
    journal: Journal, folded: Folded, points: _Points, limits: RecordLimits
) -> dict[str, Content]:
    """Return what the latest session alone has brought, but for its artifacts."""
    number = len(folded.run.sessions) - 1
    files = _output(journal, limits)
    files |= _notebook(folded, number, limits)
    files |= lock_files(journal.folder, limits.redactor)
    if points.segment is not None:
        files[layout.segment_path(number)] = points.segment
    return files


def _output(journal: Journal, limits: RecordLimits) -> dict[str, Content]:
    kept = read_kept_output(journal.folder, limits.output, clean=limits.redactor.content)
    return {} if kept is None else {layout.OUTPUT: kept}


def _notebook(folded: Folded, session: int, limits: RecordLimits) -> dict[str, Content]:
    if not folded.cells:
        return {}
    clean = limits.redactor.content
    cells = [
        replace(cell, text=clean(cell.text.encode(errors="replace")).decode())
        for cell in folded.cells
    ]
    return {layout.notebook_path(session): encode_notebook(cells, folded.notebook)}


def put_aside(repository: Repository, journal: Journal) -> None:
    """Keep the objects for a while, in case a `git gc` or `git lfs prune` took what was written.

    Moved away first, in one step: whoever is killed here leaves no half of a journal.
    """
    aside = layout.recorded_dir(repository.private_dir) / f"{journal.run}-{os.urandom(4).hex()}"
    make_folder(aside.parent)
    journal.folder.replace(aside)
    kept = kept_objects_dir(aside)
    if kept.exists():
        restore_kept(kept, repository.common_dir, lfs_storage(repository))
    for path in aside.iterdir():
        if path == kept:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix not in (".pack", ".idx"):
            path.unlink()
