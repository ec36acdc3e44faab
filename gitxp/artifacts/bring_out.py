"""Bringing a file of a run out of its record, its journal or the Git LFS folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gitxp.artifacts.files import stage, stage_content
from gitxp.artifacts.lasting import LastingNames
from gitxp.artifacts.lfs import is_sound, object_path
from gitxp.errors import DamagedRecord, UnknownArtifact
from gitxp.model.run import Artifact, Run
from gitxp.storage.configuration import lfs_storage
from gitxp.storage.journal.places import find_journal
from gitxp.storage.layout import artifact_path, staged_dir
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import Repository


def bring_out(repository: Repository, run: Run, artifact: Artifact, target: Path) -> None:
    """Write a file of a run as `target`, whole or not at all; one that is there is replaced.

    Raises:
        UnknownArtifact: If the file is not here.
        DamagedRecord: If it is in Git LFS, and what lies there has another digest.
        InvalidValue: If `target` needs a folder where a file lies, or is one.
        OSError: If it cannot be written.
    """
    if run.tip is None:
        staged = staged_dir(find_journal(repository, run.id)) / artifact.path
        stage(staged, target)
    elif artifact.is_lfs:
        stage(_large_file(repository, artifact), target)
    else:
        content = RecordReader(repository).file(run.tip, artifact_path(artifact.path))
        assert content is not None, "the record was read a moment ago, and never changes"
        stage_content(content, target)


def _large_file(repository: Repository, artifact: Artifact) -> Path:
    damaged: Path | None = None
    for path in _large_files(repository, artifact.oid):
        if is_sound(path, artifact.oid):
            return path
        damaged = damaged or path
    if damaged is not None:
        raise DamagedRecord(
            f"{artifact.path!r} is kept in Git LFS, and its object is damaged: {damaged}",
            hint="move that file away, then: git lfs fetch --all",
        )
    raise UnknownArtifact(
        f"{artifact.path!r} is kept in Git LFS, and its object {artifact.oid} is not here",
        hint="git lfs fetch --all",
    )


def _large_files(repository: Repository, digest: str) -> Iterator[Path]:
    """Yield where an object lies: in Git LFS's folder, or by a name that outlasts a prune."""
    # gitxp's own place, and that of git-lfs where it is told another.
    for configured in dict.fromkeys(("", lfs_storage(repository))):
        path = object_path(repository.common_dir, digest, configured)
        if path.is_file():
            yield path
    held = LastingNames(repository).find(digest)
    if held is not None:
        yield held
