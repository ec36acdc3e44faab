"""Asking a server by SSH where its large files are, and for the way in.

Source: "SSH" in "Server Discovery" of the documentation of Git LFS; how the program is found and
called, from `core.sshCommand` in `git-config(1)` and from `git(1)`.
"""

from __future__ import annotations

import os
import shlex
import subprocess

from gitxp.errors import RemoteFailed
from gitxp.storage.configuration import read_configuration
from gitxp.storage.git import git_environment
from gitxp.storage.repository import Repository
from gitxp.storage.transport.large_place import Direction, OverSsh
from gitxp.storage.transport.talk import hear_out

# Of an answer: an address, and the headers that let in.
_LARGEST = 64 << 10


def ask_by_ssh(repository: Repository, place: OverSsh, direction: Direction) -> bytes:
    """Return what `git-lfs-authenticate` on the server answers: a JSON document.

    Raises:
        RemoteFailed: If it cannot be asked, or refuses; with its own words.
    """
    port = ["-p", place.port] if place.port else []
    question = f"git-lfs-authenticate {shlex.quote(place.path)} {direction}"
    program = _program(repository)
    try:
        process = subprocess.Popen(
            [*program, *port, "--", place.host, question],
            cwd=repository.work_tree or repository.git_dir,
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise RemoteFailed(f"{program[0]} cannot be started: {error}") from error
    said = hear_out(process, most=_LARGEST)
    if said.status:
        words = said.words or f"ssh exited with status {said.status}"
        raise RemoteFailed(
            f"{place.host} does not say where its large files are: {words}",
            hint="git config lfs.url URL, where the server is reached over HTTP",
        )
    return said.output


def _program(repository: Repository) -> list[str]:
    """Return the words that start SSH: a setting is a command line, a variable may name a file."""
    command = os.environ.get("GIT_SSH_COMMAND") or read_configuration(repository).get(
        "core.sshcommand"
    )
    if command:
        return ["sh", "-c", f'{command} "$@"', command]
    return [os.environ.get("GIT_SSH") or "ssh"]
