"""Long output goes through a pager, as Git's does: chosen, started and quit in the same way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Final

import click

from gitxp.cli.program import program_words
from gitxp.storage.git import git_environment
from gitxp.storage.repository import Repository

# What Git gives a pager that the user has not set up: leave at once where all fits on one
# screen, show colours, leave the text standing.
_DEFAULTS: Final = {"LESS": "FRX", "LV": "-c"}
# A call a line would take as long as making the line does.
_AT_ONCE: Final = 500


def show_lines(repository: Repository, lines: Iterable[str]) -> None:
    """Print lines; on a terminal through the pager of `git var GIT_PAGER`.

    That is GIT_PAGER, `core.pager`, PAGER or less; `cat` or an empty one means none.
    """
    pager = _start(repository) if sys.stdout is not None and sys.stdout.isatty() else None
    if pager is None:
        rest = iter(lines)
        while block := list(islice(rest, _AT_ONCE)):
            click.echo("\n".join(block))
        return
    assert pager.stdin is not None
    try:
        with suppress(BrokenPipeError):  # whoever reads has seen enough
            for line in lines:
                pager.stdin.write(f"{line}\n".encode(errors="backslashreplace"))
    finally:
        with suppress(BrokenPipeError):
            pager.stdin.close()
        _wait(pager)


def _start(repository: Repository) -> subprocess.Popen[bytes] | None:
    chosen = os.fsdecode(repository.git("var", "GIT_PAGER")).strip()
    if chosen in ("", "cat"):
        return None
    environment = {**_DEFAULTS, **git_environment(), "GIT_PAGER_IN_USE": "true"}
    try:
        return subprocess.Popen(program_words(chosen), stdin=subprocess.PIPE, env=environment)
    except OSError:  # as Git does where there is no such program
        return None


def _wait(pager: subprocess.Popen[bytes]) -> None:
    """Wait until the pager is quit; Ctrl-C is for the pager while it is on the screen."""
    while True:
        with suppress(KeyboardInterrupt):
            pager.wait()
            return
