"""Signals that end this process end its runs first, as `killed`."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Final

from gitxp.model.run import Status
from gitxp.tracking.ending import Ending

# What ends a process, from `timeout`, a scheduler, or a terminal that is closed.
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)
# Sent ahead of those by Slurm where it was asked to: `--signal=USR1@60`. They are warnings where
# somebody listens, so only where nobody does, and the process would end at once.
_WARNING: Final = (signal.SIGUSR1, signal.SIGUSR2)
_SLURM: Final = "SLURM_JOB_ID"
# torchrun passes on what it is sent itself, as far as it was told to.
_PASSED_ON: Final = (signal.SIGQUIT, *_WARNING)
_TORCHRUN: Final = "TORCHELASTIC_SIGNALS_TO_HANDLE"
# A signal's number is added to this, as shells do.
_SIGNALLED: Final = 128


class EndingSignals:
    """While it watches, a signal that ends the process first ends the runs that are open in it.

    Where the script has a handler of its own, that alone decides what becomes of the process; if
    the runs end after it without a word on how, they were killed. What the script ignores, as
    under `nohup`, stays ignored. Ctrl-C raises `KeyboardInterrupt`, as ever, which ends a run as
    `killed` without this. Handlers belong to the main thread: in any other, nothing is watched.
    """

    def __init__(
        self,
        *,
        end: Callable[[Ending], bool],
        note: Callable[[], None],
        variables: Mapping[str, str],
    ) -> None:
        """Begin without watching.

        Args:
            end: Ends the runs; False where this thread is about to end one, and must go on first.
            note: Told that the process was asked to end.
            variables: The process's environment: what launched it may send more signals.
        """
        self._end = end
        self._note = note
        self._numbers = _numbers(variables)
        self._before: dict[int, Any] = {}
        self._awaited: tuple[int, FrameType | None] | None = None

    def watch(self) -> None:
        """Watch from here on, where this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in self._numbers - self._before.keys():
            before = signal.getsignal(number)
            if before is signal.SIG_DFL or (callable(before) and number in _ENDING):
                self._before[number] = before
                signal.signal(number, self._take)

    def leave(self) -> None:
        """Put back the handlers that were there, where nobody else has replaced them since."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in list(self._before):
            if signal.getsignal(number) == self._take:
                signal.signal(number, self._before.pop(number))

    def deliver(self) -> None:
        """Do now what a signal asked for that came while a run was about to end."""
        if self._awaited is not None:
            number, frame = self._awaited
            self._awaited = None
            self._take(number, frame)

    def _take(self, number: int, frame: FrameType | None) -> None:
        before = self._before.get(number, signal.SIG_DFL)
        if callable(before):
            self._note()
            before(number, frame)
            return
        is_second = self._awaited is not None
        self._awaited = None
        try:
            if not is_second and not self._end(_ending(number, frame)):
                self._awaited = (number, frame)
                return
        finally:
            if self._awaited is None:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)


def _numbers(variables: Mapping[str, str]) -> frozenset[signal.Signals]:
    """Return the signals to watch for, given what the process's environment says."""
    passed_on = {name.strip() for name in variables.get(_TORCHRUN, "").split(",")}
    found = {*_ENDING, signal.SIGINT, *(one for one in _PASSED_ON if one.name in passed_on)}
    return frozenset(found | set(_WARNING) if variables.get(_SLURM) else found)


def _ending(number: int, frame: FrameType | None) -> Ending:
    name = signal.Signals(number).name
    said = "".join(traceback.format_stack(frame))
    return Ending(Status.KILLED, _SIGNALLED + number, f"{said}{name}\n")
