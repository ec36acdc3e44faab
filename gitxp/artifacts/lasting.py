"""Git LFS objects that runs name, under second names that last as long as the runs.

`git lfs prune` keeps what branches and tags need, and other refs while they are young: of a run it
takes every object, some days after. A hard link takes no room, and outlasts it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitxp.artifacts.kept import give_back
from gitxp.artifacts.lfs import lfs_dir, object_in, object_path
from gitxp.artifacts.sentinel import give_back_after_prune
from gitxp.storage.large_layout import (
    kept_object_paths,
    large_dir,
    large_path,
    large_paths,
    sentinel_path,
)
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder


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
        """Return a second name of an object, a running or lately recorded run's too; else None."""
        private = self.repository.private_dir
        path = large_path(private, digest)
        if path.is_file():
            return path
        return next(kept_object_paths(private, digest), None)

    def hold(self, digest: str, folder: Path | None = None) -> bool:
        """Give an object a second name, and return whether it has one.

        Args:
            folder: The Git LFS folder that has it, where that is a submodule's; this one's has
                it then, too.
        """
        source = self._object(digest) if folder is None else object_in(folder, digest)
        path = large_path(self.repository.private_dir, digest)
        is_held = self._is_linked(source, path)
        if is_held and folder is not None:
            give_back(path, self._object(digest))
        return is_held

    def _is_linked(self, source: Path, path: Path) -> bool:
        if path.exists():
            return True
        if not source.exists():
            return False
        make_folder(path.parent)
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
                make_folder(target.parent)
                with suppress(FileNotFoundError):  # another process does the same
                    path.replace(target)

    def put_back(self) -> None:
        """Give Git LFS its own names again, where it has pruned since they were all there."""
        if self.are_any:
            private = self.repository.private_dir
            folder = lfs_dir(self.repository.common_dir, self.configured)
            give_back_after_prune(sentinel_path(private), folder, large_paths(private))

    def drop(self, digests: Iterable[str]) -> None:
        """Let objects go with the next prune."""
        for digest in digests:
            large_path(self.repository.private_dir, digest).unlink(missing_ok=True)

    def _object(self, digest: str) -> Path:
        return object_path(self.repository.common_dir, digest, self.configured)
