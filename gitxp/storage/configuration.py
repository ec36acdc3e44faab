"""Git's own configuration, as the `git` program resolves it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from gitxp.errors import GitFailed
from gitxp.storage.repository import Repository

_REMOTE = re.compile(r"remote\..+\.url", re.DOTALL)


def read_configuration(repository: Repository) -> dict[str, str]:
    """Return every setting that holds in the repository; of several the last."""
    return parse_configuration(repository.git("config", "--list", "-z"))


def read_every_setting(repository: Repository) -> list[tuple[str, str]]:
    """Return every setting that holds in the repository with every value, in Git's order."""
    return parse_settings(repository.git("config", "--list", "-z"))


def setting_origins(repository: Repository) -> dict[str, str]:
    r"""Return by key where the value that holds stands, as `git config --show-origin` says it."""
    answer = os.fsdecode(repository.git("config", "--list", "--show-origin", "-z")).split("\0")
    return {
        setting.partition("\n")[0]: origin.removeprefix("file:")
        for origin, setting in zip(answer[::2], answer[1::2], strict=False)
    }


def configured_author(repository: Repository) -> str:
    """Return the Git user as `name <address>`; empty where Git knows of none."""
    try:
        answer = repository.git("var", "GIT_AUTHOR_IDENT")
    except GitFailed:
        return ""
    return os.fsdecode(answer).rpartition(">")[0] + ">"


def remote_names(repository: Repository) -> list[str]:
    """Return the remotes that have an address, in Git's order."""
    return remotes_in(read_configuration(repository))


def remotes_in(settings: Iterable[str]) -> list[str]:
    """Return the remotes to which settings give an address, in their order.

    Args:
        settings: Their keys, as `read_configuration` returns them.

    Example:
        >>> remotes_in(["remote.origin.url", "remote.other.fetch"])
        ['origin']
    """
    return [key[len("remote.") : -len(".url")] for key in settings if _REMOTE.fullmatch(key)]


def parse_configuration(answer: bytes) -> dict[str, str]:
    r"""Return what `git config --list -z` answered; a key without a value is true.

    Example:
        >>> parse_configuration(b"user.name\nAda\0xp.durability.power\0")
        {'user.name': 'Ada', 'xp.durability.power': 'true'}
    """
    return dict(parse_settings(answer))


def parse_settings(answer: bytes) -> list[tuple[str, str]]:
    """Return what `git config --list -z` answered, keys that stand there again among it."""
    settings = []
    for line in os.fsdecode(answer).split("\0"):
        key, newline, value = line.partition("\n")
        if key:
            settings.append((key, value if newline else "true"))
    return settings


def settings_for_url(repository: Repository, section: str, url: str) -> dict[str, str]:
    """Return the settings of a section that hold for an address, without the section's name."""
    try:
        answer = repository.git("config", "-z", "--get-urlmatch", section, url)
    except GitFailed:  # none does
        return {}
    found = parse_configuration(answer)
    return {key.removeprefix(f"{section}."): value for key, value in found.items()}


def lfs_storage(repository: Repository) -> str:
    """Return where the repository's Git LFS folder is, as `lfs.storage` has it."""
    return read_configuration(repository).get("lfs.storage", "lfs")
