"""The Git LFS objects that captured submodules name, kept from every `git lfs prune` in them.

No ref of a submodule leads to its snapshot, so that a prune takes its objects at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitxp.artifacts.large_code import keep_objects, new_pointers
from gitxp.artifacts.submodule_files import SubmoduleFiles
from gitxp.model.run import Code, LeftOut
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.odb.alternates import objects_beside
from gitxp.storage.odb.pack import Pack, brought_in
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class SubmoduleKeeper:
    """Keeps the large files of submodules for one run.

    Attributes:
        around: The outermost repository.
        settings: Git's own in that.
        kept: A folder of the run's; made where it is needed.
    """

    around: Repository
    settings: Mapping[str, str]
    kept: Path

    def keep(
        self, submodule: Repository, code: Code, pack: Pack | None, history: Sequence[str]
    ) -> Sequence[LeftOut]:
        """Keep those of one submodule, and return what is lost.

        Costs nothing where there is no Git LFS. The files of commits are left to the next command,
        which is not waited for.

        Args:
            pack: The objects of the snapshot, if there is one.
            history: The bundles of commits that lead to the one that is checked out.

        Raises:
            GitFailed: If the snapshot cannot be read.
            OSError: If something cannot be written.
        """
        files = SubmoduleFiles.of(self.around, submodule, self.settings)
        if not (files.lfs_dir / "objects").is_dir():
            return ()
        # Where that cannot be written, no list can be.
        is_listed = not self.around.is_away(self.kept)
        if history and code.base is not None and is_listed:
            files.write_later(self.around, code.base)
        if pack is None or code.commit is None:
            return ()
        pointers = self._pointers(submodule, code, pack)
        if pointers and is_listed:
            files.write(self.around, code.commit, pointers.values())
        return keep_objects(submodule, pointers, self.kept, configured=files.configured)

    def _pointers(self, submodule: Repository, code: Code, pack: Pack) -> Mapping[str, Pointer]:
        with tempfile.TemporaryDirectory(dir=self.kept.parent, prefix="pack-") as name:
            folder = Path(name)
            objects = objects_beside(submodule.common_dir / "objects", folder)
            with brought_in(pack, folder):
                environment = {"GIT_OBJECT_DIRECTORY": str(objects)}
                return new_pointers(submodule, code, environment)
