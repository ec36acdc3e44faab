"""Large files of code that are nowhere any more, as far as this clone knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gitxp.artifacts.lfs import lfs_dir
from gitxp.artifacts.named import codes_of_records, named_by_code
from gitxp.errors import GitFailed
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.configuration import read_configuration
from gitxp.storage.large_layout import large_dir
from gitxp.storage.odb.proved import is_partial_clone
from gitxp.storage.repository import Repository
from gitxp.upkeep.unpushed import unpushed_codes
from gitxp.upkeep.verify.large_files import LargeFiles


@dataclass(frozen=True, slots=True)
class LostFiles:
    """What no remote has, and this clone no longer.

    Attributes:
        codes: Commits that no remote has.
        pointers: Large files that they name, that no remote has with the commits on which they
            build, and that are not here.
    """

    codes: frozenset[str] = frozenset()
    pointers: frozenset[Pointer] = frozenset()

    def of(self, commit: str) -> frozenset[Pointer]:
        """Return those that may be a commit's."""
        return self.pointers if commit in self.codes else frozenset()


def lost_files(repository: Repository, tips: Iterable[str], large: LargeFiles) -> LostFiles:
    """Look for large files of code that are nowhere any more.

    All code is looked through at once, and where nothing is lost no path is asked for. It costs
    nothing where there is no Git LFS.

    Args:
        tips: The last records of runs.
    """
    settings = read_configuration(repository)
    folder = lfs_dir(repository.common_dir, settings.get("lfs.storage", ""))
    has_any = folder.is_dir() or large_dir(repository.private_dir).is_dir()
    # In a partial clone Git would fetch what is missing.
    if not has_any or is_partial_clone(settings):
        return LostFiles()
    try:
        codes = sorted(codes_of_records(repository, tips))
        unpushed, pushed = unpushed_codes(repository, codes)
        named = named_by_code(repository, unpushed, but_not=pushed)
    except GitFailed:  # damaged code, of which more is said
        return LostFiles()
    lost = frozenset(pointer for pointer in named if not large.has(pointer))
    return LostFiles(frozenset(unpushed), lost)
