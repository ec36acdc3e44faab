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

from gitxp.artifacts.files import partial_path, stage_content
from gitxp.artifacts.kept import give_back, restore_kept, set_aside
from gitxp.artifacts.lfs import is_sound, lfs_dir, object_in, object_path
from gitxp.artifacts.sentinel import give_back_after_prune
from gitxp.storage.disk import lacks_room
from gitxp.storage.large_layout import (
    kept_object_paths,
    large_dir,
    large_path,
    large_paths,
    refused_path,
    refused_paths,
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

    def locate(self, digest: str) -> Path | None:
        """Return where an object lies, by any of its names; None where it is not here."""
        common = self.repository.common_dir
        own = (object_in(lfs_dir(common, self.configured), digest), object_path(common, digest))
        found = next((path for path in own if path.is_file()), None)
        return found or self.find(digest)

    def hold(self, digest: str, folder: Path | None = None) -> bool:
        """Give an object a second name, and return whether it has one.

        Where the system refuses that, because the object is another user's, it awaits one.

        Args:
            folder: The Git LFS folder that has it, where that is a submodule's; this one's has
                it then, too.

        Raises:
            OSError: If the disk is full, or the private folder cannot be written.
        """
        source = object_in(folder or self._folder, digest)
        path = large_path(self.repository.private_dir, digest)
        is_held = self._is_linked(source, path)
        if is_held and folder is not None:
            give_back(path, self._folder, digest)
        return is_held

    def _is_linked(self, source: Path, path: Path) -> bool:
        if path.exists():
            _replace_unless_same(path, source)
            return True
        if not source.exists():
            return False
        make_folder(path.parent)
        try:
            os.link(source, path)
        except OSError as error:  # pruned or named this very moment, or no hard links here
            if lacks_room(error):
                raise
            if is_foreign(source, error):
                stage_content(b"", refused_path(self.repository.private_dir, path.name))
            return path.exists()
        return True

    def awaits(self, digest: str) -> bool:
        """Return whether an object was refused its second name so far."""
        return refused_path(self.repository.private_dir, digest).exists()

    def hold_refused(self, submodules: Iterable[Path]) -> None:
        """Hold the objects that await a second name, where they may have one by now.

        Args:
            submodules: Their Git LFS folders; asked for only where an object waits.

        Raises:
            OSError: If something cannot be written.
        """
        waiting = [*refused_paths(self.repository.private_dir)]
        folders = [None, *submodules] if waiting else []
        for path in waiting:
            if any(self.hold(path.name, folder) for folder in folders):
                path.unlink(missing_ok=True)

    def take_over(self, kept: Path) -> None:
        """Hold the objects in the folder `kept` of a run that has been recorded.

        Raises:
            OSError: If a name cannot be written.
        """
        for path in kept.iterdir():
            target = large_path(self.repository.private_dir, path.name)
            if target.exists():
                self.hold(path.name)
                continue
            make_folder(target.parent)
            # Not a link to what Git LFS has by now: that may have been pruned, or replaced by less.
            with suppress(FileNotFoundError):  # another process does the same
                path.replace(target)

    def put_back(self) -> list[Path]:
        """Give Git LFS its own names again, where it has pruned since they were all there.

        Returns:
            Where objects are that were found to be damaged; none of their names is left.

        Raises:
            OSError: If something cannot be read or written.
        """
        if not self.are_any:
            return []
        private = self.repository.private_dir
        return give_back_after_prune(sentinel_path(private), self._folder, large_paths(private))

    def restore(self, kept: Path) -> list[Path]:
        """Put back what was pruned of the objects in the folder `kept`; as `put_back`."""
        damaged = restore_kept(kept, self.repository.common_dir, self.configured)
        return [set_aside(path, self._folder) for path in damaged]

    def drop(self, digests: Iterable[str]) -> None:
        """Let objects go with the next prune."""
        for digest in digests:
            for path in (large_path, refused_path):
                path(self.repository.private_dir, digest).unlink(missing_ok=True)

    @property
    def _folder(self) -> Path:
        return lfs_dir(self.repository.common_dir, self.configured)


def is_foreign(source: Path, error: OSError) -> bool:
    """Return whether a hard link was refused since the file is another user's.

    Linux does so where `fs.protected_hardlinks` is set, of files that one may not write.
    """
    with suppress(FileNotFoundError):
        return isinstance(error, PermissionError) and source.stat().st_uid != os.geteuid()
    return False


def _replace_unless_same(path: Path, source: Path) -> None:
    """Let a second name stand for another object of Git LFS instead, where that is sound.

    The one it stands for may be damaged, and then have been replaced.
    """
    with suppress(OSError):  # gone this very moment, or it can have no second name
        if path.samefile(source) or not is_sound(source, path.name):
            return
        partial = partial_path(path)
        os.link(source, partial)
        partial.replace(path)
