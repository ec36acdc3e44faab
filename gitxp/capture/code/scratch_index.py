"""Snapshots made by Git itself, on a copy of the index and with a folder of objects of their own.

So filters, modes and line endings come out as Git would have written them, whatever the index is
like, and neither the index nor the store is touched.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from gitxp.capture.code.filters import broken_filters, filters_of, switched_off
from gitxp.capture.code.look import sealed
from gitxp.errors import GitFailed
from gitxp.model.run import LeftOut
from gitxp.storage.odb.alternates import objects_beside
from gitxp.storage.odb.objects import GITLINK_MODE, GitObject, write_loose
from gitxp.storage.odb.pack import Pack
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder

_BIG_FILE = 16 << 20
# Loose objects live until they are packed; of a pack, what more than the quickest compression
# saves is not worth six times its time while training waits. What is large is never held whole: it
# goes into a pack at once, and from there as it is into the pack of the snapshot.
_QUICK = tuple(
    word
    for setting in (
        "core.looseCompression=0",
        "pack.compression=1",
        f"core.bigFileThreshold={_BIG_FILE}",
    )
    for word in ("-c", setting)
)


class ScratchIndex:
    """A copy of the user's index that may be changed."""

    def __init__(self, repository: Repository, folder: Path, off: Sequence[str]) -> None:
        """Use `folder`, which is there and empty.

        Args:
            off: Filters that are known not to work.
        """
        self._repository = repository
        self._top = repository.work_tree or Path()
        self._folder = folder
        self._sealed = (*sealed(repository), *_QUICK)
        self._off = tuple(off)
        self._has_looked_for_filters = bool(off)
        self._refused: dict[str, str] = {}
        self._environment = {
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(objects_beside(repository.common_dir / "objects", folder)),
        }
        index = repository.git_dir / "index"
        if index.exists():
            # With its times: by them Git knows which entries it must not trust without a look.
            shutil.copy2(index, folder / "index")

    def reveal(self, paths: Sequence[str]) -> None:
        """Make Git look at paths that it was told not to look at."""
        self._update(paths, "--no-assume-unchanged")
        self._update(paths, "--no-skip-worktree")

    def remove(self, paths: Sequence[str]) -> None:
        """Take paths out; unseen, as one may lie beyond a link, where Git looks at nothing."""
        self._update(paths, "--force-remove")

    def add(self, paths: Sequence[str]) -> list[LeftOut]:
        """Take paths in as they stand on disk, and return those that cannot be, each with why."""
        # A file that Git was told to overlook; what lies in the folder is a path of its own.
        now_folders = {path for path in paths if _is_plain_folder(self._top / path)}
        self.remove([*now_folders])
        paths = [path for path in paths if path not in now_folders]
        left_out = [
            LeftOut(path, reason) for path in paths if (reason := _obstacle(self._top / path))
        ]
        refused = {left.path for left in left_out}
        left_out += self._add([path for path in paths if path not in refused])
        refused = {left.path for left in left_out}
        self.remove([*refused])
        if self._off:
            taken = [path for path in paths if path not in refused]
            filters = filters_of(self._repository, taken).items()
            left_out += [LeftOut(path, _raw(name)) for path, name in filters if name in self._off]
        return [*left_out, *self._add_refused()]

    def link(self, commits: Mapping[str, str]) -> None:
        """Let submodules name these commits, which need not be in the store."""
        lines = [
            b"%o %s\t%s\0" % (GITLINK_MODE, oid.encode(), os.fsencode(path))
            for path, oid in commits.items()
        ]
        if lines:
            self._git("update-index", "-z", "--index-info", given=b"".join(lines))

    def write_tree(self) -> str:
        """Return the id of the tree that the index stands for."""
        # What is missing fails in `pack-objects`, which looks at new objects only.
        return self._git("write-tree", "--missing-ok").decode().strip()

    def pack(self, commit: GitObject, base: str | None, pack_path: Path) -> Pack:
        """Pack all that the base does not have, even if Git found it in the store already.

        What lies there unreachable, from a snapshot that is no longer held, may be pruned any
        moment.
        """
        write_loose(self._folder / "objects", commit)
        wanted = f"{commit.oid}\n" + (f"^{base}\n" if base else "")
        words = ("pack-objects", "--quiet", "--revs", "--threads=1", "--window=0")
        name = self._git(*words, str(self._folder / "code"), given=wanted.encode())
        made = Pack(self._folder / f"code-{name.decode().strip()}.pack")
        pack = Pack(pack_path)
        made.index_path.replace(pack.index_path)
        made.path.replace(pack.path)
        return pack

    def _add(self, paths: Sequence[str]) -> list[LeftOut]:
        try:
            self._update(paths, "--add", "--remove", "--replace")
        except GitFailed as error:
            if self._finds_filters_broken():
                return self._add(paths)
            if len(paths) > 1:
                half = len(paths) // 2
                return [*self._add(paths[:half]), *self._add(paths[half:])]
            name = filters_of(self._repository, paths).get(paths[0])
            if name is None:
                return [LeftOut(paths[0], f"cannot be added: {error}")]
            self._refused[paths[0]] = name
        return []

    def _finds_filters_broken(self) -> bool:
        """Look for broken filters, once, and switch them off."""
        if self._has_looked_for_filters:
            return False
        self._has_looked_for_filters = True
        self._off = broken_filters(self._repository)
        return bool(self._off)

    def _add_refused(self) -> list[LeftOut]:
        """Add the paths that their filters refuse, which work on others."""
        # Off from here on: whoever writes an index anew may look at fresh files again.
        self._off = (*self._off, *self._refused.values())
        told = []
        for path, name in self._refused.items():
            try:
                self._update([path], "--add", "--replace")
                told.append(LeftOut(path, _raw(name)))
            except GitFailed as error:
                self.remove([path])
                told.append(LeftOut(path, f"cannot be added: {error}"))
        return told

    def _update(self, paths: Sequence[str], *options: str) -> None:
        if paths:
            given = b"".join(os.fsencode(path) + b"\0" for path in paths)
            self._git("update-index", "-z", *options, "--stdin", given=given)

    def _git(self, *arguments: str, given: bytes | None = None) -> bytes:
        words = (*self._sealed, *switched_off(self._off), *arguments)
        return self._repository.git(*words, given=given, environment=self._environment)


@contextmanager
def scratch_index(
    repository: Repository, off: Sequence[str], parent: Path
) -> Iterator[ScratchIndex]:
    """Copy the index into a folder below `parent` for as long as the block lasts.

    Args:
        off: As in `ScratchIndex`.
    """
    make_folder(parent)
    with tempfile.TemporaryDirectory(dir=parent, prefix="snapshot-") as name:
        yield ScratchIndex(repository, Path(name), off)


def _raw(name: str) -> str:
    return f"kept as raw bytes: its filter {name!r} does not work here"


def _is_plain_folder(place: Path) -> bool:
    """Return whether a folder stands there that is no repository."""
    try:
        return stat.S_ISDIR(place.lstat().st_mode) and not (place / ".git").exists()
    except OSError:
        return False


def _obstacle(place: Path) -> str:
    """Return why Git could not add a path; empty where it can, or removes what is gone."""
    try:
        mode = place.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if stat.S_ISREG(mode) and not os.access(place, os.R_OK):
        return "cannot be read: permission denied"
    if stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode):
        return ""
    return "neither a file nor a link"
