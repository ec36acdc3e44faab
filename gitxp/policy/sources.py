"""Where settings stand: each source as the keys and values that it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from gitxp.errors import InvalidSettings
from gitxp.storage.plain_file import NoPlainFile, open_plain

FILE: Final = ".gitxp.toml"
_LARGEST: Final = 1 << 20
PERSON_PREFIX: Final = "xp."
PROCESS_PREFIX: Final = "GITXP_"
# With these gitxp tells its own child processes things: no settings of anybody.
INTERNAL_VARIABLES: Final = ("GITXP_RUN",)


class Source(StrEnum):
    """Who a setting comes from, in rising precedence; the value names the place in errors."""

    TEAM = FILE
    PERSON = "git config"
    PROCESS = "the environment"

    def spell(self, key: str) -> str:
        """Return how `key` is written in this source.

        Example:
            >>> Source.PERSON.spell("snapshot.file-bytes")
            'xp.snapshot.file-bytes'
            >>> Source.PROCESS.spell("snapshot.file-bytes")
            'GITXP_SNAPSHOT_FILE_BYTES'
        """
        if self is Source.PERSON:
            return PERSON_PREFIX + key
        if self is Source.PROCESS:
            return PROCESS_PREFIX + key.upper().replace(".", "_").replace("-", "_")
        return key

    def where(self, spelled: str) -> str:
        """Return what to type to find or drop the setting `spelled`."""
        if self is Source.PERSON:
            return f"git config --show-origin --get-all {spelled}"
        if self is Source.PROCESS:
            return f"unset {spelled}"
        return f"edit {FILE} at the top of the working tree"


@dataclass(frozen=True, slots=True)
class Written:
    """One setting as it stands in its source.

    Attributes:
        spelled: The key as it stands there.
        value: A text, but in the team's file whatever TOML can hold.
    """

    source: Source
    spelled: str
    value: Any


def read_team_file(path: Path) -> dict[str, Any] | None:
    """Return what the team's settings file holds; None where there is none.

    Raises:
        InvalidSettings: If it cannot be read or is not TOML.
    """
    try:
        content = _read_regular(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidSettings(f"{FILE} cannot be read: {error.strerror}") from error
    import tomli

    try:
        return tomli.loads(content.decode("utf-8-sig"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidSettings(f"{FILE} is not TOML: {error}", hint=f"edit {path}") from error


def _read_regular(path: Path) -> bytes:
    """Return the content of a file; a clone may bring a link to anything, such as `/dev/zero`."""
    try:
        with open_plain(path) as file:
            content = file.read(_LARGEST + 1)
    except NoPlainFile as error:
        raise InvalidSettings(f"{FILE} is no plain file", hint=f"edit {path}") from error
    if len(content) > _LARGEST:
        raise InvalidSettings(f"{FILE} is larger than 1 MiB", hint=f"edit {path}")
    return content


def written_by_team(table: Mapping[str, Any], prefix: str = "") -> Iterator[Written]:
    """Yield every value of the team's file, its tables joined by dots; an empty table is one."""
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from written_by_team(value, f"{prefix}{key}.")
        else:
            yield Written(Source.TEAM, prefix + key, value)


def written_by_person(configuration: Mapping[str, str]) -> Iterator[Written]:
    """Yield what Git's configuration says under `xp`."""
    for key, value in configuration.items():
        if key.startswith(PERSON_PREFIX):
            yield Written(Source.PERSON, key, value)


def written_by_process(variables: Mapping[str, str]) -> Iterator[Written]:
    """Yield the variables that begin with `GITXP_`; an empty one counts as not set."""
    for name, value in variables.items():
        if name.startswith(PROCESS_PREFIX) and name not in INTERNAL_VARIABLES and value:
            yield Written(Source.PROCESS, name, value)
