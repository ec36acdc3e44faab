"""The process beside `git xp run --live` that sends checkpoints of the run, and then its record."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

from gitxp.cli.output import say
from gitxp.model.identity import RunId
from gitxp.ui.format import safe

# What a scheduler or a terminal says is meant for the run: once that is over, it ends by itself.
_DEAF = ("sh", "-c", 'trap "" HUP INT QUIT TERM; exec "$0" "$@"')


@dataclass(frozen=True, slots=True)
class Beside:
    """A `git xp push --live` of one run."""

    process: subprocess.Popen[bytes]

    def wait(self) -> None:
        """Wait until the record is on the remote, or it was tried for a while; Ctrl-C ends that."""
        try:
            self.process.wait()
        except KeyboardInterrupt:
            say("note: the run is pushed by a process that goes on")


def start_beside(remote: str, run: RunId, *, quiet: bool) -> Beside | None:
    """Start to send checkpoints of a run; None where that fails, which is told."""
    words = [sys.executable, "-P", "-m", "gitxp", "push", "--live", remote, run]
    try:
        process = subprocess.Popen(
            [*_DEAF, *words, *(["--quiet"] if quiet else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        say(f"warning: the run is not pushed while it goes on: {safe(str(error))}")
        return None
    return Beside(process)
