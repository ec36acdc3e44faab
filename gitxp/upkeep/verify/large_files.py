"""Large files, of artifacts and of code: the Git LFS objects behind pointers, byte by byte."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from gitxp.artifacts.lasting import LastingNames
from gitxp.artifacts.lfs import lfs_dir, object_in
from gitxp.artifacts.submodule_files import all_submodule_files, read_lists
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.configuration import read_configuration
from gitxp.storage.large_layout import lists_of_commit
from gitxp.storage.odb.objects import read_pieces
from gitxp.storage.repository import Repository
from gitxp.upkeep.verify.flaw import Flaw, Weight

FETCH_HINT = "git lfs fetch --all"


class LargeFiles:
    """Compares Git LFS objects with their pointers; each object is read once.

    Attributes:
        count: Objects whose content was compared.
        size: Bytes of them.
    """

    def __init__(self, repository: Repository, watch: Callable[[], None]) -> None:
        """Look where the repository keeps its objects.

        Args:
            watch: Called now and then while a long file is read.
        """
        configured = read_configuration(repository).get("lfs.storage", "")
        self._repository = repository
        self._held = LastingNames(repository, configured)
        # gitxp's own place, that of git-lfs where it is told another, and those of submodules.
        own = [lfs_dir(repository.common_dir, one) for one in ("", configured)]
        submodules = [files.lfs_dir for files in all_submodule_files(repository)]
        self._folders: Sequence[Path] = [*dict.fromkeys([*own, *submodules])]
        self._watch = watch
        self._known: dict[Pointer, str | None] = {}
        self.count = 0
        self.size = 0

    def has(self, pointer: Pointer) -> bool:
        """Return whether the object is here, be it sound or not."""
        return self._find(pointer) is not None

    def listed(self, commit: str) -> set[Pointer]:
        """Return the large files of a submodule's commit that are to be here."""
        return read_lists(lists_of_commit(self._repository.private_dir, commit))

    def check(self, of: str, pointer: Pointer, *, is_home: bool) -> list[Flaw]:
        """Return what is wrong with the object that stands behind a pointer.

        Args:
            of: What the pointer stands for, for people.
            is_home: Whether the run was started in this clone, so that its files must be here.
        """
        found = self._find(pointer)
        if found is None:
            weight = Weight.FAILURE if is_home else Weight.NOTE
            what = f"{of} ({pointer.size} bytes, {pointer.digest}) is not here"
            return [Flaw(what, FETCH_HINT, weight)]
        if pointer not in self._known:
            self._known[pointer] = self._wrong_with(found, pointer)
        wrong = self._known[pointer]
        hint = f"rm {shlex.quote(str(found))} && {FETCH_HINT}"
        return [Flaw(f"{of}: {wrong}", hint)] if wrong else []

    def _find(self, pointer: Pointer) -> Path | None:
        paths = (object_in(folder, pointer.digest) for folder in self._folders)
        found = next((path for path in paths if path.is_file()), None)
        return found or self._held.find(pointer.digest)  # the next command puts it back

    def _wrong_with(self, path: Path, pointer: Pointer) -> str | None:
        digest, size = hashlib.sha256(), 0
        try:
            for piece in read_pieces(path):
                digest.update(piece)
                size += len(piece)
                self._watch()
        except OSError as error:
            return f"its Git LFS object cannot be read: {error}"
        self.count += 1
        self.size += size
        if size != pointer.size:
            return f"its Git LFS object has {size} bytes: expected {pointer.size}"
        if digest.hexdigest() != pointer.digest:
            return f"its Git LFS object {str(path)!r} has another SHA-256"
        return None
