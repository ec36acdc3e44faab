"""The command line: asks, prints, exits. The only folder that imports click."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

# A command lives for a second, and what it reads has few cycles: looking for them at every 700
# new values takes a tenth of the time that listing a thousand runs does.
_NEW_VALUES = 100_000


def script() -> NoReturn:
    """Be the whole of a process: at its end nothing that was loaded is taken apart one by one.

    That takes Python twenty milliseconds of each command, and nobody has anything of it.
    """
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    else:
        status = 0
    atexit._run_exitfuncs()  # noqa: SLF001  # as `multiprocessing` ends its processes
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):  # nobody reads any more
            if stream is not None and not stream.closed:
                stream.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))


def main() -> None:
    """Run `git xp`, and exit with the status of what was asked for."""
    gc.set_threshold(_NEW_VALUES)
    if sys.argv[1:2] == ["__complete"]:
        # Without click: somebody waits at the key.
        from gitxp.cli.completion import print_words

        print_words(sys.argv[2:])
        return
    from gitxp.cli.exits import run_and_exit
    from gitxp.cli.group import git_xp

    run_and_exit(git_xp, sys.argv[1:])
