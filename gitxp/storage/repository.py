"""Finding the user's repository, and refusing the kinds that gitxp would harm."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitxp.errors import (
    GitFailed,
    GitMissing,
    GitxpError,
    NoRepository,
    UnsupportedRepository,
)
from gitxp.storage.git import feed_git, finish_git, git_environment, read_git, start_git
from gitxp.storage.layout import fallback_dir
from gitxp.storage.sharing import SETTING, heed_sharing

_QUESTIONS = (
    "--path-format=absolute",
    "--git-dir",
    "--git-common-dir",
    "--is-bare-repository",
    "--is-inside-work-tree",
    "--show-object-format",
    "--show-prefix",
)
# No hook of the user's runs, nor can one veto what becomes of a run; no monitor is believed. An
# empty one is none to every Git; before 2.36 `false` was the name of a program.
_SEALED = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=")
_MIGRATE = "with Git 2.49 or newer: git refs migrate --ref-format=files"
_MAY_SHARE = (b"sharedrepository", b"[include")
_NEWER = "open it with a newer Git"


@dataclass(frozen=True, slots=True)
class Repository:
    """A Git repository as seen from one folder.

    Attributes:
        git_dir: The folder of this working tree's HEAD and index.
        common_dir: The folder that all linked worktrees share: objects, refs, configuration,
            and gitxp's own `gitxp/`.
        work_tree: Top of the working tree; None in a bare repository.
        prefix: The folder asked from, relative to `work_tree`; None outside of it.
    """

    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    prefix: str | None

    @property
    def private_dir(self) -> Path:
        """Where gitxp keeps what is neither an object nor a ref."""
        return self.common_dir / "gitxp"

    @property
    def fallback_dir(self) -> Path:
        """What stands in for `private_dir` while that cannot be written."""
        return fallback_dir(_state_home(), self.common_dir)

    def is_away(self, journal: Path) -> bool:
        """Return whether a journal's folder lies in the fallback folder."""
        return not journal.is_relative_to(self.private_dir)

    def start_git(
        self,
        *arguments: str | bytes | Path,
        environment: Mapping[str, str] | None = None,
        reads_input: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start Git on this repository, whatever the working folder and the variables say.

        Args:
            environment: Added to `git_environment()`.
        """
        git_dir = self.git_dir if self.git_dir.is_dir() else self.common_dir
        place: tuple[str | Path, ...] = (*_SEALED, f"--git-dir={git_dir}")
        if self.work_tree is not None and self.work_tree.is_dir():
            place = ("-C", self.work_tree, *place, f"--work-tree={self.work_tree}")
        elif self.work_tree is not None:  # removed since; Git starts in no folder that is gone
            place = ("-C", git_dir, *place)
        return start_git(
            [*place, *arguments],
            environment=git_environment(environment),
            reads_input=reads_input,
        )

    def git(
        self,
        *arguments: str | bytes | Path,
        given: bytes | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run Git on this repository to its end and return what it printed.

        Raises:
            GitFailed: With Git's own words.
        """
        process = self.start_git(*arguments, environment=environment, reads_input=given is not None)
        return finish_git(process, given or b"")

    def git_pieces(
        self,
        *arguments: str | bytes | Path,
        given: bytes | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Generator[bytes, None, None]:
        """Run Git on this repository and yield what it prints as it comes, never held whole.

        Args:
            given: For a command that reads all of it before it prints anything.

        Raises:
            GitFailed: Behind the last piece, with Git's own words.
        """
        process = self.start_git(*arguments, environment=environment, reads_input=given is not None)
        if given is not None:
            feed_git(process, given)
        yield from read_git(process)


def open_repository(path: str | os.PathLike[str] | None = None) -> Repository:
    """Find the repository at or above `path`, as Git does.

    Args:
        path: A folder; where None the working folder, with `GIT_DIR` and the like heeded.

    Raises:
        NoRepository: If there is none, or Git will not open it; with Git's own words.
        UnsupportedRepository: If it is of a kind that gitxp would harm, or this Git does not know.
        GitMissing: If this Git is too old to be asked.

    Example:
        >>> open_repository("/")
        Traceback (most recent call last):
        ...
        gitxp.errors.NoRepository: not a git repository (or any of the parent directories): .git
        hint: git init /
    """
    environment = git_environment()
    if path is None:
        environment |= {
            name: os.environ[name] for name in ("GIT_DIR", "GIT_WORK_TREE") if name in os.environ
        }
    folder = Path.cwd() if path is None else Path(path)
    try:
        answers = _answers(folder, environment)
    except GitFailed as error:
        raise _refusal(str(error), folder) from error
    git_dir, common_dir, is_bare, is_inside, object_format, prefix = answers
    repository = Repository(
        git_dir=Path(git_dir),
        common_dir=Path(common_dir),
        work_tree=_work_tree(folder, prefix, environment) if is_inside == "true" else None,
        prefix=prefix.rstrip("/") if is_inside == "true" else None,
    )
    if is_inside != "true" and is_bare != "true":
        repository = _seen_from_inside_git_dir(repository, environment)
    _refuse_what_would_be_harmed(repository, object_format)
    _heed_sharing(repository)
    return repository


def _heed_sharing(repository: Repository) -> None:
    """Heed `core.sharedRepository`, and ask Git only where its file may set it."""
    try:
        written = (repository.common_dir / "config").read_bytes().lower()
    except OSError:
        return
    if any(word in written for word in _MAY_SHARE):
        with suppress(GitFailed):  # no such setting
            answer = repository.git("config", "--get", SETTING)
            heed_sharing({SETTING: os.fsdecode(answer).strip()}, repository.common_dir)


def open_repository_at(top: Path) -> Repository:
    """Open the repository whose working tree begins at `top`, and none around it.

    Of an ordinary one the files tell all that Git would, without a process.

    Raises:
        NoRepository: If there is none, or Git will not open it.
        UnsupportedRepository: If it is of a kind that gitxp would harm.
    """
    top = top.resolve()
    git_dir = _linked_git_dir(top)
    if git_dir is not None and _is_ordinary(git_dir, top):
        return Repository(git_dir, git_dir, top, "")
    repository = open_repository(top)
    if repository.work_tree != top:
        raise NoRepository(f"not a git repository: {str(top / '.git')!r}")
    return repository


def _linked_git_dir(top: Path) -> Path | None:
    """Return what `.git` in a working tree is, or points to."""
    place = top / ".git"
    try:
        pointer = os.fsdecode(place.read_bytes())
    except IsADirectoryError:
        return place
    except OSError:
        return None
    word, _, path = pointer.rstrip("\r\n").partition(": ")
    return (top / path).resolve() if word == "gitdir" else None


def _is_ordinary(git_dir: Path, top: Path) -> bool:
    """Whether Git opens it for this user without asking any setting, and its form is the usual."""
    try:
        owners = {path.stat().st_uid for path in (git_dir, top, top / ".git")}
        settings = (git_dir / "config").read_bytes().lower()
    except OSError:
        return False
    is_whole = all((git_dir / name).exists() for name in ("HEAD", "objects", "refs"))
    is_special = b"[extensions" in settings or (git_dir / "commondir").exists()
    return is_whole and not is_special and owners == {os.geteuid()}


def _answers(folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Return the answer to each of `_QUESTIONS`."""

    def ask(*questions: str) -> str:
        process = start_git(["rev-parse", *questions], folder=folder, environment=environment)
        return os.fsdecode(finish_git(process))

    answers = ask(*_QUESTIONS).split("\n")
    if answers[0] == _QUESTIONS[0]:  # Git before 2.31 repeats what it does not know
        raise GitMissing("this Git is older than 2.34", hint="install Git 2.34 or newer")
    # Inside of a working tree the prefix is the last line; in a bare repository there is none.
    if len(answers) in (len(_QUESTIONS), len(_QUESTIONS) - 1):
        return [*answers, ""][: len(_QUESTIONS) - 1]
    # Line feeds in a path: who answers what is told apart by asking one by one.
    return [ask(_QUESTIONS[0], question).removesuffix("\n") for question in _QUESTIONS[1:]]


def _state_home() -> Path:
    """Return where programs keep what must outlast them (XDG Base Directory Specification)."""
    told = Path(os.environ.get("XDG_STATE_HOME", ""))
    if told.is_absolute():  # the specification says to pass over any other
        return told
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  # unlike Path.home() it never raises
    if home.is_absolute():
        return home / ".local" / "state"
    import tempfile

    return Path(tempfile.gettempdir()) / f"state-{os.getuid()}"


def _work_tree(folder: Path, prefix: str, environment: Mapping[str, str]) -> Path:
    if "GIT_WORK_TREE" in environment or "GIT_DIR" in environment:
        answer = start_git(["rev-parse", "--show-toplevel"], folder=folder, environment=environment)
        return Path(os.fsdecode(finish_git(answer)).removesuffix("\n"))
    top = folder.resolve()
    for _ in Path(prefix).parts:
        top = top.parent
    return top


def _seen_from_inside_git_dir(repository: Repository, environment: Mapping[str, str]) -> Repository:
    """Return the repository with its working tree, asked from within `.git` itself."""
    candidate = repository.git_dir.parent
    if repository.git_dir.name != ".git" or not candidate.is_dir():
        return repository
    answer = start_git(["rev-parse", "--show-toplevel"], folder=candidate, environment=environment)
    return Repository(
        git_dir=repository.git_dir,
        common_dir=repository.common_dir,
        work_tree=Path(os.fsdecode(finish_git(answer)).removesuffix("\n")),
        prefix=None,
    )


def _refusal(complaint: str, folder: Path) -> GitxpError:
    """Return why Git does not open what is at `folder`, by what it said."""
    if "safe.directory" in complaint:  # that sentence holds the command to type
        return NoRepository(complaint)
    # In every language the names of extensions stand on lines of their own.
    first, *names = complaint.split("\n\t")
    if "repo version" in first:
        return UnsupportedRepository(" ".join(complaint.split()), hint=_NEWER)
    if names:
        shown = " and ".join(repr(name) for name in names)
        return UnsupportedRepository(
            f"the repository at {str(folder)!r} has the extension {shown}, "
            "which this Git does not know",
            hint=_MIGRATE if "refstorage" in names else _NEWER,
        )
    return NoRepository(complaint, hint=f"git init {folder}" if folder.is_dir() else "")


def _refuse_what_would_be_harmed(repository: Repository, object_format: str) -> None:
    if object_format != "sha1":
        raise UnsupportedRepository(
            f"repository {str(repository.git_dir)!r} uses {object_format} object ids, "
            "and gitxp reads and writes SHA-1 only"
        )
    if (repository.common_dir / "reftable").is_dir():
        raise UnsupportedRepository(
            f"repository {str(repository.git_dir)!r} keeps its refs as reftable, "
            "and gitxp reads and writes files only",
            hint=_MIGRATE,
        )
