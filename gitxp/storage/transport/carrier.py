"""A repository for one push or fetch: with the user's objects and settings, and refs of its own.

What is fetched stays in it until it is brought into the user's. `git push` of refs that are named
one by one costs local refs times refs named: 1,000 of 10,000 take seconds from the user's
repository, and a tenth of a second from here.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gitxp.errors import GitFailed
from gitxp.storage.bounds import LARGEST_HELD
from gitxp.storage.configuration import parse_configuration
from gitxp.storage.git import finish_git, git_environment, start_git
from gitxp.storage.odb.alternates import objects_beside
from gitxp.storage.odb.pack import Pack
from gitxp.storage.remote_layout import carrier_dir
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder
from gitxp.storage.transport.talk import Heard, Said, hear_out

# No hook runs here: the user's are called for what is sent, see `pre_push`.
_SEALED = ("-c", "core.hooksPath=/dev/null")
# Whatever the settings of the remote and of `fetch` say: of a partial clone the filter, too.
_NOTHING_ELSE = (
    "--no-tags",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--no-filter",
    "--refmap=",
)
# What Git says is read, in its own language; and of a partial clone it may ask the remote for what
# goes and is missing here.
_OF_TALKS = {"LANGUAGE": "C", "GIT_NO_LAZY_FETCH": "0"}
# However little comes; and a large file is never held in memory.
_TO_PACKS = (
    *("-c", "fetch.unpackLimit=1", "-c", "transfer.unpackLimit=1"),
    *("-c", f"core.bigFileThreshold={LARGEST_HELD}"),
)
# What it holds is all that is looked at: of the user's refs one may be broken, at which Git would
# stop; in a partial clone it would fetch what that has lost, in a fetch within the fetch, for ever.
_NO_OTHER_REFS = ("-c", "core.alternateRefsCommand=true")
# After the last talk, where whoever began it was killed; else it is forgotten at once.
_SECONDS_OF_LOGIN = 900


@dataclass(frozen=True, slots=True)
class Carrier:
    """A bare repository under the user's own.

    Attributes:
        folder: Where it lies.
        from_folder: Where the user's Git would stand, for remotes at relative paths.
    """

    folder: Path
    from_folder: Path

    @property
    def store(self) -> Path:
        """The folder of its own packs, in which more may be made."""
        return self.folder / "objects" / "pack"

    @property
    def repository(self) -> Repository:
        """The carrier as a repository of its own: objects in its packs are found there alone."""
        return Repository(self.folder, self.folder, None, None)

    def hold(self, refs: Mapping[str, str]) -> None:
        """Have no other refs than these from now on."""
        lines = "".join(f"{refs[name]} {name}\n" for name in sorted(refs))
        (self.folder / "packed-refs").write_text(
            f"# pack-refs with: sorted \n{lines}", "utf-8", "surrogateescape"
        )
        os.utime(self.folder)  # it is in use

    def push(
        self,
        remote: str,
        arguments: Sequence[str],
        *,
        heard: Heard | None = None,
        patience: float | None = None,
    ) -> Said:
        """Run `git push --porcelain` to a remote of the user's."""
        settings = ("-c", "push.followTags=false", "-c", f"remote.{remote}.mirror=false")
        command = ("push", "--porcelain", "--progress", "--recurse-submodules=no")
        process = self._start(*settings, *command, *arguments)
        return hear_out(process, heard=heard, patience=patience)

    def start_helper(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one of Git's helpers for remotes, which waits to be told what to do."""
        return self._start(*arguments, reads_input=True)

    def push_addresses(self, remote: str) -> list[str]:
        """Return every address to which a push to a remote goes, as Git resolves them."""
        answer = finish_git(self._start("remote", "get-url", "--push", "--all", remote))
        return os.fsdecode(answer).splitlines()

    def settings(self) -> dict[str, str]:
        """Return Git's settings that hold here: the user's."""
        return parse_configuration(finish_git(self._start("config", "--list", "-z")))

    def fetch(self, remote: str, commits: Collection[str], *, heard: Heard | None = None) -> Said:
        """Run `git fetch` of commits; what comes lies in packs of the carrier's own.

        They are named by their ids, and come into no ref: Git looks for each name among all that
        the remote has, and makes each of a thousand refs by itself.
        """
        command = ("fetch", *_NOTHING_ELSE, "--progress", "--stdin", remote)
        process = self._start(*_TO_PACKS, *_NO_OTHER_REFS, *command, reads_input=True)
        given = "".join(f"{commit}\n" for commit in commits)
        return hear_out(process, given.encode(), heard=heard)

    def fetched(self) -> frozenset[str]:
        """Return the commits that were fetched, of those that were asked for."""
        told = (self.folder / "FETCH_HEAD").read_text("utf-8", "surrogateescape")
        return frozenset(line.partition("\t")[0] for line in told.split("\n")[:-1])

    def packs(self) -> list[Pack]:
        """Return what was fetched."""
        return [Pack(path) for path in (self.folder / "objects" / "pack").glob("*.pack")]

    def drop(self, pack: Pack) -> None:
        """Delete a pack of its own, which is not all that was asked for."""
        for path in pack.path.parent.glob(f"{pack.path.stem}.*"):
            path.unlink()

    @contextmanager
    def kept_login(self) -> Iterator[None]:
        """Keep what the user types in the memory of a process of Git's, for as long as the block.

        It is asked after the user's own credential helpers, and nothing of it gets to a disk.
        Within another such block this one does nothing.
        """
        socket = self.folder / "login" / "socket"
        if socket.parent.exists():
            yield
            return
        socket.parent.mkdir(mode=0o700)
        helper = f"cache --socket={shlex.quote(str(socket))} --timeout={_SECONDS_OF_LOGIN}"
        with (self.folder / "config").open("a", encoding="utf-8", errors="surrogateescape") as file:
            file.write(f"[credential]\n\thelper = {_quoted(helper)}\n")
        try:
            yield
        finally:
            with suppress(GitFailed):  # a Git that cannot keep any
                finish_git(self._start("credential-cache", f"--socket={socket}", "exit"))

    def _start(self, *arguments: str, reads_input: bool = False) -> subprocess.Popen[bytes]:
        return start_git(
            [*_SEALED, f"--git-dir={self.folder}", *arguments],
            folder=self.from_folder,
            environment=git_environment(_OF_TALKS),
            reads_input=reads_input,
        )


@contextmanager
def carrier(repository: Repository, refs: Mapping[str, str]) -> Iterator[Carrier]:
    """Make a repository that holds `refs`, and delete it after the block.

    It lies under the common folder, where a user's `includeIf "gitdir:"` settings hold, too.
    """
    folder = carrier_dir(repository.private_dir, secrets.token_hex(8))
    make_folder(folder / "refs")
    try:
        _furnish(repository, folder)
        made = Carrier(folder, repository.work_tree or repository.git_dir)
        made.hold(refs)
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _furnish(repository: Repository, folder: Path) -> None:
    make_folder(objects_beside(repository.common_dir / "objects", folder) / "pack")
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    settings = _quoted(repository.common_dir / "config")
    (folder / "config").write_text(
        f"[core]\n\trepositoryformatversion = 0\n\tbare = true\n[include]\n\tpath = {settings}\n",
        "utf-8",
        "surrogateescape",
    )
    with suppress(FileNotFoundError):  # what a shallow clone lacks is lacking here, too
        shutil.copyfile(repository.common_dir / "shallow", folder / "shallow")


def _quoted(value: Path | str) -> str:
    """Return a value as Git's settings take it."""
    inside = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inside}"'
