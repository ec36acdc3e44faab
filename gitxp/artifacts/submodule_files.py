"""Which large files the code of submodules names, by commit, and where Git LFS keeps them.

The commits of submodules are in no store of the repository around them, and may vanish from their
own: whoever wants to give files back, or to let them go, reads these lists.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from gitxp.artifacts.files import stage_content
from gitxp.artifacts.lasting import LastingNames
from gitxp.artifacts.lfs import lfs_dir
from gitxp.artifacts.sentinel import give_back_after_prune
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.configuration import read_configuration
from gitxp.storage.large_layout import (
    files_of_commit_path,
    lists_of_files,
    place_path,
    submodule_dir,
    submodule_dirs,
    submodule_sentinel_path,
    unlisted_path,
)
from gitxp.storage.repository import Repository

_SETTING = "lfs.storage"
# Where none of these stands in a submodule's own settings, they do not say where its folder is.
_MAY_SET_STORAGE = (b"storage", b"include", b"worktreeconfig")


@dataclass(frozen=True, slots=True)
class SubmoduleFiles:
    """The large files of one submodule.

    Attributes:
        folder: Of the lists, in the private folder of the repository around it.
        common_dir: Of the submodule.
        configured: Its setting `lfs.storage`.
    """

    folder: Path
    common_dir: Path
    configured: str = ""

    @classmethod
    def of(cls, around: Repository, submodule: Repository, settings: Mapping[str, str]) -> Self:
        """Return those of a submodule that has a working tree.

        Args:
            around: The outermost repository.
            settings: Git's own in that.

        Raises:
            OSError: If the settings of the submodule cannot be read.
        """
        configured = _storage(submodule, settings)
        place = _encode_place(around, submodule.common_dir, configured)
        return cls(submodule_dir(around.private_dir, place), submodule.common_dir, configured)

    @property
    def lfs_dir(self) -> Path:
        """The submodule's Git LFS folder."""
        return lfs_dir(self.common_dir, self.configured)

    def write(self, around: Repository, commit: str, pointers: Iterable[Pointer]) -> None:
        """List the large files of a commit.

        Raises:
            OSError: If that cannot be written.
        """
        self._say_place(around)
        lines = sorted({f"{pointer.digest} {pointer.size}\n" for pointer in pointers})
        stage_content("".join(lines).encode(), files_of_commit_path(self.folder, commit))

    def write_later(self, around: Repository, commit: str) -> None:
        """Say that the large files of a commit are to be listed, where they are not yet.

        Raises:
            OSError: If that cannot be written.
        """
        if not files_of_commit_path(self.folder, commit).exists():
            self._say_place(around)
            stage_content(b"", unlisted_path(self.folder, commit))

    def put_back(self, names: LastingNames) -> list[Path]:
        """Give Git LFS its names in the submodule again, where it has pruned there.

        Returns:
            Where objects are that were found to be damaged; none of their names is left.

        Raises:
            OSError: If something cannot be read or written.
        """
        if not self.common_dir.is_dir():  # the submodule was removed
            return []
        sentinel = submodule_sentinel_path(self.folder)
        return give_back_after_prune(sentinel, self.lfs_dir, self._second_names(names))

    def _second_names(self, names: LastingNames) -> Iterator[Path]:
        for pointer in read_lists(lists_of_files(self.folder)):
            found = names.find(pointer.digest)
            if found is not None:
                yield found

    def _say_place(self, around: Repository) -> None:
        path = place_path(self.folder)
        if not path.exists():
            stage_content(_encode_place(around, self.common_dir, self.configured), path)


def read_submodule_files(around: Repository, folder: Path) -> SubmoduleFiles | None:
    """Return what the folder of a submodule's lists is of; None where nothing tells."""
    try:
        place = place_path(folder).read_bytes()
    except FileNotFoundError:
        return None
    relative, _, configured = os.fsdecode(place).partition("\0")
    common_dir = os.path.normpath(os.path.realpath(around.common_dir) + f"/{relative}")
    return SubmoduleFiles(folder, Path(common_dir), configured)


def all_submodule_files(around: Repository) -> Iterator[SubmoduleFiles]:
    """Yield those of every submodule that has had large files."""
    for folder in submodule_dirs(around.private_dir):
        found = read_submodule_files(around, folder)
        if found is not None:
            yield found


def read_lists(paths: Iterable[Path]) -> set[Pointer]:
    """Return the large files in some lists."""
    lines: set[str] = set()
    for path in paths:
        with suppress(FileNotFoundError):  # purged
            lines.update(path.read_text().splitlines())
    pairs = (line.split(" ") for line in lines)
    return {Pointer(digest, int(size)) for digest, size in pairs}


def _storage(submodule: Repository, settings: Mapping[str, str]) -> str:
    """Return the setting `lfs.storage` of a submodule, and ask Git only where there may be one."""
    own = b""
    with suppress(FileNotFoundError):
        own = (submodule.common_dir / "config").read_bytes().lower()
    if _SETTING not in settings and not any(word in own for word in _MAY_SET_STORAGE):
        return ""
    return read_configuration(submodule).get(_SETTING, "")


def _encode_place(around: Repository, common_dir: Path, configured: str) -> bytes:
    # Relative, so that it holds when the repository is moved with its submodules.
    relative = os.path.relpath(os.path.realpath(common_dir), os.path.realpath(around.common_dir))
    return os.fsencode(f"{relative}\0{configured}")
