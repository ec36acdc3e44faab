"""What is set in Git's configuration and in gitxp's own settings."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from gitxp.errors import GitFailed, InvalidSettings, RemoteFailed
from gitxp.policy.resolve import load_settings
from gitxp.storage.configuration import remotes_in
from gitxp.storage.refs import PRIVATE, SHARED
from gitxp.storage.repository import Repository
from gitxp.storage.transport.git_lfs import has_git_lfs
from gitxp.storage.transport.large_place import Direction, Server, find_large_place
from gitxp.upkeep.doctor.finding import Finding, finding
from gitxp.upkeep.doctor.remotes import Settings, values

_EXCLUDE = "log.excludedecoration"
_ALL = "log.initialdecorationset"
_LFS = "filter=lfs"


def check_settings(
    repository: Repository, settings: Settings, variables: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield what would make every command refuse to work."""
    try:
        load_settings(repository, variables, dict(settings))
    except InvalidSettings as error:
        yield finding("settings-wrong", str(error), error.hint or "see docs/reference/settings.md")


def check_identity(repository: Repository) -> Iterator[Finding]:
    """Yield a finding where Git would have to guess who works here."""
    try:
        repository.git("-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    except GitFailed:
        yield finding(
            "no-identity",
            "Git knows no name and address to put into records",
            "git config --global user.name 'Your Name' && "
            "git config --global user.email you@example.org",
        )


def check_decoration(settings: Settings) -> Iterator[Finding]:
    """Yield a finding where Git's own filter, which passes over runs, is switched off."""
    excluded = values(settings, _EXCLUDE)
    is_all = values(settings, _ALL)[-1:] == ["all"]
    if not excluded and not is_all:
        return
    shown = [
        prefix
        for prefix in (SHARED, PRIVATE)
        if not any(_excludes(pattern, f"{prefix}x/y") for pattern in excluded)
    ]
    if shown:
        reason = "log.initialDecorationSet=all" if is_all else "log.excludeDecoration"
        adding = [f"git config --add log.excludeDecoration '{prefix}*'" for prefix in shown]
        message = f"{reason} makes git log show {' and '.join(f'{one}*' for one in shown)}"
        yield finding("decorated-runs", message, " && ".join(adding))


def _excludes(pattern: str, ref: str) -> bool:
    whole = pattern if pattern.startswith("refs/") else f"refs/{pattern}"
    if any(sign in whole for sign in "*?["):
        return fnmatch.fnmatchcase(ref, whole)
    return ref == whole or ref.startswith(f"{whole.rstrip('/')}/")


def check_git_lfs(repository: Repository, settings: Settings) -> Iterator[Finding]:
    """Yield a finding where Git LFS is needed and not installed."""
    reason = _needs_git_lfs(repository, settings)
    if reason and not has_git_lfs():
        yield finding(
            "git-lfs-missing",
            f"git-lfs is not installed, and {reason}",
            "install Git LFS: https://git-lfs.com, then: git lfs install",
        )


def check_lfs_headers(repository: Repository, settings: Settings) -> Iterator[Finding]:
    """Yield a finding where git-lfs tells a token of the user's to a server that the code names.

    Our own client does not; see `artifacts.transfer`.
    """
    if not values(settings, "http.extraheader") or not has_git_lfs():
        return
    for remote in remotes_in(key for key, _ in settings):
        with suppress(RemoteFailed):  # said where large files are to go there
            place = find_large_place(repository, remote, Direction.UPLOAD)
            if isinstance(place, Server) and not place.is_users:
                yield finding(
                    "header-for-every-server",
                    f"git-lfs tells http.extraHeader to {place.url!r}, which .lfsconfig names for "
                    f"the remote {remote!r}",
                    "set it as http.<address of its server>.extraHeader, and then: "
                    "git config --unset-all http.extraHeader",
                )


def _needs_git_lfs(repository: Repository, settings: Settings) -> str:
    for path in _attributes(repository, settings):
        try:
            lines = path.read_text(errors="replace").splitlines()
        except OSError:  # deleted from the working tree, or the user's own file that is not there
            continue
        if any(_LFS in line.split() for line in lines if not line.lstrip().startswith("#")):
            return f"{str(path)!r} asks for it"
    stored = (repository.common_dir / "lfs" / "objects").rglob("*")
    if any(path.is_file() for path in stored):
        return "large files of runs lie in its folder"
    return ""


def _attributes(repository: Repository, settings: Settings) -> Iterator[Path]:
    yield repository.common_dir / "info" / "attributes"
    for configured in values(settings, "core.attributesfile")[-1:]:
        yield Path(configured).expanduser()
    if repository.work_tree is not None:
        yield repository.work_tree / ".gitattributes"
        answer = repository.git("ls-files", "-z", "--", ":(top,glob)**/.gitattributes")
        for name in filter(None, answer.split(b"\0")):
            yield repository.work_tree / name.decode(errors="surrogateescape")
