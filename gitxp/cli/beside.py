"""The process beside `git xp run --live` that sends checkpoints of the run, and then its record."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from gitxp.cli.exits import ANSWER_IS_NO
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
    run: RunId
    quiet: bool

    def wait(self, seconds: float) -> None:
        """Wait until the record is on the remote, so long at most; Ctrl-C ends that.

        One that has died is started once more, for it was to push the record.
        """
        until = time.monotonic() + seconds
        try:
            is_over = self.ends_within(min(_MOMENT, seconds))
            if not is_over:
                self._say(f"pushing to {cell(self.remote)} (at most {seconds:g} s) …")
                is_over = self.ends_within(until - time.monotonic())
            latest: Beside | None = self
            if is_over and self._has_died:
                say("note: the process that pushes the run has died, and is started again")
                latest = start_beside(self.remote, self.run, quiet=self.quiet)
                is_over = latest is None or latest.ends_within(until - time.monotonic())
            if latest is not None:
                latest.tell_outcome(seconds, is_over=is_over)
        except KeyboardInterrupt:
            say("note: the run is pushed by a process that goes on")

    @property
    def _has_died(self) -> bool:
        """Whether it has ended without a word on what became of the record."""
        return self.process.returncode not in (0, ANSWER_IS_NO)

    def tell_outcome(self, seconds: float, *, is_over: bool) -> None:
        """Say what became of the record, and end a process for which nobody waits any longer.

        Args:
            seconds: For how long it was waited for.
            is_over: Whether it has ended, and has told itself why the record stays, if it does.
        """
        if not is_over:
            self._end()
            self._tell_left(f"{cell(self.remote)} has not taken the record within {seconds:g} s")
        elif self._has_died:
            self._tell_left("the process that pushes the run has died")
        elif not self.process.returncode:
            self._say(f"pushed to {cell(self.remote)}")

    def _tell_left(self, reason: str) -> None:
        say(f"not pushed: run {self.run.short}: {reason} (hint: git xp push)")

    def _say(self, text: str) -> None:
        if not self.quiet:
            say(text)

    def ends_within(self, seconds: float) -> bool:
        """Return whether it has ended, after so long at most."""
        try:
            self.process.wait(max(seconds, 0))
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
        say(f"warning: the run is not pushed: {safe(str(error))} (hint: git xp push)")
        return None
    return Beside(process, remote, run, quiet)
