"""Submodules: each is captured as the repository that it is, all of them side by side."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from gitxp.capture.code.bundles import BundleFolder, lost_ends, remote_bases
from gitxp.capture.code.left_out import files_left
from gitxp.capture.code.remote_urls import remote_urls
from gitxp.errors import GitxpError
from gitxp.model.run import Code, LeftOut, Submodule
from gitxp.storage.odb.pack import Pack
from gitxp.storage.repository import Repository, open_repository_at

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

# Of submodules at once; each keeps a few Git processes busy.
_THREADS = 4


@dataclass(frozen=True, slots=True)
class Taken:
    """A working tree as Git objects.

    Attributes:
        pack: The objects of the snapshot; None where the commit is there already, or is none.
    """

    code: Code
    pack: Pack | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a capture go: the pack of new objects, and what is needed meanwhile."""

    pack: Path
    scratch: Path


Take = Callable[[Repository, Place], Taken]
# Keeps the large files that a submodule's code names, and returns those that are lost. It is given
# the bundles of the commits below, too.
Keep = Callable[[Repository, Code, Pack | None, Sequence[str]], Sequence[LeftOut]]


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of the submodules of one working tree.

    Attributes:
        commits: What each is to be in the snapshot.
        submodules: All of them and those inside them, sorted by path.
    """

    commits: Mapping[str, str]
    submodules: tuple[Submodule, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class SubmoduleCaptures:
    """Captures of submodules under way, until the block that it is ends."""

    def __init__(self, top: Path, folder: BundleFolder, take: Take, keep: Keep | None) -> None:
        """Capture submodules of the working tree at `top`.

        Args:
            folder: Where bundles are made.
            take: Captures a working tree.
            keep: Keeps its large files; None to leave them to whoever has them.
        """
        self.links: Mapping[str, str] = {}
        self._top = top
        self._folder = folder
        self._take = take
        self._keep = keep
        self._pool: ThreadPoolExecutor | None = None
        self._futures: dict[str, Future[Captured]] = {}
        self._left_out: list[LeftOut] = []
        self._repositories: dict[str, Repository] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def start(self, links: Mapping[str, str]) -> None:
        """Begin with those of the submodules that have a working tree; once only.

        Args:
            links: The commit of each in the index.
        """
        if self.links or not links:
            return
        from concurrent.futures import ThreadPoolExecutor

        self.links = links
        self._pool = ThreadPoolExecutor(_THREADS)
        for path, commit in links.items():
            if self._has_repository(path):
                self._futures[path] = self._pool.submit(self._capture, path, commit)

    def finish(self, pinned: Mapping[str, str | None]) -> Captured:
        """Wait for all of them.

        Args:
            pinned: The commit in HEAD of those of which it is another than in the index.
        """
        done = {path: future.result() for path, future in self._futures.items()}
        urls = self._urls()
        found: list[Submodule] = []
        left_out = self._left_out
        for path, captured in done.items():
            base = pinned.get(path, self.links[path])
            for submodule in captured.submodules:
                is_inner = submodule.path != path
                found.append(
                    submodule if is_inner else replace(submodule, base=base, url=urls[path])
                )
            left_out += captured.left_out
        return Captured(
            {path: captured.commits[path] for path, captured in done.items()},
            tuple(sorted(found, key=lambda one: one.path)),
            tuple(left_out),
        )

    def _urls(self) -> dict[str, str]:
        """Return where the submodules come from, those that could be opened."""
        urls = remote_urls(list(self._repositories.values()))
        return dict(zip(self._repositories, urls, strict=True))

    def _has_repository(self, path: str) -> bool:
        place = self._top / path
        if place.is_symlink() or not place.is_dir():
            return False
        if os.path.lexists(place / ".git"):
            return True
        if left := files_left(place):
            self._left_out.append(replace(left, path=f"{path}/"))
        return False

    def _capture(self, path: str, link: str) -> Captured:
        try:
            return self._captured(path, link)
        except (GitxpError, OSError) as error:
            left_out = LeftOut(path, f"the submodule cannot be read: {error}")
            return Captured({path: link}, (), (left_out,))

    def _captured(self, path: str, link: str) -> Captured:
        told: list[LeftOut] = []
        repository = open_repository_at(self._top / path)
        scratch = self._folder.scratch
        self._repositories[path] = repository
        taken = self._take(repository, Place(scratch / f"{secrets.token_hex(8)}.pack", scratch))
        code = taken.code
        if code.failure:
            told.append(LeftOut(path, f"changes in the submodule: {code.failure}"))
            code = replace(code, base=_head(repository))
        history = self._history(repository, path, code.base, told)
        lost = self._keep_large(repository, path, taken, history, told)
        found = Submodule(
            path,
            commit=code.commit or code.base or link,
            head=code.base,
            bundles=(*history, *self._snapshot(taken)),
        )
        inside = (replace(one, path=f"{path}/{one.path}") for one in code.submodules)
        told += (replace(one, path=f"{path}/{one.path}") for one in (*code.left_out, *lost))
        return Captured({path: found.commit}, (found, *inside), tuple(told))

    def _history(
        self,
        repository: Repository,
        path: str,
        head: str | None,
        told: list[LeftOut],
    ) -> tuple[str, ...]:
        try:
            known = None if head is None else remote_bases(repository, head)
            if head is None or known is None:
                return ()
            bundles = self._folder.add_history(repository, head, known)
            if lost := lost_ends(repository, head, known):
                told.append(replace(lost, path=path))
            return bundles
        except (GitxpError, OSError) as error:
            told.append(LeftOut(path, f"commits that no remote has: {error}"))
            return ()

    def _keep_large(
        self,
        repository: Repository,
        path: str,
        taken: Taken,
        history: Sequence[str],
        told: list[LeftOut],
    ) -> Sequence[LeftOut]:
        if self._keep is None:
            return ()
        try:
            return self._keep(repository, taken.code, taken.pack, history)
        except (GitxpError, OSError) as error:
            told.append(LeftOut(path, f"large files of the submodule are not held: {error}"))
            return ()

    def _snapshot(self, taken: Taken) -> tuple[str, ...]:
        code = taken.code
        if taken.pack is None or code.commit is None:
            return ()
        return self._folder.add_snapshot(code.commit, code.base, taken.pack)


def _head(repository: Repository) -> str:
    return repository.git("rev-parse", "--verify", "HEAD^{commit}").decode().strip()
