"""Signals that are meant for a command reach it, and not only the process that records it."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Final, Self

# What ends a process, from `timeout`, a scheduler or a terminal that is closed.
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)
# A scheduler's word of warning, and Ctrl-\.
_OTHER: Final = (signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_FROM_THE_KEYBOARD: Final = (signal.SIGINT, signal.SIGQUIT)


class PassedSignals:
    """While it is entered, signals to this process go to its child, and end nothing here.

    What was ignored before, as under `nohup`, stays ignored, here and in the child. Only for the
    main thread. The descriptor that `fileno` returns can be read whenever a signal has come, also
    the one that says that a child has ended.
    """

    def __init__(self) -> None:
        """Begin without a child."""
        self._child: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._passed: set[int] = set()
        self._before: dict[int, Any] = {}
        self._wakes, self._woken = -1, -1
        self._woken_before = -1

    def __enter__(self) -> Self:
        self._wakes, self._woken = os.pipe()
        os.set_blocking(self._wakes, False)
        os.set_blocking(self._woken, False)
        self._woken_before = signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        for number in (*_ENDING, *_OTHER):
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._take)
        # Without a handler of its own, the end of a child would wake nobody.
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._woken_before)
        os.close(self._wakes)
        os.close(self._woken)

    @property
    def asked_to_end(self) -> bool:
        """Whether the child was told to end by a signal that says just that."""
        return bool(self._passed & set(_ENDING))

    @property
    def was_interrupted(self) -> bool:
        """Whether Ctrl-C reached the child."""
        return signal.SIGINT in self._passed

    def fileno(self) -> int:
        """Return what can be read when a signal has come."""
        return self._wakes

    def clear(self) -> None:
        """Take note that signals have come."""
        with suppress(BlockingIOError):
            while os.read(self._wakes, 1 << 10):
                pass

    def attach(self, child: subprocess.Popen[bytes]) -> None:
        """Say whose signals they are; those that came while it was started are passed on now."""
        self._child = child
        while self._early:
            self._take(self._early.pop(0), None)

    def _take(self, number: int, _: FrameType | None) -> None:
        if self._child is None:
            self._early.append(number)
        elif self._child.poll() is None:
            self._passed.add(number)
            if not (number in _FROM_THE_KEYBOARD and _is_in_the_foreground()):
                self._child.send_signal(number)


def _is_in_the_foreground() -> bool:
    """Whether a terminal sends what its keyboard says to this process, and so to the child.

    A second interrupt would break off what the child does at the first.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
