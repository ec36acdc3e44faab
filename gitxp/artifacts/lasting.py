"""Git LFS objects that runs name, under second names that last as long as the runs.

`git lfs prune` keeps what branches and tags need, and other refs while they are young: of a run it
takes every object, some days after. A hard link takes no room, and outlasts it.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitxp.artifacts.files import stage_content
from gitxp.artifacts.lfs import object_path, pointer_to
from gitxp.storage.layout import (
    kept_object_paths,
    large_dir,
    large_path,
    large_paths,
    sentinel_path,
)
from gitxp.storage.odb.objects import read_pieces
from gitxp.storage.repository import Repository

_SENTINEL = "gitxp looks whether this is still here, or git lfs prune has been: {}\n"
# A prune goes on to delete what it had listed before the names were put back.
_SECONDS_PRUNING = 300


@dataclass(frozen=True, slots=True)
class LastingNames:
    """The second names in one clone.

    Where the Git LFS folder lies on another file system, or there are no hard links, there are
    none: nothing is ever copied.

    Attributes:
        configured: The setting `lfs.storage`.
    """

    repository: Repository
    configured: str = ""

    @property
    def are_any(self) -> bool:
        """Whether an object was ever given one."""
        return large_dir(self.repository.private_dir).is_dir()

    def find(self, digest: str) -> Path | None:
        """Return a second name of an object, a lately recorded run's among them; else None."""
        private = self.repository.private_dir
        path = large_path(private, digest)
        if path.is_file():
            return path
        return next(kept_object_paths(private, digest), None)

    def hold(self, digest: str) -> bool:
        """Give an object a second name, and return whether it has one."""
        path = large_path(self.repository.private_dir, digest)
        if path.exists():
            return True
        source = self._object(digest)
        if not source.exists():
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, path)
        except OSError:  # pruned or named this very moment, or there are no hard links here
            return path.exists()
        return True

    def take_over(self, kept: Path) -> None:
        """Hold the objects in the folder `kept` of a run that has been recorded.

        Raises:
            OSError: If a name cannot be written.
        """
        for path in kept.iterdir():
            if not self.hold(path.name):  # pruned this very moment
                target = large_path(self.repository.private_dir, path.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileNotFoundError):  # another process does the same
                    path.replace(target)

    def put_back(self) -> None:
        """Give Git LFS its own names again, where it has pruned since they were all there.

        One small object that no run names tells: it goes with the first prune. So where nothing
        was pruned it costs the same whatever the number of objects.
        """
        if not self.are_any:
            return
        sentinel = sentinel_path(self.repository.private_dir)
        if not sentinel.exists():
            stage_content(_SENTINEL.format(secrets.token_hex(8)).encode(), sentinel)
        digest = pointer_to(read_pieces(sentinel)).digest
        # Linking is what last changed it.
        is_young = time.time() - sentinel.stat().st_ctime < _SECONDS_PRUNING
        if self._object(digest).exists() and not is_young:
            return
        names = large_paths(self.repository.private_dir)
        # The sentinel last: who is killed before begins anew.
        if all(self._give_back(path, path.name) for path in names):
            self._give_back(sentinel, digest)

    def drop(self, digests: Iterable[str]) -> None:
        """Let objects go with the next prune."""
        for digest in digests:
            large_path(self.repository.private_dir, digest).unlink(missing_ok=True)

    def _give_back(self, path: Path, digest: str) -> bool:
        """Link an object into the Git LFS folder; False where nothing can be."""
        target = self._object(digest)
        if target.exists():
            return True
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError, FileNotFoundError):  # by another process; purged
                os.link(path, target)
        except OSError:  # read-only, a full disk, another file system: the next command tries
            return False
        return True

    def _object(self, digest: str) -> Path:
        return object_path(self.repository.common_dir, digest, self.configured)
