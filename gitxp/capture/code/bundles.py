"""Bundles of submodules: what no remote of theirs has, beside the journal of the run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gitxp.errors import GitFailed
from gitxp.model.run import Code, LeftOut, Submodule
from gitxp.storage.disk import sync
from gitxp.storage.layout import bundle_path
from gitxp.storage.odb.bundle import bundle_history, bundle_pack
from gitxp.storage.odb.objects import FileBlob
from gitxp.storage.odb.pack import Pack
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder
from gitxp.storage.tracked_tips import tracked_tips

# As many may be made of equal commits.
_MOST_OF_A_COMMIT = 100
# A clone of one depth has one for each branch that is merged within it.
_MOST_ENDS = 20


@dataclass(frozen=True, slots=True)
class BundleFolder:
    """The folder of a run, in which its bundles lie as they will in its record.

    Attributes:
        most_bytes: Of commits that no remote has.
        is_durable: Whether a bundle must outlast a loss of power once it is made.
    """

    path: Path
    most_bytes: int
    is_durable: bool = False

    @property
    def scratch(self) -> Path:
        """Where files may lie that nobody needs after the capture."""
        return (self.path / bundle_path("")).parent

    def add_history(
        self, repository: Repository, head: str, known: Sequence[str]
    ) -> tuple[str, ...]:
        """Make the bundle of commits that lead to `head` from those that remotes have.

        Raises:
            GitFailed: If it cannot be made, or is over the limit.
        """
        name, target = self._reserve(head)
        try:
            if not bundle_history(repository, target, head, known, limit=self.most_bytes):
                raise GitFailed(f"more than {self.most_bytes} bytes")
        except BaseException:
            target.unlink()
            raise
        self._sync(target)
        return (name,)

    def add_snapshot(self, commit: str, base: str | None, pack: Pack) -> tuple[str, ...]:
        """Make the bundle of a snapshot commit out of its pack, which goes."""
        name, target = self._reserve(commit)
        bundle_pack(target, commit, [base] if base else [], pack)
        self._sync(target)
        pack.path.unlink()
        pack.index_path.unlink()
        return (name,)

    def _sync(self, target: Path) -> None:
        if self.is_durable:
            sync(target, target.parent, self.path)

    def _reserve(self, commit: str) -> tuple[str, Path]:
        """Return a name that no other submodule has, and its file, which is there and empty."""
        for number in range(1, _MOST_OF_A_COMMIT + 1):
            name = bundle_path(commit, number)
            target = self.path / name
            make_folder(target.parent)
            with suppress(FileExistsError):
                target.touch(exist_ok=False)
                return name, target
        raise GitFailed(f"more than {_MOST_OF_A_COMMIT} submodules have commit {commit}")


def remote_bases(repository: Repository, head: str) -> list[str] | None:
    """Return the remotes' commits on which those that lead to `head` build.

    None where remotes have `head` itself.

    Raises:
        GitFailed: If a commit is missing.
    """
    if head in tracked_tips(repository):
        return None
    # The ends of a shallow history came from a remote, whatever its branches hold today.
    ends = _shallow_ends(repository)
    ends = [] if ends and not _has_remote(repository) else ends
    words = ("rev-list", "--boundary", "--ignore-missing", head, "--not", "--remotes", *ends)
    lines = repository.git(*words).decode().split()
    if all(line.startswith("-") for line in lines):
        return None
    return [line[1:] for line in lines if line.startswith("-")]


def lost_ends(repository: Repository, head: str, known: Sequence[str]) -> LeftOut | None:
    """Return what a bundle of history lacks: commits before its ends, where it is shallow.

    Args:
        known: The remotes' commits on which it builds.
    """
    shallow = [] if known else _shallow_ends(repository)
    if not shallow or _has_remote(repository):
        return None
    first = repository.git("rev-list", "--max-parents=0", head).decode().split()
    ends = [oid for oid in first if oid in shallow]
    if not ends:
        return None
    listed = " ".join(ends[:_MOST_ENDS])
    reason = f"commits before those in .git/shallow, which no remote has: it must list {listed}"
    return LeftOut(".", reason if len(ends) <= _MOST_ENDS else f"{reason} and more")


def _shallow_ends(repository: Repository) -> list[str]:
    with suppress(FileNotFoundError):
        return (repository.common_dir / "shallow").read_text().split()
    return []


def _has_remote(repository: Repository) -> bool:
    return bool(repository.git("remote"))


@dataclass(frozen=True, slots=True)
class BundleSource:
    """Where the bundles of code that was captured for one run can be had for another.

    Attributes:
        folder: Of the run, which is gone when the run has been recorded.
        blobs: What the bundles are in the store from then on, by path.
    """

    folder: Path
    blobs: Mapping[str, str]

    @classmethod
    def of(cls, code: Code, folder: Path) -> BundleSource:
        """Return where the bundles of `code` are, which has just been captured."""
        paths = [path for submodule in code.submodules for path in submodule.bundles]
        return cls(folder, {path: FileBlob.of(folder / path).oid for path in paths})

    def bring(self, repository: Repository, code: Code, folder: Path) -> Code:
        """Put the bundles into the folder of another run, and return the code as that has it."""
        told: list[LeftOut] = []
        submodules = [self._brought(repository, one, folder, told) for one in code.submodules]
        return replace(code, submodules=tuple(submodules), left_out=(*code.left_out, *told))

    def _brought(
        self, repository: Repository, submodule: Submodule, folder: Path, told: list[LeftOut]
    ) -> Submodule:
        kept = []
        for path in submodule.bundles:
            try:
                self._copy(repository, path, folder / path)
                kept.append(path)
            except (GitFailed, OSError) as error:
                told.append(LeftOut(submodule.path, f"what no remote has is lost: {error}"))
        return replace(submodule, bundles=tuple(kept))

    def _copy(self, repository: Repository, path: str, target: Path) -> None:
        make_folder(target.parent)
        try:
            os.link(self.folder / path, target)
        except FileNotFoundError:
            target.write_bytes(repository.git("cat-file", "blob", self.blobs[path]))
        except OSError:  # a file system without hard links
            shutil.copyfile(self.folder / path, target)
