"""Where a remote keeps large files, found as git-lfs finds it.

Source: "Server Discovery" in the documentation of Git LFS, and `git-lfs-config(5)`.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from gitxp.errors import GitFailed, RemoteFailed
from gitxp.storage.configuration import parse_configuration, read_configuration
from gitxp.storage.repository import Repository

# Where a team writes down such settings; of Git's own it may set none.
_TRACKED = ".lfsconfig"
_SSH = frozenset({"ssh", "git+ssh", "ssh+git"})
_WEB = frozenset({"http", "https"})
# `host:path`, as `git-clone(1)` takes it: the colon stands before the first slash.
_SHORT_SSH = re.compile(r"(?P<host>\[[^\]/]+\]|[^:/\[]+):(?P<path>.*)", re.DOTALL)

_LOGIN = re.compile(r"(?<=://)[^/?#]*@")


class Direction(StrEnum):
    """Whether large files are to go or to come."""

    UPLOAD = "upload"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class OverSsh:
    """Whom to ask by SSH for the address of the server and the way in.

    Attributes:
        host: With the user before it, if there is one.
        port: Empty for the usual one.
    """

    host: str
    port: str
    path: str


@dataclass(frozen=True, slots=True)
class Server:
    """A server of Git LFS.

    Attributes:
        url: What `/objects/batch` is added to, over HTTP.
        ssh: Asked first, where the remote is one of SSH.
        is_users: Whether the user's own settings lead there. A file that came with the code may
            not: then neither password nor header of the user's is given away.
        key: The setting by which it becomes one of the user's.
    """

    url: str
    ssh: OverSsh | None = None
    is_users: bool = True
    key: str = "lfs.url"


@dataclass(frozen=True, slots=True)
class LocalRepository:
    """A repository on this machine, with a Git LFS folder of its own."""

    path: Path


def find_large_place(
    repository: Repository, remote: str, direction: Direction
) -> Server | LocalRepository:
    """Return where the remote of this name keeps its large files.

    Raises:
        RemoteFailed: If that cannot be told, or is no place to which large files may go.
    """
    settings = read_configuration(repository)
    tracked = _tracked_settings(repository)
    clone_url = _clone_url(repository, remote, direction)
    for key in _keys(remote, direction):
        if key in settings:
            return parse_place(repository, _expanded(repository, settings[key]))
        if key in tracked:
            return _of_the_team(repository, key, tracked[key], clone_url)
    return parse_place(repository, clone_url, is_clone_url=True)


def parse_place(
    repository: Repository, url: str, *, is_clone_url: bool = False
) -> Server | LocalRepository:
    """Return the place at an address, of Git LFS or of a remote.

    Raises:
        RemoteFailed: If it is of a kind that has none.
    """
    if "://" in url:
        place = _place_at(url, is_clone_url=is_clone_url)
    elif (short := _SHORT_SSH.fullmatch(url)) is None:
        return LocalRepository((repository.work_tree or repository.git_dir) / url)
    elif short["path"].startswith(":"):  # `ext::sh -c …` and the like are programs
        place = None
    else:
        host, path = short["host"].strip("[]"), short["path"]
        place = _ssh_server(host, path, f"/{path}", is_clone_url=is_clone_url)
    if place is None:
        told = f"cannot tell where {without_login(url)!r} keeps large files"
        raise RemoteFailed(told, hint="git config lfs.url URL")
    return place


def _place_at(url: str, *, is_clone_url: bool) -> Server | LocalRepository | None:
    """Return the place at an address with a scheme; None where that has none."""
    try:
        place = urlsplit(url)
        if place.scheme in _WEB | {"git"}:
            origin_of(url)  # its port may be no number
    except ValueError as error:
        raise RemoteFailed(f"{without_login(url)!r} is no address: {error}") from error
    if place.scheme == "file":
        return LocalRepository(Path(place.path))
    if place.scheme in _SSH:
        path = place.path.removeprefix("/") if place.path.startswith("/~") else place.path
        return _ssh_server(place.netloc, path, place.path, is_clone_url=is_clone_url)
    if place.scheme not in _WEB | {"git"}:
        return None
    scheme = "https" if place.scheme == "git" else place.scheme
    found = place._replace(scheme=scheme, query="", fragment="").geturl()
    return Server(_of_clone(found) if is_clone_url else found)


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address: what a password is given for.

    Raises:
        ValueError: If the port is no number.
    """
    place = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(place.scheme)
    return place.scheme, place.hostname or "", place.port or usual


def without_login(url: str) -> str:
    """Return an address without name and password.

    Example:
        >>> without_login("https://ada:secret@example.org/team.git")
        'https://example.org/team.git'
    """
    return _LOGIN.sub("", url)


def _keys(remote: str, direction: Direction) -> list[str]:
    keys = ("lfs.{}url", f"remote.{remote}.lfs{{}}url")
    kinds = ("push", "") if direction is Direction.UPLOAD else ("",)
    return [key.format(kind) for key in keys for kind in kinds]


def _of_the_team(repository: Repository, key: str, url: str, clone_url: str) -> Server:
    """Return the server that `.lfsconfig` names, which came with the code."""
    place = parse_place(repository, url)
    if not isinstance(place, Server) or place.ssh is not None:
        raise RemoteFailed(
            f"{_TRACKED} leads to {without_login(url)!r}, which is no server over HTTP",
            hint=f"if it is yours: git config {key} {shlex.quote(without_login(url))}",
        )
    remote = parse_place(repository, clone_url, is_clone_url=True)
    is_same = isinstance(remote, Server) and origin_of(remote.url) == origin_of(place.url)
    return Server(without_login(place.url), is_users=is_same, key=key)


def _ssh_server(host: str, path: str, url_path: str, *, is_clone_url: bool) -> Server:
    user_and_host, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        user_and_host, port = host, ""
    if user_and_host.startswith("-") or not user_and_host:  # ssh would take it for an option
        raise RemoteFailed(f"{user_and_host!r} is no host")
    url = f"https://{user_and_host.rpartition('@')[2]}{url_path}"
    return Server(_of_clone(url) if is_clone_url else url, OverSsh(user_and_host, port, path))


def _of_clone(url: str) -> str:
    base = url.rstrip("/")
    return f"{base}/info/lfs" if base.endswith(".git") else f"{base}.git/info/lfs"


def _clone_url(repository: Repository, remote: str, direction: Direction) -> str:
    """Return the address of a remote, as `url.<base>.insteadOf` has it."""
    how = ("--push",) if direction is Direction.UPLOAD else ()
    try:
        return os.fsdecode(repository.git("remote", "get-url", *how, "--", remote)).rstrip("\n")
    except GitFailed as error:
        raise RemoteFailed(str(error)) from error


def _expanded(repository: Repository, url: str) -> str:
    return os.fsdecode(repository.git("ls-remote", "--get-url", "--", url)).rstrip("\n")


def _tracked_settings(repository: Repository) -> Mapping[str, str]:
    """Return the settings in `.lfsconfig`; of a working tree's, else of the index or of HEAD."""
    top = repository.work_tree
    file = top / _TRACKED if top is not None else None
    places = [("--file", str(file))] if file is not None and file.is_file() else []
    if not places:
        places = [("--blob", f":{_TRACKED}")] if top is not None else []
        places.append(("--blob", f"HEAD:{_TRACKED}"))
    for place in places:
        try:
            return parse_configuration(repository.git("config", *place, "--list", "-z"))
        except GitFailed:  # there is none, or it is no file of settings
            continue
    return {}
