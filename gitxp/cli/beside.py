"""The process beside `git xp run --live` that sends checkpoints of the run, and then its record."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from gitxp.cli.output import say
from gitxp.model.identity import RunId
from gitxp.ui.format import cell, safe

# What a scheduler or a terminal says is meant for the run: once that is over, it ends by itself.
_DEAF = ("sh", "-c", 'trap "" HUP INT QUIT TERM; exec "$0" "$@"')
# What takes longer is said before it is over.
_MOMENT: Final = 1.0


@dataclass(frozen=True, slots=True)
class Beside:
    """A `git xp push --live` of one run.

    Attributes:
        remote: The name of where it goes.
    """

    process: subprocess.Popen[bytes]
    remote: str
    quiet: bool

    def wait(self, seconds: float) -> None:
        """Wait until the record is on the remote, so long at most; Ctrl-C ends that."""
        try:
            if not self._ends_within(min(_MOMENT, seconds)):
                self._tell(f"pushing to {cell(self.remote)} (at most {seconds:g} s) …")
            if not self._ends_within(max(seconds - _MOMENT, 0)):
                self._end()
                say(
                    f"not pushed: {cell(self.remote)} has not taken the record within "
                    f"{seconds:g} s (hint: git xp push)"
                )
            elif not self.process.returncode:
                self._tell(f"pushed to {cell(self.remote)}")
        except KeyboardInterrupt:
            say("note: the run is pushed by a process that goes on")

    def _tell(self, text: str) -> None:
        if not self.quiet:
            say(text)

    def _ends_within(self, seconds: float) -> bool:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _end(self) -> None:
        """End it with all that it has started, deaf as it is."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


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
    return Beside(process, remote, quiet)
