"""The command line: asks, prints, exits. The only folder that imports click."""

from __future__ import annotations

import gc
import sys

# A command lives for a second, and what it reads has few cycles: looking for them at every 700
# new values takes a tenth of the time that listing a thousand runs does.
_NEW_VALUES = 100_000


def main() -> None:
    """Run `git xp`, and exit with the status of what was asked for."""
    if sys.argv[1:2] == ["__complete"]:
        # Without click: somebody waits at the key.
        from gitxp.cli.completion import print_words

        print_words(sys.argv[2:])
        return
    from gitxp.cli.exits import run_and_exit
    from gitxp.cli.group import git_xp

    gc.set_threshold(_NEW_VALUES)
    run_and_exit(git_xp, sys.argv[1:])
