"""Writing a record: files become a tree, a commit and a ref, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gitxp.model.event import Event
from gitxp.model.run import Run
from gitxp.storage.disk import sync
from gitxp.storage.events.appending import events_after
from gitxp.storage.odb.objects import Entry, FileBlob, GitObject, build_trees
from gitxp.storage.odb.pack import brought_in, write_pack
from gitxp.storage.operations import RefChange
from gitxp.storage.record_commit import EMPTY_ROOT, record_commit
from gitxp.storage.refs import run_ref
from gitxp.storage.refstore import change_refs
from gitxp.storage.repository import Repository

# What a file of a record may be given as: bytes, a file, or an object that exists already.
Content = bytes | FileBlob | Entry


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record that is to be written.

    Attributes:
        files: Content by path in the record's tree.
        before: The record that this one replaces; None for a run's first.
        code: The code commit of the latest session.
        when: The commit's date, aware.
        events: What was said of the run while it went on: each becomes a record after this one.
    """

    run: Run
    files: Mapping[str, Content]
    before: str | None
    code: str | None
    when: datetime
    events: tuple[Event, ...] = ()


def write_record(
    repository: Repository,
    record: NewRecord,
    *,
    pack_path: Path,
    command: str,
    is_durable: bool = False,
) -> str:
    """Write the record, move the run's ref to it, and return the id of the latest commit.

    Args:
        pack_path: Where the pack of the new objects is made, and stays.
        command: What the user did, for the operation log.
        is_durable: Whether it must outlast a loss of power from the moment this returns.

    Raises:
        RefChanged: If the run's ref is no longer at `record.before`.
    """
    objects: list[GitObject | FileBlob] = [EMPTY_ROOT, GitObject("tree", b"")]
    entries: dict[str, Entry] = {}
    for path, content in record.files.items():
        if isinstance(content, Entry):
            entries[path] = content
            continue
        blob = GitObject("blob", content) if isinstance(content, bytes) else content
        objects.append(blob)
        entries[path] = Entry(blob.oid)
    tree, trees = build_trees(entries)
    commit = record_commit(
        record.run, tree, before=record.before, code=record.code, when=record.when
    )
    later = events_after(record.run, commit.oid, entries, record.events)
    objects += [*trees, commit, *later]
    tip = later[-1].oid if later else commit.oid
    pack = write_pack(pack_path, objects)
    change = RefChange(run_ref(record.run.experiment, record.run.id), record.before, tip)
    with brought_in(pack, repository.common_dir, is_durable=is_durable):
        change_refs(repository, [change], command=command)
        if is_durable:
            sync(repository.common_dir / change.ref, (repository.common_dir / change.ref).parent)
    return tip
