"""The command line: asks, prints, exits. The only folder that imports click."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `git xp`, and exit with the status of what was asked for."""
    from gitxp.cli.exits import run_and_exit
    from gitxp.cli.group import git_xp

    run_and_exit(git_xp, sys.argv[1:])
