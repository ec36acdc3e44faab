"""All that the doctor looks at, in order; nothing that goes wrong with one look stops another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from gitxp.errors import GitFailed, GitMissing, GitxpError, NoRepository, UnsupportedRepository
from gitxp.storage.configuration import read_every_setting
from gitxp.storage.repository import Repository, open_repository
from gitxp.upkeep.doctor.configuration import (
    check_decoration,
    check_git_lfs,
    check_identity,
    check_lfs_headers,
    check_settings,
)
from gitxp.upkeep.doctor.file_system import check_links, check_room, check_writing
from gitxp.upkeep.doctor.finding import Finding, finding
from gitxp.upkeep.doctor.machine import check_git, check_libraries
from gitxp.upkeep.doctor.remotes import Settings, check_hidden, check_remotes
from gitxp.upkeep.doctor.runs import (
    check_abouts,
    check_journals,
    check_kept_packs,
    check_large_files,
)
from gitxp.upkeep.doctor.store import check_dates, check_kind, check_libgit2, check_objects

_SAFE = re.compile(r"git config --global --add safe\.directory \S.*")

Check = Callable[[], Iterable[Finding]]


def diagnose(path: str | None, variables: Mapping[str, str]) -> tuple[Finding, ...]:
    """Look at the machine and at the repository at or above `path`, and change nothing.

    Args:
        path: A folder; the working folder where None.
        variables: The process's environment, which may hold settings.
    """
    found = [*_looked("the libraries", check_libraries), *_looked("git", check_git)]
    if any(one.slug == "git-missing" for one in found):
        return tuple(found)
    try:
        repository = open_repository(path)
        settings = read_every_setting(repository)
    except GitMissing:  # too old to be asked, as was told
        return tuple(found)
    except (NoRepository, UnsupportedRepository, GitFailed) as error:
        return (*found, _closed(error))
    for what, check in _checks(repository, settings, variables).items():
        found += _looked(what, check)
    return tuple(found)


def _checks(
    repository: Repository, settings: Settings, variables: Mapping[str, str]
) -> dict[str, Check]:
    return {
        "the settings": lambda: check_settings(repository, settings, variables),
        "the identity": lambda: check_identity(repository),
        "the remotes": lambda: check_remotes(settings),
        "hidden refs": lambda: check_hidden(settings),
        "what git log shows": lambda: check_decoration(settings),
        "Git LFS": lambda: check_git_lfs(repository, settings),
        "what Git LFS tells": lambda: check_lfs_headers(repository, settings),
        "writing": lambda: check_writing(repository),
        "hard links": lambda: check_links(repository, settings),
        "the room on the disk": lambda: check_room(repository),
        "libgit2": lambda: check_libgit2(repository),
        "the kind of clone": lambda: check_kind(repository, settings),
        "the number of objects": lambda: check_objects(repository, settings),
        "dates": lambda: check_dates(repository, settings),
        "runs not recorded": lambda: check_journals(repository),
        "what was said of experiments": lambda: check_abouts(repository, settings),
        "large files": lambda: check_large_files(repository),
        "kept packs": lambda: check_kept_packs(repository, settings),
    }


def _looked(what: str, check: Check) -> Iterator[Finding]:
    try:
        yield from check()
    except (GitxpError, OSError) as error:
        hint = error.hint if isinstance(error, GitxpError) else ""
        yield finding("not-checked", f"could not look at {what}: {error}", hint or "git fsck")


def _closed(error: GitxpError) -> Finding:
    """Return why the repository cannot be opened."""
    said = str(error)
    command = _SAFE.search(said)
    if command is not None:
        return finding("foreign-owner", said.splitlines()[0], command[0])
    if isinstance(error, UnsupportedRepository):
        hint = error.hint or "git init --object-format=sha1, and track there"
        return finding("unsupported-repository", " ".join(said.split()), hint)
    return finding("no-repository", " ".join(said.split()), error.hint or "git init")
