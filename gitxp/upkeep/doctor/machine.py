"""The machine: are the programs and libraries there, and new enough."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import Final

from gitxp.errors import GitFailed, GitMissing
from gitxp.storage.git import run_git
from gitxp.upkeep.doctor.finding import Finding, finding

OLDEST_GIT: Final = (2, 34)
_INSTALL_GIT: Final = "install Git 2.34 or newer: https://git-scm.com/downloads"
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)[^;]*?>=\s*([0-9][0-9.]*)")

Version = tuple[int, ...]


def check_git() -> Iterator[Finding]:
    """Yield what is wrong with the `git` program."""
    try:
        answer = run_git("--version").decode(errors="replace").strip()
    except (GitMissing, GitFailed) as error:
        yield finding("git-missing", str(error), _INSTALL_GIT)
        return
    if parse_version(answer.removeprefix("git version ")) < OLDEST_GIT:
        yield finding("git-old", f"this is {answer}: expected 2.34 or newer", _INSTALL_GIT)


def check_libraries() -> Iterator[Finding]:
    """Yield which libraries are missing or older than the package's metadata admit."""
    try:
        package = metadata.metadata("gitxp")
        required = metadata.requires("gitxp") or ()
    except metadata.PackageNotFoundError:  # run from a folder of sources
        return
    if "Requires-Python" in package:
        yield from old_python(package["Requires-Python"], sys.version_info[:3])
    yield from old_libraries(required)


def old_python(required: str, version: Version) -> Iterator[Finding]:
    """Yield a finding if `version` is below the one that `required` names, such as `>=3.11`."""
    lowest = required.partition(">=")[2]
    if lowest and version < parse_version(lowest):
        shown = ".".join(map(str, version))
        message = f"this is Python {shown}: expected {lowest} or newer"
        yield finding("python-old", message, f"python{lowest} -m pip install gitxp")


def old_libraries(required: Iterable[str]) -> Iterator[Finding]:
    """Yield a finding for each requirement, such as `click>=8.1`, that is not met here."""
    for requirement in required:
        match = _REQUIREMENT.match(requirement)
        if match is None or "extra ==" in requirement:
            continue
        name, lowest = match[1], match[2]
        hint = f"pip install --upgrade '{name}>={lowest}'"
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield finding("library-old", f"library {name!r} is not installed", hint)
            continue
        if parse_version(installed) < parse_version(lowest):
            message = f"library {name!r} is {installed}: expected {lowest} or newer"
            yield finding("library-old", message, hint)


def parse_version(text: str) -> Version:
    """Return the numbers that a version begins with.

    Example:
        >>> parse_version("2.39.5 (Apple Git-154)"), parse_version("3.0rc1")
        ((2, 39, 5), (3, 0))
    """
    match = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
